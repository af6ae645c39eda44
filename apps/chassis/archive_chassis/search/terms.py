"""The index terms of a document: short byte keys, a letter for the kind and what is indexed in UTF-8.

Heads (title, game, tags) have capital letters, texts small ones:

    B b   two neighbouring characters of a word of Hangul, kana or Chinese characters (공략집: 공략, 략집)
    X x   the last and the first character of two such words with a space between (젤다의 전설: 의전): whoever leaves
          the space out still finds them
    E e   two neighbouring characters after which a word ends, but for particles (공략집을: 략집)
    U u   one character: in heads any, in texts one that is a word, with or without particles (검, 검을)
    T t   three neighbouring characters of any other word (elden: eld, lde, den)
    W w   such a word, or a run of digits or letters in one, of one or two characters (ps5: ps, 5)
    C     two neighbouring initials of a head's word (공략: ㄱㄹ); D: of two words, as X
    F     keystrokes of two neighbouring syllables of a title or game, or letters of a word, at most one left out: what
          has such a key in common differs by one or two keys
    G O A tag, board, author
    -     the documents that are gone

What a term finds is checked against the document's words, so that a key may say less than the words do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from archive_chassis.search import hangul
from archive_chassis.search.particles import TAIL

#: Characters of scripts that are searched by pairs: Hangul with its jamo, kana, Chinese characters.
PAIRED = "가-힣ㄱ-ㆎぁ-ゖァ-ヺー一-鿿㐀-䶿"
RUN = re.compile(rf"(?P<paired>[{PAIRED}]+)|[^\W_{PAIRED}]+")

LONGEST_KEY = 48
GONE = b"-"

_PAIRED_ONE = re.compile(f"[{PAIRED}]")
_PIECE = re.compile(r"\d+|\D+")
_SYLLABLES = re.compile("[가-힣]+")
_LATIN_WORD = re.compile("[a-z0-9]{4,}")
#: A word of letters is compared by its beginning: the rest of a longer one is spelled right or does not matter.
_COMPARED_LETTERS = 12


@dataclass(frozen=True)
class Indexed:
    """What of a document is searched for, folded (see `folding`)."""

    board: str
    author_id: int
    title: str
    game: str
    tags: tuple[str, ...]
    text: str

    @property
    def head(self) -> str:
        """Title, game and tags. No words of two of them are neighbours: only one space makes them so."""
        return " \n ".join((self.title, self.game, *self.tags))


def of_document(document: Indexed) -> set[bytes]:
    """Every term of a document."""
    head = document.head
    found = _grams(head, head=True) | _grams(document.text, head=False)
    words = {f"U{character}" for run in RUN.finditer(head) if run["paired"] for character in run[0]}
    words.update(_initial_pairs(head))
    words.update(f"F{key}" for word in typed_words(f"{document.title} \n {document.game}") for key in typo_keys(word))
    found.update(word.encode() for word in words)
    found.update(key("G", tag) for tag in document.tags)
    found.update((key("O", document.board), key("A", str(document.author_id))))
    return found


def key(kind: str, text: str) -> bytes:
    """A term of a whole word such as a tag; only the beginning of a long one."""
    return f"{kind}{text}".encode()[:LONGEST_KEY]


def _grams(text: str, *, head: bool) -> set[bytes]:
    """The terms of kind b, e, x, u, t and w, or their capitals."""
    grams: set[bytes] = set()
    across = "X" if head else "x"
    last, last_end = "", -1
    for found in RUN.finditer(text):
        run = found[0]
        grams.update(_kept(run, head) if len(run) <= _LONGEST_KEPT else _of_run(run, head))
        if found["paired"]:
            if found.start() == last_end + 1 and last and text[last_end] == " ":
                grams.add(f"{across}{last}{run[0]}".encode())
            last, last_end = run[-1], found.end()
    return grams


def _of_run(run: str, head: bool) -> tuple[bytes, ...]:
    """The terms of one word."""
    b, e, u, t, w = "BEUTW" if head else "beutw"
    if _PAIRED_ONE.match(run):
        grams = [f"{b}{run[place : place + 2]}" for place in range(len(run) - 1)]
        grams += [f"{e}{run[end - 2 : end]}" for end in range(2, len(run) + 1) if TAIL.match(run, end)]
        if len(run) == 1 or TAIL.match(run, 1):
            grams.append(f"{u}{run[0]}")
    else:
        grams = [f"{t}{run[place : place + 3]}" for place in range(len(run) - 2)]
        grams += [f"{w}{piece}" for piece in (run, *_PIECE.findall(run)) if len(piece) < 3]
    return tuple(gram.encode() for gram in grams)


#: Texts repeat their words: the terms of most are kept from before.
_kept = lru_cache(maxsize=50_000)(_of_run)
_LONGEST_KEPT = 24


def _initial_pairs(head: str) -> Iterator[str]:
    for line in head.split("\n"):
        text = hangul.initials(line)
        for found in re.finditer(r"(?=([ㄱ-ㅎ]{2}))", text):
            yield f"C{found[1]}"
        for found in re.finditer(r"(?=([ㄱ-ㅎ]) ([ㄱ-ㅎ]))", text):
            yield f"D{found[1]}{found[2]}"


def typed_words(text: str) -> list[str]:
    """The words whose spelling may be wrong: of two syllables or more, or of four letters or digits or more."""
    return [word for word in _SYLLABLES.findall(text) if len(word) > 1] + _LATIN_WORD.findall(text)


def typo_units(word: str) -> list[str]:
    """The parts of a word that are compared by their keys: each two neighbouring syllables, or the word's letters."""
    if hangul.is_syllable(word[0]):
        return [hangul.keystrokes(word[place : place + 2]) for place in range(len(word) - 1)]
    return [word[:_COMPARED_LETTERS]]


def typo_keys(word: str) -> set[str]:
    """The keys of all parts of a word."""
    return {key for unit in typo_units(word) for key in without_one(unit)}


def without_one(unit: str) -> set[str]:
    """The unit, and the unit without each one of its characters."""
    return {unit, *(unit[:place] + unit[place + 1 :] for place in range(len(unit)))}


def encoded(kind: str, words: Iterable[str]) -> tuple[bytes, ...]:
    """Terms of one kind, in a fixed order."""
    return tuple(f"{kind}{word}".encode() for word in sorted(words))
