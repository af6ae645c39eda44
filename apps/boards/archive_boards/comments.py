"""Comments, replies to them, and the answers of a Q&A board, which are comments of another kind.

Each function is one transaction, and takes its locks in the order that `posts` names.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import case, insert, null, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_boards import announce, drafts, holding, images, limits, revisions, writers
from archive_boards.board import Board
from archive_boards.moderation import log
from archive_boards.names import AnyRow
from archive_boards.rows import inserted_id, rows_changed, touch, unindexed
from archive_boards.tables import ANSWER, COMMENT, DELETED, HELD, REMOVED
from archive_boards.writers import Writer
from archive_chassis import clock, markdown
from archive_chassis.database import reader, session
from archive_chassis.errors import Conflict, Forbidden, Gone, NotFound


def add(
    board: Board,
    writer: Writer,
    post_id: int,
    body: str,
    submission: str,
    *,
    parent_id: int | None = None,
    kind: str = COMMENT,
) -> int:
    """Comment on a post, reply to a comment of its top level, or answer a question; returns the id.

    `submission` as in `posts.publish`. A comment whose links wait for a moderator is not shown yet. Invalid for a text
    against the rules, Gone for a removed post, Conflict for a comment that can no longer be replied to, Forbidden for a
    locked post.
    """
    drafts.require_sound_comment(body, answer=kind == ANSWER)
    about = _open_post(board, writer, post_id)
    limits.spend("comment", writer)
    t = board.tables.comment
    html, now = images.render(board, body), clock.naive_now()
    waits = holding.must_wait(writer, html)
    current = session()
    _count(current, board, post_id, kind, 0 if waits else 1, active_at=now)
    parent_author = _require_parent(current, board, post_id, parent_id)
    values = writer.columns | {
        "post_id": post_id,
        "parent_id": parent_id,
        "kind": kind,
        "body": body,
        "html": html,
        "created_at": now,
        "submission": submission,
        "score": 0,
        "revision": 1,
        "removed_at": now if waits else None,
        "withheld": HELD if waits else DELETED,
    }
    try:
        comment_id = inserted_id(current.execute(insert(t).values(values)))
    except IntegrityError:
        current.rollback()
        return _already_added(board, writer, submission)
    images.use(current, board, html)
    if not waits:
        _announce_new(current, board, comment_id, parent_author, about)
    current.commit()
    return comment_id


def edit(board: Board, writer: Writer, comment_id: int, body: str) -> None:
    """Change a comment's text; what it said is kept. Only its author may. Conflict for two edits at once."""
    row = find(board, comment_id)
    require_author(writer, row)
    drafts.require_sound_comment(body, answer=row.kind == ANSWER)
    t = board.tables.comment
    html, now = images.render(board, body), clock.naive_now()
    waits = holding.must_wait(writer, html) and not holding.leads_elsewhere(markdown.render(row.body))
    current = session()
    _count(current, board, row.post_id, row.kind, -1 if waits else 0, comment_id if waits else None)
    changed = current.execute(
        update(t)
        .where(t.c.id == comment_id, t.c.removed_at.is_(None), t.c.revision == row.revision)
        .values(
            {"body": body, "html": html, "edited_at": now, "revision": row.revision + 1}
            | ({"removed_at": now, "withheld": HELD} if waits else {})
        )
    )
    if not rows_changed(changed):
        raise Conflict("그사이에 댓글이 수정되거나 삭제됐어요. 새로 고친 뒤 다시 시도해 주세요")
    revisions.keep(current, board, writer, COMMENT, comment_id, row.revision, "", row.body)
    images.use(current, board, html)
    if waits:
        announce.comment_removed(current, board, comment_id)
    announce.post(current, board, "post.changed", row.post_id)
    current.commit()


def remove(board: Board, writer: Writer, comment_id: int) -> None:
    """Take a comment away. Its replies stay, below a line that says so; an accepted answer loses its mark."""
    row = find(board, comment_id)
    if not writers.may_remove(writer, row.author_id):
        raise Forbidden("내가 쓴 댓글만 삭제할 수 있어요")
    current = session()
    take_out(current, board, writer, row, DELETED)
    log.of_another(current, board, writer, "delete", COMMENT, comment_id, row)
    current.commit()


def restore(board: Board, writer: Writer, comment_id: int) -> None:
    """Bring a removed comment back. A moderator any, its author what they removed themselves."""
    row = find_any(board, comment_id)
    if not writers.may_restore(writer, row):
        raise Forbidden("운영진이 삭제한 댓글은 운영진만 되살릴 수 있어요")
    current = session()
    bring_back(current, board, row)
    log.of_another(current, board, writer, "restore", COMMENT, comment_id, row)
    current.commit()


def take_out(current: Session, board: Board, writer: Writer, row: AnyRow, why: str) -> None:
    """Let a comment (a row of `find_any`) be shown no more, DELETED or HIDDEN; within a transaction. Gone, Conflict."""
    t = board.tables.comment
    shown = row.removed_at is None
    _count(current, board, row.post_id, row.kind, -1 if shown else 0, row.id)
    changes = {"removed_at": clock.naive_now(), "removed_by": writer.id, "withheld": why}
    if not rows_changed(current.execute(update(t).where(*_as_read(t, row)).values(changes))):
        raise Gone("삭제된 댓글이에요")
    announce.comment_removed(current, board, row.id)
    announce.post(current, board, "post.changed", row.post_id)


