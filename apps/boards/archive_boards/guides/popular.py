"""The guides that were liked most in the last week."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, select

from archive_boards import reading
from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.tables import POST, REMOVED
from archive_chassis import clock
from archive_chassis.database import reader

WEEK = timedelta(days=7)
SHOWN = 5
#: The sum over a week of votes is made this often: a vote more or less does not change what a week liked.
KEPT_S = 300.0


def of_week(board: Board) -> list[AnyRow]:
    """Up to SHOWN guides as rows of a list, the most liked first; one statement, and one more every KEPT_S.

    What is kept is only which guides they are: one that was hidden meanwhile is gone at once.
    """
    kept: dict[str, tuple[float, list[int]]] = current_app.extensions.setdefault("archive_popular", {})
    known = kept.get(board.name)
    if known is None or time.monotonic() - known[0] >= KEPT_S:
        known = kept[board.name] = (time.monotonic(), _most_liked(board))
    ids = known[1]
    if not ids:
        return []
    t = board.tables.post
    query: Select[Any] = select(*reading.list_columns(board)).where(t.c.id.in_(ids), t.c.placement > REMOVED)
    rows: list[AnyRow] = list(reader().execute(query))
    return sorted(rows, key=lambda row: ids.index(row.id))[:SHOWN]


def _most_liked(board: Board) -> list[int]:
    """The ids of the guides with the most votes of the week, some more than are shown."""
    v = board.tables.vote
    liked = func.sum(v.c.value)
    query = select(v.c.subject_id).where(v.c.subject == POST, v.c.at >= clock.naive_now() - WEEK)
    query = query.group_by(v.c.subject_id).having(liked > 0).order_by(liked.desc(), v.c.subject_id.desc())
    return list(reader().execute(query.limit(SHOWN * 2)).scalars())
