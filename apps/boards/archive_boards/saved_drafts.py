"""Drafts that are saved while a member writes: by the page every few seconds, or by a button."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_boards import drafts, limits
from archive_boards.board import Board
from archive_boards.drafts import Draft
from archive_boards.names import AnyRow
from archive_boards.rows import rows_changed
from archive_boards.writers import Writer
from archive_chassis import clock
from archive_chassis.database import reader, session
from archive_chassis.errors import Invalid, NotFound

#: Drafts of one member; the oldest goes when there are more.
MOST = 20
KEPT = timedelta(days=90)


def save(board: Board, writer: Writer, draft: Draft, submission: str, post_id: int | None = None) -> None:
    """Keep what is in the form `submission`, in the place of what was kept of it before.

    Unfinished is fine, too long is not (Invalid). A form that has been sent keeps no draft: `posts` forgets it.
    """
    limits.spend("draft", writer)
    if drafts.is_too_long(board, draft):
        raise Invalid({"body": "초안으로 저장하기에는 너무 길어요"})
    t = board.tables.draft
    current = session()
    if _was_published(current, board, writer, submission):
        return
    values = {"content": draft.as_content(), "saved_at": clock.naive_now(), "post_id": post_id}
    mine = (t.c.member_id == writer.id, t.c.submission == submission)
    if not rows_changed(current.execute(update(t).where(*mine).values(values))):
        try:
            current.execute(insert(t).values(values | {"member_id": writer.id, "submission": submission}))
        except IntegrityError:
            current.rollback()
            current.execute(update(t).where(*mine).values(values))
        _drop_beyond(current, board, writer.id)
    current.commit()


def find(board: Board, member_id: int, draft_id: int) -> AnyRow:
    """A draft of the member: id, submission, post_id, content, saved_at. NotFound for another's."""
    t = board.tables.draft
    row = reader().execute(select(t).where(t.c.id == draft_id, t.c.member_id == member_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def of_member(board: Board, member_id: int) -> list[AnyRow]:
    """The member's drafts, the newest first: id, post_id, content, saved_at; one statement."""
    t = board.tables.draft
    query = select(t.c.id, t.c.post_id, t.c.content, t.c.saved_at).where(t.c.member_id == member_id)
    return list(reader().execute(query.order_by(t.c.saved_at.desc()).limit(MOST)))


def discard(board: Board, member_id: int, draft_id: int) -> None:
    """Throw a draft away. NotFound for another's."""
    t = board.tables.draft
    current = session()
    if not rows_changed(current.execute(delete(t).where(t.c.id == draft_id, t.c.member_id == member_id))):
        raise NotFound
    current.commit()


def forget(current: Session, board: Board, member_id: int, submission: str) -> None:
    """The form has been sent: within its transaction, its draft goes."""
    t = board.tables.draft
    if submission:
        current.execute(delete(t).where(t.c.member_id == member_id, t.c.submission == submission))


def forget_old(board: Board) -> None:
    """Drop drafts that nobody has touched for KEPT. A job."""
    t = board.tables.draft
    current = session()
    current.execute(delete(t).where(t.c.saved_at < clock.naive_now() - KEPT))
    current.commit()


def _was_published(current: Session, board: Board, writer: Writer, submission: str) -> bool:
    """A page that saves on its way out may come after its own publication."""
    t = board.tables.post
    known = select(t.c.id).where(t.c.author_id == writer.id, t.c.submission == submission)
    return current.execute(known).first() is not None


def _drop_beyond(current: Session, board: Board, member_id: int) -> None:
    t = board.tables.draft
    kept = select(t.c.id).where(t.c.member_id == member_id).order_by(t.c.saved_at.desc(), t.c.id.desc())
    oldest: Any = current.execute(kept.offset(MOST)).scalars().all()
    if oldest:
        current.execute(delete(t).where(t.c.id.in_(oldest)))
