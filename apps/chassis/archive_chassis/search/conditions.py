"""Which terms a document must have for a word to be in it: necessary, not sufficient (see `matching`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive_chassis.search import hangul, terms
from archive_chassis.search.query import SPACED_LENGTH, Kind, Word

#: All of these, and of each any: (("B공략", "X공략"), ("B략집", "X략집")).
Condition = tuple[tuple[bytes, ...], ...]

#: Parts of one word that are looked at, evenly over its length. The words that a document has are compared in full.
MOST_PARTS = 10


@dataclass(frozen=True)
class Conditions:
    """A document with the word meets one of `head` or one of `text`.

    Heads that have the word without a space in it meet one of `strict`.
    """

    head: tuple[Condition, ...]
    text: tuple[Condition, ...]
    strict: tuple[Condition, ...]

    def every_key(self) -> set[bytes]:
        """Every term that they speak of."""
        return {key for one in (*self.head, *self.text) for part in one for key in part}


def of_word(word: Word) -> Conditions:
    """The conditions of one word."""
    if word.kind is Kind.PHRASE:
        head = (_phrase(word.text, head=True),)
        return Conditions(head, (_phrase(word.text, head=False),), head)
    if word.kind is Kind.INITIALS:
        literal = word.noun  # ㅋㅋ may also stand there as it is
        head = (_initials(word.text), _text(literal, head=True))
        return Conditions(head, (_text(literal, head=False),), head)
    return Conditions(
        head=_with_particles(word, head=True),
        text=_with_particles(word, head=False),
        strict=_with_particles(word, head=True, spaced=False),
    )


def _with_particles(word: Word, *, head: bool, spaced: bool = True) -> tuple[Condition, ...]:
    """The word as it stands, or its noun where a word ends."""
    literal = _text(word.text, head=head, spaced=spaced)
    if word.noun == word.text:
        return (literal,)
    return (literal, _text(word.noun, head=head, spaced=spaced, ends=True))


def of_typo(word: Word) -> tuple[Condition, int] | None:
    """The parts of a word that may be misspelled, and how many of them a title must have; None for a word too short."""
    if word.kind is not Kind.TEXT or terms.typed_words(word.noun) != [word.noun]:
        return None
    units = _spread([terms.encoded("F", terms.without_one(unit)) for unit in terms.typo_units(word.noun)])
    needed = len(units) - (0 if len(units) < 3 else 1 if len(units) == 3 else 2)
    return units, needed


def _text(text: str, *, head: bool, spaced: bool = True, ends: bool = False) -> Condition:
    """`spaced`: it may be written with spaces. `ends`: a word must end with it, but for particles."""
    runs = list(terms.RUN.finditer(text))
    spaced = spaced and sum(len(found[0]) for found in runs if found["paired"]) >= SPACED_LENGTH
    parts: list[tuple[bytes, ...]] = []
    for found in runs:
        run = found[0]
        if not found["paired"]:
            parts += _unpaired(run, head)
        elif len(run) == 1:
            parts.append((_term("u", run, head),))
        else:
            pairs = [run[place : place + 2] for place in range(len(run) - 1)]
            within = ["b"] * (len(pairs) - 1) + ["e" if ends and found is runs[-1] else "b"]
            for kind, pair in zip(within, pairs, strict=True):
                parts.append(tuple(_term(one, pair, head) for one in (kind, *("x" * spaced))))
    return _spread(parts)


def _phrase(text: str, *, head: bool) -> Condition:
    """As the words of a text, but a single syllable counts only with its neighbours."""
    parts: list[tuple[bytes, ...]] = []
    last, last_end = "", -1
    for found in terms.RUN.finditer(text):
        run, start = found[0], found.start()
        if not found["paired"]:
            parts += _unpaired(run, head)
            continue
        if start == last_end + 1 and last and text[last_end] == " ":
            parts.append((_term("x", last + run[0], head),))
        parts += [(_term("b", run[place : place + 2], head),) for place in range(len(run) - 1)]
        last, last_end = run[-1], found.end()
    return _spread(parts) or _text(text, head=head)


def _unpaired(run: str, head: bool) -> Iterator[tuple[bytes, ...]]:
    if len(run) < 3:
        yield (_term("w", run, head),)
    for place in range(len(run) - 2):
        yield (_term("t", run[place : place + 3], head),)


def _initials(text: str) -> Condition:
    pattern = hangul.initials(text)
    kinds = "CD" if len(pattern) >= SPACED_LENGTH else "C"
    pairs = (pattern[place : place + 2] for place in range(len(pattern) - 1))
    return _spread([tuple(f"{kind}{pair}".encode() for kind in kinds) for pair in pairs])


def _term(kind: str, gram: str, head: bool) -> bytes:
    return f"{kind.upper() if head else kind}{gram}".encode()


def _spread(parts: Iterable[tuple[bytes, ...]]) -> Condition:
    """At most MOST_PARTS of the parts, each once."""
    distinct = list(dict.fromkeys(parts))
    if len(distinct) <= MOST_PARTS:
        return tuple(distinct)
    return tuple(distinct[place * len(distinct) // MOST_PARTS] for place in range(MOST_PARTS))
