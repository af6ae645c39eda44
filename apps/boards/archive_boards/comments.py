"""Comments, replies to them, and the answers of a Q&A board, which are comments of another kind.

Each function is one transaction, and takes its locks in the order that `posts` names.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, insert, null, select, update
from sqlalchemy.exc import IntegrityError

from archive_boards import announce, drafts, posts, writers
from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.tables import ANSWER, COMMENT
from archive_boards.writers import Writer
from archive_chassis import clock, markdown, ratelimit
from archive_chassis.database import reader, session
from archive_chassis.errors import Conflict, Forbidden, Gone, NotFound

COMMENTS_ALLOWED, COMMENTS_WINDOW_S = 60, 600


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

    `submission` as in `posts.publish`. Invalid for a text against the rules, Gone for a removed post, Conflict for a
    comment that can no longer be replied to.
    """
    drafts.require_sound_comment(body, answer=kind == ANSWER)
    _require_post(board, post_id)
    ratelimit.spend("comment", str(writer.id), COMMENTS_ALLOWED, COMMENTS_WINDOW_S)
    t = board.tables.comment
    html = markdown.render(body)
    current = session()
    _count(board, post_id, kind, 1)
    if parent_id is not None:
        parent = select(t.c.id).where(
            t.c.id == parent_id, t.c.post_id == post_id, t.c.parent_id.is_(None), t.c.removed_at.is_(None)
        )
        if current.execute(parent).one_or_none() is None:
            raise Conflict("답글을 달려던 댓글이 삭제됐어요")
    try:
        added = current.execute(
            insert(t).values(
                **writer.columns,
                post_id=post_id,
                parent_id=parent_id,
                kind=kind,
                body=body,
                html=html,
                created_at=clock.naive_now(),
                submission=submission,
            )
        )
    except IntegrityError:
        current.rollback()
        return _already_added(board, writer, submission)
    announce.post(current, board, "post.changed", post_id)
    current.commit()
    return posts.inserted_id(added)


def edit(board: Board, writer: Writer, comment_id: int, body: str) -> None:
    """Change a comment's text. Only its author may."""
    row = find(board, comment_id)
    require_author(writer, row)
    drafts.require_sound_comment(body, answer=row.kind == ANSWER)
    t = board.tables.comment
    current = session()
    posts.touch(current, board, row.post_id)
    changed = current.execute(
        update(t)
        .where(t.c.id == comment_id, t.c.removed_at.is_(None))
        .values(body=body, html=markdown.render(body), edited_at=clock.naive_now())
    )
    if not posts.rows_changed(changed):
        raise Gone("삭제된 댓글이에요")
    announce.post(current, board, "post.changed", row.post_id)
    current.commit()


def remove(board: Board, writer: Writer, comment_id: int) -> None:
    """Take a comment away. Its replies stay, below a line that says so; an accepted answer loses its mark."""
    row = find(board, comment_id)
    if not writers.may_remove(writer, row.author_id):
        raise Forbidden("내가 쓴 댓글만 삭제할 수 있어요")
    t = board.tables.comment
    current = session()
    _count(board, row.post_id, row.kind, -1, comment_id)
    changed = current.execute(
        update(t)
        .where(t.c.id == comment_id, t.c.removed_at.is_(None))
        .values(removed_at=clock.naive_now(), removed_by=writer.id)
    )
    if not posts.rows_changed(changed):
        raise Gone("삭제된 댓글이에요")
    announce.post(current, board, "post.changed", row.post_id)
    current.commit()


def find(board: Board, comment_id: int) -> AnyRow:
    """A comment: id, post_id, parent_id, kind, author_id, body. NotFound or Gone for one that is not there."""
    t = board.tables.comment
    columns = (t.c.id, t.c.post_id, t.c.parent_id, t.c.kind, t.c.author_id, t.c.body, t.c.removed_at)
    query = select(*columns).where(t.c.id == comment_id)
    row = reader().execute(query).one_or_none()
    if row is None:
        raise NotFound
    if row.removed_at is not None:
        raise Gone("삭제된 댓글이에요")
    return row


def require_author(writer: Writer, row: AnyRow) -> None:
    """Forbidden for whoever did not write the comment: nobody puts words into another's mouth."""
    if writer.id != row.author_id:
        raise Forbidden("내가 쓴 댓글만 수정할 수 있어요")


def _count(board: Board, post_id: int, kind: str, by: int, leaving: int | None = None) -> None:
    """Count a comment or an answer in or out (`leaving` is the id of the one that goes), locking the post."""
    t = board.tables.post
    changes: dict[str, Any] = {"answers": t.c.answers + by} if kind == ANSWER else {"comments": t.c.comments + by}
    if kind == ANSWER and leaving is not None:
        changes["accepted_id"] = case((t.c.accepted_id == leaving, null()), else_=t.c.accepted_id)
    posts.touch(session(), board, post_id, **changes)


def _require_post(board: Board, post_id: int) -> None:
    t = board.tables.post
    if reader().execute(select(t.c.id).where(t.c.id == post_id)).one_or_none() is None:
        raise NotFound


def _already_added(board: Board, writer: Writer, submission: str) -> int:
    t = board.tables.comment
    known = select(t.c.id).where(t.c.author_id == writer.id, t.c.submission == submission)
    return int(reader().execute(known).scalar_one())
