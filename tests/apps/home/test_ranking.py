"""What makes a post hot."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from archive_home.ranking import HALF_LIFE, hot

NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - naive UTC, as in the database
figures = st.integers(0, 100_000)


def test_one_half_life_is_worth_twice_the_points() -> None:
    # 1 + 3 x 5 = 16 points against 1 + 3 + 2 x 2 = 8 points, one half-life younger
    older = hot(NOON - HALF_LIFE, comments=5, score=0, views=0)
    younger = hot(NOON, comments=1, score=2, views=0)
    assert abs(older - younger) < 1e-9
    assert hot(NOON - HALF_LIFE, comments=6, score=0, views=0) > younger
    assert hot(NOON - HALF_LIFE, comments=4, score=0, views=0) < younger


def test_comments_count_more_than_votes_and_votes_more_than_views() -> None:
    ranks = [hot(NOON, comments=c, score=s, views=v) for c, s, v in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0))]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 4


@given(comments=figures, score=st.integers(-100_000, 100_000), views=figures)
def test_more_attention_never_lowers_the_rank(comments: int, score: int, views: int) -> None:
    rank = hot(NOON, comments=comments, score=score, views=views)
    assert hot(NOON, comments=comments + 1, score=score, views=views) >= rank
    assert hot(NOON, comments=comments, score=score + 1, views=views) >= rank
    assert rank >= hot(NOON, comments=0, score=-1, views=0)
