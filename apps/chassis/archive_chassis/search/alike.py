"""Documents with a title like a given one, for whoever is about to ask what has been asked before.

Any words in common count, rare ones most. At most three statements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import select

from archive_chassis.database import reader
from archive_chassis.search import conditions, postings, ranking, terms
from archive_chassis.search.candidates import Allowed, Filters
from archive_chassis.search.finding import read_heads
from archive_chassis.search.matching import Fit, Match
from archive_chassis.search.query import Kind, Query, Word, parse
from archive_chassis.search.tables import SearchTables

MOST = 5
MOST_CANDIDATES = 100
#: The part of the words' weight that a title must share.
LEAST_SHARE = 0.35
_FITS = {Fit.WHOLE: 1.0, Fit.BEGINNING: 0.8, Fit.PART: 0.5}


@dataclass(frozen=True)
class Alike:
    """A document whose title is like the one asked for."""

    title: str
    url: str
    comments: int


def find_alike(tables: SearchTables, title: str, filters: Filters) -> list[Alike]:
    """The MOST documents whose titles share the most with `title`, the best first."""
    words = _words(parse(title))
    if not words:
        return []
    needed = [conditions.of_word(word).head for word in words]
    keys = {key for heads in needed for one in heads for part in one for key in part}
    found = postings.read(tables, {*keys, *filters.keys(), terms.GONE})
    of_words: dict[int, list[BitMap]] = {}
    for number, block in found.items():
        allowed = Allowed(block, filters)
        of_words[number] = [
            allowed.of(postings.union([postings.meeting(block, one) for one in heads])) for heads in needed
        ]
    weights = _weights([sum(len(sets[place]) for sets in of_words.values()) for place in range(len(words))])
    best: list[tuple[float, int]] = []
    for head in read_heads(tables, _candidates(of_words, len(words))):
        if filters.admit(head):
            answer = ranking.look_at_head(words, head)
            share = sum(w * _fit(matches) for w, matches in zip(weights, answer.in_title, strict=True)) / sum(weights)
            if share >= LEAST_SHARE:
                best.append((round(share, 6), head.number))
    best.sort(reverse=True)
    return _shown(tables, [number for _share, number in best[:MOST]])


def _words(query: Query) -> list[Word]:
    """Words that say something: not those of one syllable, nor initials."""
    return [word for word in query.words if word.kind is Kind.TEXT and len(word.text) > 1]


def _weights(counts: Sequence[int]) -> list[float]:
    """The rarer a word, the more it weighs; one that no title has says little, it may be a verb in another form."""
    most = max(counts, default=0) + 1
    return [0.25 if not count else math.log2(1 + 4 * most / count) for count in counts]


def _candidates(of_words: dict[int, list[BitMap]], words: int) -> list[int]:
    """The newest titles with the most words."""
    numbers: dict[int, None] = {}
    levels = {block: postings.at_least(sets) for block, sets in of_words.items()}
    for enough in range(words, 0, -1):
        numbers.update(
            dict.fromkeys(postings.newest({b: sets[enough - 1] for b, sets in levels.items()}, MOST_CANDIDATES))
        )
        if len(numbers) >= MOST_CANDIDATES:
            break
    return list(numbers)[:MOST_CANDIDATES]


def _fit(matches: Sequence[Match]) -> float:
    return max((_FITS.get(match.fit, 0.0) for match in matches), default=0.0)


def _shown(tables: SearchTables, numbers: Sequence[int]) -> list[Alike]:
    if not numbers:
        return []
    d = tables.document
    rows = reader().execute(select(d.c.number, d.c.title, d.c.url, d.c.comments).where(d.c.number.in_(numbers)))
    known = {row.number: Alike(row.title, row.url, row.comments) for row in rows}
    return [known[number] for number in numbers if number in known]
