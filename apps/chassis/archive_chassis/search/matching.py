"""Where a word of a query really is in a text: the check behind the index, and what is marked on the page.

Texts are folded. A match says how well it fits: a whole word (particles may follow), the beginning of one, or a part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from archive_chassis.search import hangul
from archive_chassis.search.particles import TAIL
from archive_chassis.search.query import SPACED_LENGTH, Kind, Word
from archive_chassis.search.terms import PAIRED

#: Places of one word that are told of; what comes after them changes neither rank nor snippet.
MOST_MATCHES = 12
#: Places that are looked at for one word: a text of one syllable 20,000 times over must not take long.
MOST_TRIED = 1000

_WORD_PART = re.compile(r"[^\W_]")
_PAIRED = re.compile(f"[{PAIRED}]")
_RUN = re.compile(r"[가-힣]+|[a-z0-9]+")


class Fit(IntEnum):
    """How well a match fits, the best highest."""

    SIMILAR = 1  # not quite the same letters
    PART = 2
    BEGINNING = 3
    WHOLE = 4


class Match(NamedTuple):
    """The characters [start, end) of a text."""

    start: int
    end: int
    fit: Fit


def find(word: Word, text: str, *, in_head: bool) -> list[Match]:
    """The places of a word in a folded text, at most MOST_MATCHES, in their order; [] if it is not there."""
    if word.kind is Kind.PHRASE:
        return _literal(word.text, text, lambda _start, _end: True)
    if word.kind is Kind.INITIALS:
        found = _initials(word.text, text) if in_head else []
        return found or _literal(word.noun, text, lambda _start, _end: True)
    if word.is_single and not in_head:
        return _literal(word.text, text, lambda start, end: _alone(text, start, end))
    if word.is_short:
        return _literal(word.text, text, lambda start, end: _bounded(text, start, end))
    found = _literal(word.text, text, lambda _start, _end: True)
    if word.noun != word.text:
        found = _literal(word.noun, text, lambda _start, end: TAIL.match(text, end) is not None) or found
    return found or (_spaced(word.noun, text) if word.is_spaced else [])


def _literal(needle: str, text: str, accept: Callable[[int, int], bool]) -> list[Match]:
    matches: list[Match] = []
    end = 0
    for _ in range(MOST_TRIED):
        start = text.find(needle, end)
        if start < 0 or len(matches) == MOST_MATCHES:
            break
        end = start + len(needle)
        if accept(start, end):
            matches.append(Match(start, end, _fit(text, start, end)))
    return matches


def _fit(text: str, start: int, end: int) -> Fit:
    if start and _WORD_PART.match(text, start - 1) and _WORD_PART.match(text, start):
        return Fit.PART
    return Fit.WHOLE if _word_ends(text, end) else Fit.BEGINNING


def _word_ends(text: str, end: int) -> bool:
    """Whether a word ends there, or nothing but particles follows."""
    if end == len(text) or not _WORD_PART.match(text, end):
        return True
    return bool(TAIL.match(text, end)) and hangul.is_syllable(text[end])


def _alone(text: str, start: int, end: int) -> bool:
    return not (start and _PAIRED.match(text, start - 1)) and TAIL.match(text, end) is not None


def _bounded(text: str, start: int, end: int) -> bool:
    """Whether the characters before and after are of another kind: the 5 of ps5, not that of 15."""
    return not (start and _same_kind(text[start - 1], text[start])) and not (
        end < len(text) and _same_kind(text[end - 1], text[end])
    )


def _same_kind(one: str, other: str) -> bool:
    if one.isdecimal() or other.isdecimal():
        return one.isdecimal() and other.isdecimal()
    return one.isalpha() and other.isalpha() and not _PAIRED.match(one) and not _PAIRED.match(other)


def _spaced(noun: str, text: str) -> list[Match]:
    """The noun with spaces where it has none: 젤다의전설 is found in "젤다의 전설", from the beginning of a word on."""
    if noun[0] not in text or noun[-1] not in text:  # most texts need no closer look
        return []
    found = _spaced_pattern(noun).finditer(text)
    return [Match(one.start(), one.end(), Fit.BEGINNING) for one, _ in zip(found, range(MOST_MATCHES), strict=False)]


@lru_cache(maxsize=256)
def _spaced_pattern(noun: str) -> re.Pattern[str]:
    return re.compile(r"(?<![^\W_])" + " ?".join(map(re.escape, noun)))


def _initials(pattern: str, text: str) -> list[Match]:
    """Syllables that begin with these consonants; the whole syllables in the pattern stand there themselves."""
    matches: list[Match] = []
    for found in _initials_pattern(pattern).finditer(hangul.initials(text)):
        there = text[found.start() : found.end()].replace(" ", "")
        if all(
            not hangul.is_syllable(asked) or asked == is_there for asked, is_there in zip(pattern, there, strict=True)
        ):
            matches.append(Match(found.start(), found.end(), _fit(text, found.start(), found.end())))
            if len(matches) == MOST_MATCHES:
                break
    return matches


@lru_cache(maxsize=256)
def _initials_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile((" ?" if len(pattern) >= SPACED_LENGTH else "").join(map(re.escape, hangul.initials(pattern))))


def similar(word: Word, title: str) -> list[Match]:
    """The beginnings of words in a folded title that are nearly the word's noun."""
    asked = hangul.keystrokes(word.noun)
    allowed = errors_allowed(asked)
    best: Match | None = None
    least = allowed + 1
    for start, end in _windows(word.noun, title):
        keys = hangul.keystrokes(title[start:end].replace(" ", ""))
        distance = OSA.distance(asked, keys, score_cutoff=min(allowed, least - 1)) if least else 1
        if distance < least:
            best, least = Match(start, end, Fit.SIMILAR), distance
    return [best] if best else []


def errors_allowed(keys: str) -> int:
    """How many keys of a word may be wrong: one, from nine keys on two, from fourteen on three."""
    return 1 + (len(keys) >= 9) + (len(keys) >= 14)


def _windows(noun: str, title: str) -> Iterator[tuple[int, int]]:
    """The beginnings of the title's words, about as long as the noun; Hangul may run on behind a space."""
    size = len(noun)
    for found in _RUN.finditer(title):
        start, end = found.span()
        if not hangul.is_syllable(title[start]):
            if abs(end - start - size) <= 2:
                yield start, end
            continue
        for length in (size - 1, size, size + 1):
            if length > 1:
                yield start, min(start + length, end)
        if end - start < size and end < len(title) - 1 and title[end] == " ":
            yield start, min(start + size + 1, len(title))
