"""What the kit's writing statements share: locking a post, counting changed rows, new keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.tables import REMOVED
from archive_chassis.database import reader
from archive_chassis.errors import Gone, NotFound


def touch(current: Session, board: Board, post_id: int, **changes: Any) -> None:
    """Change columns of a post (such as its counts), or none, and lock it for this transaction.

    Gone if it stands nowhere.
    """
    t = board.tables.post
    found = update(t).where(t.c.id == post_id, unindexed(t.c.placement) > REMOVED)
    if not rows_changed(current.execute(found.values(changes or {"revision": t.c.revision}))):
        raise Gone


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column that is never NULL, in an expression for which no database uses an index.

    For the conditions of an UPDATE by key. MariaDB may find the row through another index instead; if it then waits for
    a transaction that moves the row within that index, it does not see it any more.
    """
    return func.coalesce(column, column)


def find(board: Board, post_id: int) -> AnyRow:
    """What decides who may do what with a post: author, placement, why it is withheld, revision, times, lock.

    NotFound for an unknown id.
    """
    t = board.tables.post
    names = ("id", "author_id", "author_role", "placement", "withheld", "removed_by", "revision", "published_at")
    query = select(*(t.c[name] for name in names), t.c.locked, t.c.category, t.c.title, t.c.tags)
    row = reader().execute(query.where(t.c.id == post_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def find_shown(board: Board, post_id: int) -> AnyRow:
    """The same; Gone for a post that stands nowhere."""
    row = find(board, post_id)
    if row.placement <= REMOVED:
        raise Gone
    return row


def rows_changed(result: Any) -> int:
    """How many rows an UPDATE matched."""
    return int(result.rowcount)


def inserted_id(result: Any) -> int:
    """The key of the row that an INSERT made."""
    return int(result.inserted_primary_key[0])
