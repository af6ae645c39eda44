"""How hot a post is.

A post's points halve every HALF_LIFE: points x 2^(-age / HALF_LIFE). Since every post ages at the same speed, their
order never changes with time alone, and the logarithm of that product, up to a term that all posts share, is

    hot = log2(points) + published / HALF_LIFE

It is computed once, when a board tells of a change, and read through an index: nothing has to be refreshed.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

HALF_LIFE = timedelta(hours=30)
ORIGIN = datetime(2020, 1, 1)  # noqa: DTZ001 - naive UTC, as the columns are; any fixed day does

COMMENT_POINTS = 3.0  # an answer is the most that a reader gives
VOTE_POINTS = 2.0
VIEW_POINTS = 0.02  # fifty readers weigh as much as one new post


def hot(published_at: datetime, *, comments: int, score: int, views: int) -> float:
    """The rank of a post published at `published_at` (naive UTC); higher is hotter. Points are never below 1."""
    points = 1 + COMMENT_POINTS * comments + VOTE_POINTS * score + VIEW_POINTS * views
    return math.log2(max(points, 1.0)) + (published_at - ORIGIN) / HALF_LIFE
