"""Where posts stand: removing, restoring, pinning, hiding, approving, locking, moving, and publishing at their hour.

Each function is one transaction, and takes its locks in the order that `posts` names. A post goes from the place where
it was read to another one, or not at all: when two move it at once, the second is told.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_boards import announce, tags, writers
from archive_boards.board import Board
from archive_boards.moderation import log
from archive_boards.names import AnyRow
from archive_boards.rows import find, find_shown, rows_changed, touch, unindexed
from archive_boards.tables import DELETED, HELD, LISTED, PINNED, POST, REMOVED, SCHEDULED
from archive_boards.writers import Writer
from archive_chassis import clock
from archive_chassis.database import session
from archive_chassis.errors import Conflict, Forbidden, Gone, Invalid

MOVED_MEANWHILE = "그사이에 글의 상태가 바뀌었어요. 새로 고친 뒤 다시 시도해 주세요"
#: Posts that one round of `publish_due` publishes, each in a transaction of its own.
DUE_AT_ONCE = 50


def is_waiting(row: AnyRow) -> bool:
    """Whether a post stands nowhere only for now: until its hour, or a moderator's look."""
    return row.placement <= REMOVED and row.withheld in (HELD, SCHEDULED)


def remove(board: Board, writer: Writer, post_id: int) -> None:
    """Take a post out of every list; its text is kept and can be restored."""
    row = find(board, post_id)
    if not writers.may_remove(writer, row.author_id):
        raise Forbidden("내가 쓴 글만 삭제할 수 있어요")
    if row.placement <= REMOVED and not is_waiting(row):
        raise Gone
    current = session()
    take_out(current, board, writer, row, DELETED)
    log.of_another(current, board, writer, "delete", POST, post_id, row)
    current.commit()


def restore(board: Board, writer: Writer, post_id: int) -> None:
    """Bring a removed post back into the list. Conflict when it is there already."""
    row = find(board, post_id)
    if row.placement > REMOVED:
        raise Conflict("이미 복원된 글이에요")
    if not writers.may_restore(writer, row):
        raise Forbidden("운영진이 삭제한 글은 운영진만 되살릴 수 있어요")
    current = session()
    bring_back(current, board, row)
    log.of_another(current, board, writer, "restore", POST, post_id, row)
    current.commit()


def pin(board: Board, writer: Writer, post_id: int, *, pinned: bool) -> None:
    """Put a post on top of the list, or back into it. For moderators."""
    if not writer.is_moderator:
        raise Forbidden("운영진만 글을 고정할 수 있어요")
    row = find_shown(board, post_id)
    current = session()
    _move(current, board, row, PINNED if pinned else LISTED)
    announce.post(current, board, "post.changed", post_id)
    log.of_another(current, board, writer, "pin" if pinned else "unpin", POST, post_id, row)
    current.commit()


def take_out(current: Session, board: Board, writer: Writer, row: AnyRow, why: str) -> None:
    """Let a post (a row of `rows.find`) stand nowhere, because it was DELETED or HIDDEN; within a transaction."""
    _move(current, board, row, REMOVED, withheld=why, removed_at=clock.naive_now(), removed_by=writer.id)
    if row.placement > REMOVED:
        announce.removed(current, board, row.id)


def bring_back(current: Session, board: Board, row: AnyRow) -> None:
    """Show a post (a row of `rows.find`) again, whatever it was withheld for; within a transaction.

    What nobody has seen yet counts as published now.
    """
    if row.placement > REMOVED:
        raise Conflict(MOVED_MEANWHILE)
    changes: dict[str, Any] = {"withheld": DELETED, "removed_at": None, "removed_by": None}
    new = row.withheld == SCHEDULED or (row.withheld == HELD and row.revision == 1)
    if new:
        changes |= dict.fromkeys(("published_at", "active_at"), clock.naive_now())
    _move(current, board, row, LISTED, **changes)
    announce.post(current, board, "post.published" if new else "post.changed", row.id, with_text=True)


def lock(current: Session, board: Board, row: AnyRow, *, locked: bool) -> None:
    """Let nobody comment on a post any more, or let them again; within a transaction."""
    touch(current, board, row.id, locked=locked)
    announce.post(current, board, "post.changed", row.id)


def move(current: Session, board: Board, row: AnyRow, category: str) -> None:
    """Put a post into another category; within a transaction. Invalid for one that the board has not."""
    if category not in board.category_titles:
        raise Invalid({"category": "분류를 골라 주세요"})
    touch(current, board, row.id, category=category)
    announce.post(current, board, "post.changed", row.id)


def publish_due(board: Board) -> int:
    """Publish the posts whose hour has come, each once; returns how many. A job of the boards that have hours."""
    t = board.tables.post
    due = select(t.c.id).where(t.c.withheld == SCHEDULED, t.c.published_at <= clock.naive_now())
    published = 0
    for post_id in session().execute(due.order_by(t.c.published_at).limit(DUE_AT_ONCE)).scalars().all():
        row = find(board, post_id)
        if row.withheld != SCHEDULED or row.placement > REMOVED:
            continue  # another process was faster
        current = session()
        try:
            _move(current, board, row, LISTED, withheld=DELETED)
        except Conflict:
            current.rollback()  # since it was read, its author or another process was faster
            continue
        announce.post(current, board, "post.published", post_id, with_text=True)
        current.commit()
        published += 1
    session().rollback()
    return published


def _move(current: Session, board: Board, row: AnyRow, placement: int, **changes: Any) -> None:
    """From where the post was read to `placement`, its tags with it. Conflict if it is no longer there."""
    t = board.tables.post
    # Who removed it is part of the condition: a moderator may have removed it anew in the meantime.
    as_read = (
        unindexed(t.c.placement) == row.placement,
        unindexed(t.c.withheld) == row.withheld,
        t.c.removed_by.is_not_distinct_from(row.removed_by),
    )
    moved = update(t).where(t.c.id == row.id, *as_read).values(changes | {"placement": placement})
    if not rows_changed(current.execute(moved)):
        raise Conflict(MOVED_MEANWHILE)
    tags.follow(current, board, row, placement, changes.get("published_at"))
