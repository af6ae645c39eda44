"""Keyset pages: every row exactly once, forwards and backwards, whatever the data."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, DateTime, Engine, Integer, MetaData, Table, create_engine, insert, select

from archive_chassis.errors import Invalid
from archive_chassis.pagination import Cursor, Page, page, paged

tables = MetaData()
rows = Table("rows", tables, Column("id", Integer, primary_key=True), Column("score", Integer), Column("at", DateTime))
START = datetime(2026, 1, 1)  # noqa: DTZ001 - columns hold naive UTC


def filled(scores: list[int]) -> Engine:
    engine = create_engine("sqlite://")
    tables.create_all(engine)
    if scores:
        with engine.begin() as connection:
            values = [{"score": s, "at": START + timedelta(microseconds=s)} for s in scores]
            connection.execute(insert(rows), values)
    return engine


def fetch(engine: Engine, column: str, word: str | None, size: int) -> Page[object]:
    keys = [rows.c[column], rows.c.id]
    cursor = Cursor.decode(word, len(keys))
    with engine.connect() as connection:
        found = connection.execute(paged(select(rows), keys, cursor, size)).all()
    return page(found, [column, "id"], cursor, size)


@pytest.mark.parametrize("column", ["score", "at"])
@settings(max_examples=60, deadline=None)
@given(scores=st.lists(st.integers(0, 4), max_size=23), size=st.integers(1, 7))
def test_walking_there_and_back_shows_every_row_once(column: str, scores: list[int], size: int) -> None:
    engine = filled(scores)
    with engine.connect() as connection:
        expected = connection.execute(select(rows).order_by(rows.c.score.desc(), rows.c.id.desc())).all()
    pages = [fetch(engine, column, None, size)]
    while pages[-1].next:
        pages.append(fetch(engine, column, pages[-1].next, size))
    assert [row for shown in pages for row in shown.rows] == list(expected)
    assert pages[0].previous is None
    back = [pages[-1]]
    while back[-1].previous:
        back.append(fetch(engine, column, back[-1].previous, size))
    if len(expected):
        assert [list(p.rows) for p in reversed(back)] == [list(p.rows) for p in pages]


def test_a_row_that_appears_meanwhile_moves_nothing() -> None:
    engine = filled([1] * 10)
    first = fetch(engine, "score", None, 4)
    with engine.begin() as connection:
        connection.execute(insert(rows), [{"score": 9, "at": START}])
        connection.execute(rows.delete().where(rows.c.id == first.rows[-1].id))  # type: ignore[attr-defined]
    second = fetch(engine, "score", first.next, 4)
    assert [row.id for row in second.rows] == [6, 5, 4, 3]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "word", ["x", "%%%", "W10", "WyJhIiwxXQ", "WyJ6IiwxLDJd", "WyJhIixbMV0sMl0", "WyJhIix0cnVlLDFd", "bnVsbA", "가나"]
)
def test_a_cursor_that_is_not_ours_is_refused(word: str) -> None:
    with pytest.raises(Invalid):
        Cursor.decode(word, 2)


def test_a_cursor_with_a_wrong_time_is_refused() -> None:
    with pytest.raises(Invalid):
        fetch(filled([1]), "at", Cursor("after", ("yesterday", 1)).encode(), 3)
