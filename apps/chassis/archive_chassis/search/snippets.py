"""The lines of a text that answer a query, with what was found in them marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archive_chassis.search.matching import Match

LENGTH = 150
#: Characters before the first match of a snippet.
BEFORE = 30
#: The start of a snippet may move this far to begin with a whole word.
_REACH = 12


class Piece(NamedTuple):
    """A part of a shown text."""

    text: str
    marked: bool


def marked(text: str, matches: Iterable[Match]) -> list[Piece]:
    """The whole text in pieces; matches that touch or overlap are one piece."""
    pieces: list[Piece] = []
    place = 0
    for start, end in _merged(matches):
        if start > place:
            pieces.append(Piece(text[place:start], False))
        pieces.append(Piece(text[start:end], True))
        place = end
    if place < len(text):
        pieces.append(Piece(text[place:], False))
    return pieces


def snippet(text: str, found: Sequence[Sequence[Match]]) -> list[Piece]:
    """About LENGTH characters of the text where most words are together; its beginning if none is there.

    `found` has the matches of each word.
    """
    if len(text) <= LENGTH:
        return marked(text, (match for matches in found for match in matches))
    start = _best_start(text, found)
    end = min(start + LENGTH, len(text))
    end = max(end, max((m.end for m in _within(found, start, end + _REACH) if m.start < end), default=end))
    inside = (Match(m.start - start, m.end - start, m.fit) for m in _within(found, start, end))
    pieces = marked(text[start:end].rstrip(), inside)
    before = [Piece("…", False)] if start else []
    after = [Piece("…", False)] if end < len(text) else []
    return [*before, *pieces, *after]


def _best_start(text: str, found: Sequence[Sequence[Match]]) -> int:
    """Where to begin: a little before the match after which the most words, and the best fitting, come first."""
    matches = sorted((match, word) for word, of_word in enumerate(found) for match in of_word)
    best, most = 0, (0, 0)
    for place, (first, _word) in enumerate(matches):
        fits: dict[int, int] = {}
        for match, word in matches[place:]:
            if match.end > first.start + LENGTH - BEFORE:
                break
            fits[word] = max(fits.get(word, 0), match.fit)
        worth = (len(fits), sum(fits.values()))
        if worth > most:
            best, most = first.start, worth
    start = max(0, min(best - BEFORE, len(text) - LENGTH))
    if best <= BEFORE:
        return 0
    space = text.find(" ", start, min(start + _REACH, best))
    return space + 1 if space >= 0 else start


def _within(found: Sequence[Sequence[Match]], start: int, end: int) -> list[Match]:
    return [match for matches in found for match in matches if start <= match.start and match.end <= end]


def _merged(matches: Iterable[Match]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for start, end, _fit in sorted(matches):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans
