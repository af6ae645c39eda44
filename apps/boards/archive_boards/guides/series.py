"""Series: guides of one writer in an order, such as the chapters of a walkthrough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_boards import reading
from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.tables import REMOVED
from archive_boards.writers import Writer
from archive_chassis import clock, events
from archive_chassis.database import reader, session
from archive_chassis.errors import Forbidden, NotFound

#: Guides of one series; more would be a board of its own.
MOST = 100


def join(current: Session, board: Board, member_id: int, post_id: int, title: str) -> None:
    """Put a guide (just written in this transaction) at the end of its writer's series `title`; "" takes it out.

    A series begins with its first guide. One that stays in its series keeps its place.
    """
    t = board.tables.post
    if not title:
        current.execute(update(t).where(t.c.id == post_id).values(series_id=None, series_place=0))
        return
    series_id = _of_title(current, board, member_id, title)
    last = select(func.max(t.c.series_place)).where(t.c.series_id == series_id)
    place = (current.execute(last).scalar_one() or 0) + 1
    elsewhere = t.c.series_id.is_distinct_from(series_id)
    current.execute(update(t).where(t.c.id == post_id, elsewhere).values(series_id=series_id, series_place=place))


def find(board: Board, series_id: int) -> AnyRow:
    """A series: id, member_id, title. NotFound."""
    t = board.tables.series
    row = reader().execute(select(t.c.id, t.c.member_id, t.c.title).where(t.c.id == series_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def guides(board: Board, series_id: int) -> list[AnyRow]:
    """The guides of a series that are shown, in their order; one statement.

    They are rows of a list with series_place and series_title.
    """
    t, s = board.tables.post, board.tables.series
    query: Select[Any] = (
        select(*reading.list_columns(board), t.c.series_place, s.c.title.label("series_title"))
        .join(s, s.c.id == t.c.series_id)
        .where(t.c.series_id == series_id, t.c.placement > REMOVED)
    )
    return list(reader().execute(query.order_by(t.c.series_place, t.c.id).limit(MOST)))


def titles(board: Board, member_id: int) -> list[str]:
    """The titles of a member's series, for the form; one statement."""
    t = board.tables.series
    query = select(t.c.title).where(t.c.member_id == member_id).order_by(t.c.id.desc()).limit(20)
    return list(reader().execute(query).scalars())


def title_of(board: Board, series_id: int | None) -> str:
    """The title of a series; "" for none."""
    t = board.tables.series
    if series_id is None:
        return ""
    return reader().execute(select(t.c.title).where(t.c.id == series_id)).scalar_one_or_none() or ""


def reorder(board: Board, writer: Writer, series_id: int, places: Mapping[int, int]) -> None:
    """Give guides of a series (post id → place, from 1) their places. Only its writer may, and moderators."""
    row = find(board, series_id)
    if writer.id != row.member_id and not writer.is_moderator:
        raise Forbidden("내 연재의 순서만 바꿀 수 있어요")
    t = board.tables.post
    current = session()
    for post_id in sorted(places):
        one = update(t).where(t.c.id == post_id, t.c.series_id == series_id)
        current.execute(one.values(series_place=places[post_id]))
    events.record(current, "series.changed", {"id": series_id, "board": board.name})
    current.commit()


def _of_title(current: Session, board: Board, member_id: int, title: str) -> int:
    """The member's series of this title, made if there is none; its key decides if two make it at once."""
    t = board.tables.series
    known = select(t.c.id).where(t.c.member_id == member_id, t.c.title == title)
    found = current.execute(known).scalar_one_or_none()
    if found is not None:
        return int(found)
    try:
        with current.begin_nested():
            row = {"member_id": member_id, "title": title, "created_at": clock.naive_now()}
            return int(current.execute(insert(t).values(row)).inserted_primary_key[0])  # type: ignore[attr-defined]
    except IntegrityError:
        return int(current.execute(known).scalar_one())