def bring_back(current: Session, board: Board, row: AnyRow) -> None:
    """Show a comment (a row of `find_any`) again, whatever it was withheld for; within a transaction."""
    t = board.tables.comment
    if row.removed_at is None:
        raise Conflict("이미 복원된 댓글이에요")
    _count(current, board, row.post_id, row.kind, 1)
    changes: dict[str, Any] = {"removed_at": None, "removed_by": None, "withheld": DELETED}
    if not rows_changed(current.execute(update(t).where(*_as_read(t, row)).values(changes))):
        raise Conflict("이미 복원된 댓글이에요")
    if row.withheld == HELD:
        parent_author = _author_of(current, board, row.parent_id)
        _announce_new(current, board, row.id, parent_author, _post(board, row.post_id))
    else:
        announce.post(current, board, "post.changed", row.post_id)


def find(board: Board, comment_id: int) -> AnyRow:
    """A comment that is shown: as `find_any`. NotFound or Gone for one that is not."""
    row = find_any(board, comment_id)
    if row.removed_at is not None:
        raise Gone("삭제된 댓글이에요")
    return row


def find_any(board: Board, comment_id: int) -> AnyRow:
    """A comment, shown or not: place, author, text, and why it is withheld. NotFound."""
    t = board.tables.comment
    names = ("id", "post_id", "parent_id", "kind", "author_id", "author_name", "author_role", "body", "revision")
    columns = [t.c[name] for name in names]
    query = select(*columns, t.c.removed_at, t.c.removed_by, t.c.withheld).where(t.c.id == comment_id)
    row = reader().execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def require_author(writer: Writer, row: AnyRow) -> None:
    """Forbidden for whoever did not write the comment: nobody puts words into another's mouth."""
    if writer.id != row.author_id:
        raise Forbidden("내가 쓴 댓글만 수정할 수 있어요")


def _as_read(t: Any, row: AnyRow) -> tuple[Any, ...]:
    """The condition that a comment is still as it was read."""
    return (
        t.c.id == row.id,
        t.c.removed_at.is_(None) if row.removed_at is None else t.c.removed_at.is_not(None),
        unindexed(t.c.withheld) == row.withheld,
        t.c.removed_by.is_not_distinct_from(row.removed_by),
    )


def _count(
    current: Session,
    board: Board,
    post_id: int,
    kind: str,
    by: int,
    leaving: int | None = None,
    active_at: datetime | None = None,
) -> None:
    """Count a comment or an answer in or out (`leaving` is the id of the one that goes), locking the post."""
    t = board.tables.post
    changes: dict[str, Any] = {"answers": t.c.answers + by} if kind == ANSWER else {"comments": t.c.comments + by}
    if kind == ANSWER and leaving is not None:
        changes["accepted_id"] = case((t.c.accepted_id == leaving, null()), else_=t.c.accepted_id)
    if active_at is not None and by > 0:
        changes["active_at"] = active_at
    touch(current, board, post_id, **changes)


def _open_post(board: Board, writer: Writer, post_id: int) -> AnyRow:
    """The post that is commented on. Forbidden when it is locked: moderators may still say why."""
    row = _post(board, post_id)
    if row.placement > REMOVED and row.locked and not writer.is_moderator:
        raise Forbidden("잠긴 글이에요. 더는 댓글을 달 수 없어요")
    return row


def _post(board: Board, post_id: int) -> AnyRow:
    t = board.tables.post
    query = select(t.c.id, t.c.title, t.c.author_id, t.c.locked, t.c.placement).where(t.c.id == post_id)
    row = reader().execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def _require_parent(current: Session, board: Board, post_id: int, parent_id: int | None) -> int | None:
    """The author of the comment that is replied to; None for none. Conflict when it cannot be replied to (any more)."""
    if parent_id is None:
        return None
    t = board.tables.comment
    parent = select(t.c.author_id).where(
        t.c.id == parent_id, t.c.post_id == post_id, t.c.parent_id.is_(None), t.c.removed_at.is_(None)
    )
    author = current.execute(parent).scalar_one_or_none()
    if author is None:
        raise Conflict("답글을 달려던 댓글이 삭제됐어요")
    return int(author)


def _author_of(current: Session, board: Board, comment_id: int | None) -> int | None:
    t = board.tables.comment
    return current.execute(select(t.c.author_id).where(t.c.id == comment_id)).scalar_one_or_none()


def _announce_new(current: Session, board: Board, comment_id: int, parent_author: int | None, about: AnyRow) -> None:
    t = board.tables.comment
    row = current.execute(select(t).where(t.c.id == comment_id)).one()
    announce.comment(current, board, row, parent_author, about)
    announce.post(current, board, "post.changed", row.post_id)


def _already_added(board: Board, writer: Writer, submission: str) -> int:
    t = board.tables.comment
    known = select(t.c.id).where(t.c.author_id == writer.id, t.c.submission == submission)
    return int(reader().execute(known).scalar_one())
