"""What somebody typed into the search box, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from archive_chassis.search import hangul
from archive_chassis.search.folding import fold, normalise
from archive_chassis.search.particles import stem
from archive_chassis.search.terms import PAIRED, RUN

LONGEST = 100
MOST_WORDS = 8
#: From this length on a word may have been written with a space in it, or without one.
SPACED_LENGTH = 3

_QUOTED = re.compile(r'"([^"]*)"|[“]([^”]*)[”]')
_TAG = re.compile(r"(?:^|(?<=\s))(?:tag:|태그:|#)([\w.+-]{1,20})(?=\s|$)")
# 2.1 and c++ are one word, "보스/던전" is two
_WORD = re.compile(r"\d+(?:\.\d+)+|[^\W_]+(?:\+\+|#(?!\w))?")
_HAS_PAIRED = re.compile(f"[{PAIRED}]")
_HANGUL = re.compile("[ㄱ-ㅎ가-힣]+")
_CONSONANT = re.compile("[ㄱ-ㅎ]")


class Kind(Enum):
    """How a word is meant."""

    TEXT = "text"
    PHRASE = "phrase"  # "in quotes": these words, one after the other
    INITIALS = "initials"  # ㄱㄹ, or a word half typed: 공ㄹ


@dataclass(frozen=True)
class Word:
    """One thing to find. `text` is folded; `noun` is the text without particles, the text itself if it has none."""

    text: str
    kind: Kind = Kind.TEXT
    noun: str = ""

    @cached_property
    def is_single(self) -> bool:
        """Whether it is one syllable (검): any title that has it, but only words of their own in texts."""
        return len(self.text) == 1 and self.kind is Kind.TEXT and _HAS_PAIRED.match(self.text) is not None

    @cached_property
    def is_short(self) -> bool:
        """Whether it is one or two letters or digits, which are words of their own."""
        return len(self.text) < 3 and self.kind is Kind.TEXT and not _HAS_PAIRED.search(self.text)

    @cached_property
    def is_spaced(self) -> bool:
        """Whether it may have been written with spaces in it."""
        return len(self.noun) >= SPACED_LENGTH and self.kind is Kind.TEXT and bool(_HAS_PAIRED.search(self.noun))


@dataclass(frozen=True)
class Query:
    """All words must be found, and all tags be there.

    Attributes:
        typed: what was typed, normalised, for the search box.
        shortened: whether something at its end was left out because it was too long.
    """

    typed: str = ""
    words: tuple[Word, ...] = ()
    tags: tuple[str, ...] = ()
    shortened: bool = False


def parse(text: str, *, particles: bool = True) -> Query:
    """Take a query apart. Never fails: what cannot be searched for (punctuation, emoji) is passed over.

    `particles=False` looks for every word as it stands; the tests show with it what taking particles off is worth.
    """
    typed = normalise(text[: 4 * LONGEST])
    shortened = len(text) > 4 * LONGEST or len(typed) > LONGEST
    typed = typed[:LONGEST].strip()
    rest = fold(typed)
    words: list[Word] = []
    for found in _QUOTED.finditer(rest):
        words += _phrase((found[1] or found[2] or "").strip())
    rest = _QUOTED.sub(" ", rest)
    tags = tuple(dict.fromkeys(found[1] for found in _TAG.finditer(rest)))
    for found in _WORD.finditer(_TAG.sub(" ", rest)):
        words.append(_word(found[0], particles))
    distinct = tuple(dict.fromkeys(words))
    return Query(typed, distinct[:MOST_WORDS], tags[:MOST_WORDS], shortened or len(distinct) > MOST_WORDS)


def _phrase(text: str) -> list[Word]:
    if not RUN.search(text):
        return []
    single = _WORD.fullmatch(text)
    return [Word(text, Kind.PHRASE if len(text) > 1 or not single else Kind.TEXT, text)]


def _word(text: str, particles: bool) -> Word:
    if len(text) > 1 and _HANGUL.fullmatch(text) and _CONSONANT.search(text):
        return Word(hangul.consonants_apart(text), Kind.INITIALS, text)
    return Word(text, Kind.TEXT, stem(text) if particles else text)
