"""Arithmetic on what was seen: gaps of the client, and who held the address when. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Attempt:
    """A connection of the client: when it began and ended (seconds), and who answered, if anybody did."""

    begin: float
    end: float
    who: str | None


@dataclass(frozen=True)
class Change:
    """From this moment (seconds) a host holds the address, or does not."""

    at: float
    host: str
    holds: bool


@dataclass(frozen=True)
class Span:
    """A stretch of time, in seconds."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        return max(0.0, self.end - self.begin)

    def within(self, other: Span) -> Span:
        return Span(max(self.begin, other.begin), min(self.end, other.end))


def longest_gap(attempts: Iterable[Attempt], window: Span) -> float:
    """The longest time, in seconds, from one answer to the next one, of gaps that lie in the window at least in part.

    Where all is well that is the client's own interval and a bit. Without an answer before and one after, there is no
    end of the gap: infinity.
    """
    answers = sorted(attempt.end for attempt in attempts if attempt.who is not None)
    if not answers or answers[0] > window.begin or answers[-1] < window.end:
        return math.inf
    return max(later - sooner for sooner, later in pairwise(answers) if later > window.begin and sooner < window.end)


def longest_pause(attempts: Iterable[Attempt], window: Span) -> float:
    """The longest time between the begins of two attempts: what the client itself was late, not the load balancers."""
    begins = sorted(attempt.begin for attempt in attempts if window.begin <= attempt.begin <= window.end)
    return max((later - sooner for sooner, later in pairwise(begins)), default=math.inf)


def held_by(changes: Iterable[Change], count: int, window: Span) -> list[Span]:
    """The stretches of the window in which the address was held by that many hosts."""
    spans: list[Span] = []
    holders: set[str] = set()
    since = -math.inf
    end = Change(math.inf, "", False)
    for change in [*sorted(changes, key=lambda change: change.at), end]:
        if len(holders) == count:
            spans.append(Span(since, change.at).within(window))
        since = change.at
        (holders.add if change.holds else holders.discard)(change.host)
    return [span for span in spans if span.seconds > 0]


def outside(spans: Iterable[Span], cut: Iterable[Span]) -> list[Span]:
    """What is left of the spans when the cuts are taken away, such as the time in which one host reached nobody."""
    left = list(spans)
    for hole in cut:
        left = [part for span in left for part in _minus(span, hole)]
    return left


def _minus(span: Span, hole: Span) -> list[Span]:
    parts = (Span(span.begin, min(span.end, hole.begin)), Span(max(span.begin, hole.end), span.end))
    return [part for part in parts if part.seconds > 0]


def total(spans: Iterable[Span]) -> float:
    return sum(span.seconds for span in spans)


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest rank: the smallest of the values that at least that many percent do not exceed.

    >>> percentile([3, 1, 2, 4], 50), percentile([3, 1, 2, 4], 99)
    (2, 4)
    """
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
