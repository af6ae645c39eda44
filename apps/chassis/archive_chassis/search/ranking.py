"""In which order documents answer a query.

First by tier: all words in the head (title, game, tags), then all words somewhere, then titles that are nearly right,
then documents with some of the words. Within a tier by points: how well the words fit, and a little for new and liked.
The order is total: equal points are settled by date and number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from archive_chassis.search import matching
from archive_chassis.search.folding import fold
from archive_chassis.search.matching import Fit, Match
from archive_chassis.search.query import Query, Word

TITLE_POINTS = {Fit.WHOLE: 10.0, Fit.BEGINNING: 7.0, Fit.PART: 5.0, Fit.SIMILAR: 4.0}
GAME_POINTS = {Fit.WHOLE: 7.0, Fit.BEGINNING: 5.0, Fit.PART: 4.0}
TAG_POINTS = {Fit.WHOLE: 8.0, Fit.BEGINNING: 4.0, Fit.PART: 3.0}
TEXT_POINTS = {Fit.WHOLE: 3.0, Fit.BEGINNING: 2.0, Fit.PART: 1.0}
#: Each further place in the text, up to five.
AGAIN_POINTS = 0.5
#: A title that consists of the words alone.
FILLED_POINTS = 4.0
#: Words that follow one another in the title as they do in the query.
ORDER_POINTS = 2.0
NEW_POINTS = 0.5
NEW_HALF_LIFE_DAYS = 180
LIKED_POINTS = 0.5
LIKED_ENOUGH = 64


class Tier(IntEnum):
    """Which kind of answer a document is, the best highest."""

    PARTIAL = 1
    SIMILAR = 2
    TEXT = 3
    HEAD = 4


@dataclass(frozen=True)
class Head:
    """The searched columns of a document that are always read."""

    number: int
    board: str
    author_id: int
    title: str
    game: str
    tags: str
    published_at: datetime
    score: int
    removed: bool


@dataclass
class Answer:
    """A document and where in it the query's words are; a word without points was not found yet."""

    head: Head
    in_title: list[list[Match]]
    points: list[float]
    tier: Tier = Tier.HEAD
    total: float = 0.0

    @property
    def missing(self) -> list[int]:
        """The places (in the query) of the words that were not found yet."""
        return [place for place, points in enumerate(self.points) if not points]

    @property
    def order(self) -> tuple[int, float, datetime, int]:
        """Sorted by this, descending, the best answer comes first."""
        return (self.tier, round(self.total, 6), self.head.published_at, self.head.number)


def look_at_head(words: Sequence[Word], head: Head) -> Answer:
    """Which words the head has."""
    title = fold(head.title)
    others = [(fold(text), points) for text, points in ((head.game, GAME_POINTS), (head.tags, TAG_POINTS)) if text]
    answer = Answer(head, [], [])
    for word in words:
        matches = matching.find(word, title, in_head=True)
        points = _best(matches, TITLE_POINTS)
        for text, worth in others:
            if points < worth[Fit.WHOLE]:
                points = max(points, _best(matching.find(word, text, in_head=True), worth))
        answer.in_title.append(matches)
        answer.points.append(points)
    return answer


def look_at_text(words: Sequence[Word], answer: Answer, text: str) -> None:
    """Which words that the head lacks the text has."""
    folded = fold(text)
    for place in answer.missing:
        matches = matching.find(words[place], folded, in_head=False)
        if matches:
            answer.points[place] = _best(matches, TEXT_POINTS) + AGAIN_POINTS * (min(len(matches), 6) - 1)
            answer.tier = Tier.TEXT


def is_similar(words: Sequence[Word], answer: Answer) -> bool:
    """Whether the title has nearly right one of the words that the head lacks."""
    title = fold(answer.head.title)
    return any(matching.similar(words[place], title) for place in answer.missing)


def look_for_similar(words: Sequence[Word], answer: Answer) -> None:
    """Give words that are nowhere a nearly right one in the title."""
    title = fold(answer.head.title)
    for place in answer.missing:
        matches = matching.similar(words[place], title)
        if matches:
            answer.in_title[place] = matches
            answer.points[place] = TITLE_POINTS[Fit.SIMILAR]
            answer.tier = Tier.SIMILAR


def rate(answer: Answer, query: Query, now: datetime, weights: Sequence[float] = ()) -> None:
    """Add up an answer's points. `weights`, one per word, make some words count for more."""
    if answer.points:
        weights = weights or [1.0] * len(answer.points)
        of_words = sum(w * p for w, p in zip(weights, answer.points, strict=True)) / sum(weights)
    else:
        of_words = 0.0
    head = answer.head
    covered = sum(end - start for start, end in _longest(answer.in_title))
    filled = FILLED_POINTS * covered / max(len(head.title), 1)
    in_order = ORDER_POINTS if len(query.words) > 1 and _in_order(answer.in_title) else 0.0
    days = max((now - head.published_at).total_seconds() / 86_400, 0.0)
    new = NEW_POINTS * 2.0 ** (-days / NEW_HALF_LIFE_DAYS)
    liked = LIKED_POINTS * min(math.log2(1 + max(head.score, 0)) / math.log2(1 + LIKED_ENOUGH), 1.0)
    answer.total = of_words + filled + in_order + new + liked


def _best(matches: Sequence[Match], points: dict[Fit, float]) -> float:
    return max((points.get(match.fit, 0.0) for match in matches), default=0.0)


def _longest(found: Sequence[Sequence[Match]]) -> list[tuple[int, int]]:
    """One place for each word, no character counted for two words."""
    taken: list[tuple[int, int]] = []
    for matches in found:
        for start, end, _fit in matches:
            if all(end <= other_start or start >= other_end for other_start, other_end in taken):
                taken.append((start, end))
                break
    return taken


def _in_order(found: Sequence[Sequence[Match]]) -> bool:
    place = 0
    for matches in found:
        following = next((match for match in matches if match.start >= place), None)
        if following is None:
            return False
        place = following.end
    return True
