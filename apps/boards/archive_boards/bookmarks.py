"""Bookmarks: posts that a member wants to find again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.exc import IntegrityError

from archive_boards import reading
from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.rows import find_shown
from archive_boards.tables import REMOVED
from archive_chassis import clock
from archive_chassis.database import reader, session
from archive_chassis.pagination import Cursor, Page, page, paged


def keep(board: Board, member_id: int, post_id: int) -> None:
    """Bookmark a post; twice is once. Gone for a post that stands nowhere."""
    find_shown(board, post_id)
    current = session()
    row = {"member_id": member_id, "post_id": post_id, "at": clock.naive_now()}
    try:
        current.execute(insert(board.tables.bookmark).values(row))
    except IntegrityError:
        current.rollback()
        return
    current.commit()


def drop(board: Board, member_id: int, post_id: int) -> None:
    """Take a bookmark away, if there is one."""
    t = board.tables.bookmark
    current = session()
    current.execute(delete(t).where(t.c.member_id == member_id, t.c.post_id == post_id))
    current.commit()


def of_member(board: Board, member_id: int, cursor: Cursor | None) -> Page[AnyRow]:
    """The member's bookmarked posts that are shown, the newest bookmark first; one statement."""
    t, b = board.tables.post, board.tables.bookmark
    query: Select[Any] = (
        select(*reading.list_columns(board), b.c.at)
        .join(t, t.c.id == b.c.post_id)
        .where(b.c.member_id == member_id, t.c.placement > REMOVED)
    )
    rows = reader().execute(paged(query, [b.c.at, b.c.post_id], cursor, reading.PAGE_SIZE)).all()
    return page(rows, ("at", "id"), cursor, reading.PAGE_SIZE)
