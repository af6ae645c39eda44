"""Writing, editing, removing, restoring and pinning posts. Each function is one transaction.

Locks are always taken in this order: the post, its comments, the outbox counter. So no two wait for each other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_boards import announce, drafts, writers
from archive_boards.board import Board
from archive_boards.drafts import Draft
from archive_boards.names import AnyRow
from archive_boards.tables import LISTED, PINNED, REMOVED
from archive_boards.writers import Writer
from archive_chassis import clock, markdown, ratelimit
from archive_chassis.database import reader, session
from archive_chassis.errors import Conflict, Forbidden, Gone, NotFound

EXCERPT_LENGTH = 160
POSTS_ALLOWED, POSTS_WINDOW_S = 20, 600


def publish(board: Board, writer: Writer, draft: Draft, submission: str) -> int:
    """Publish a draft; returns the post's id.

    `submission` names the form that was sent: sent twice, it is one post. Invalid for a draft against the rules,
    RateLimited for too many posts.
    """
    drafts.require_sound(board, draft)
    ratelimit.spend("post", str(writer.id), POSTS_ALLOWED, POSTS_WINDOW_S)
    t = board.tables
    html = markdown.render(draft.body)
    current = session()
    try:
        added = current.execute(
            insert(t.post).values(
                **writer.columns,
                **new_post_columns(board),
                **written_columns(draft, html),
                published_at=clock.naive_now(),
                submission=submission,
            )
        )
    except IntegrityError:
        current.rollback()
        return _already_published(board, writer, submission)
    post_id = inserted_id(added)
    current.execute(insert(t.text).values(post_id=post_id, body=draft.body, html=html))
    announce.post(current, board, "post.published", post_id)
    current.commit()
    return post_id


def edit(board: Board, writer: Writer, post_id: int, draft: Draft, revision: int) -> None:
    """Change a post that the writer read at `revision`. Conflict when it has been changed since."""
    row = _existing(board, post_id)
    if not writers.may_edit(board, writer, row.author_id):
        raise Forbidden("내가 쓴 글만 수정할 수 있어요")
    drafts.require_sound(board, draft)
    t = board.tables
    html = markdown.render(draft.body)
    current = session()
    changed = current.execute(
        update(t.post)
        .where(t.post.c.id == post_id, t.post.c.placement != REMOVED, t.post.c.revision == revision)
        .values(**written_columns(draft, html), edited_at=clock.naive_now(), revision=t.post.c.revision + 1)
    )
    if not rows_changed(changed):
        raise Conflict("그사이에 글이 수정되거나 삭제됐어요. 지금 글을 확인한 뒤 다시 저장해 주세요")
    current.execute(update(t.text).where(t.text.c.post_id == post_id).values(body=draft.body, html=html))
    announce.post(current, board, "post.changed", post_id)
    current.commit()


def remove(board: Board, writer: Writer, post_id: int) -> None:
    """Take a post out of every list; its text is kept and can be restored."""
    row = _existing(board, post_id)
    if not writers.may_remove(writer, row.author_id):
        raise Forbidden("내가 쓴 글만 삭제할 수 있어요")
    t = board.tables.post
    current = session()
    changed = current.execute(
        update(t)
        .where(t.c.id == post_id, t.c.placement != REMOVED)
        .values(placement=REMOVED, removed_at=clock.naive_now(), removed_by=writer.id)
    )
    if not rows_changed(changed):
        raise Gone
    announce.removed(current, board, post_id)
    current.commit()


def restore(board: Board, writer: Writer, post_id: int) -> None:
    """Bring a removed post back into the list. Conflict when it is there already."""
    row = _any(board, post_id)
    if not writers.may_restore(writer, row.author_id, row.removed_by):
        raise Forbidden("운영진이 삭제한 글은 운영진만 되살릴 수 있어요")
    t = board.tables.post
    # The one who removed it is part of the condition: a moderator may have removed it anew in the meantime.
    removed_as_read = t.c.removed_by.is_not_distinct_from(row.removed_by)
    current = session()
    changed = current.execute(
        update(t)
        .where(t.c.id == post_id, t.c.placement == REMOVED, removed_as_read)
        .values(placement=LISTED, removed_at=None, removed_by=None)
    )
    if not rows_changed(changed):
        raise Conflict("이미 복원된 글이에요")
    announce.post(current, board, "post.changed", post_id)
    current.commit()


def pin(board: Board, writer: Writer, post_id: int, *, pinned: bool) -> None:
    """Put a post on top of the list, or back into it. For moderators."""
    if not writer.is_moderator:
        raise Forbidden("운영진만 글을 고정할 수 있어요")
    _existing(board, post_id)
    t = board.tables.post
    current = session()
    changed = current.execute(
        update(t).where(t.c.id == post_id, t.c.placement != REMOVED).values(placement=PINNED if pinned else LISTED)
    )
    if not rows_changed(changed):
        raise Gone
    announce.post(current, board, "post.changed", post_id)
    current.commit()


def new_post_columns(board: Board) -> dict[str, Any]:
    """The columns every post begins with."""
    columns: dict[str, Any] = {"placement": LISTED, "comments": 0, "views": 0, "revision": 1}
    return columns | ({"answers": 0} if board.answers else {})


def touch(current: Session, board: Board, post_id: int, **changes: Any) -> None:
    """Change columns of a post (such as its counts), or none, and lock it for this transaction. Gone if removed."""
    t = board.tables.post
    found = update(t).where(t.c.id == post_id, t.c.placement != REMOVED)
    if not rows_changed(current.execute(found.values(changes or {"revision": t.c.revision}))):
        raise Gone


def rows_changed(result: Any) -> int:
    """How many rows an UPDATE matched."""
    return int(result.rowcount)


def inserted_id(result: Any) -> int:
    """The key of the row that an INSERT made."""
    return int(result.inserted_primary_key[0])


def written_columns(draft: Draft, html: str) -> dict[str, Any]:
    """The columns of `post` that a draft and its rendered body set."""
    return {
        "title": draft.title,
        "category": draft.category,
        "excerpt": markdown.plain(html, EXCERPT_LENGTH),
        **draft.fields,
    }


def _already_published(board: Board, writer: Writer, submission: str) -> int:
    t = board.tables.post
    known = select(t.c.id).where(t.c.author_id == writer.id, t.c.submission == submission)
    return int(reader().execute(known).scalar_one())


def _any(board: Board, post_id: int) -> AnyRow:
    t = board.tables.post
    query = select(t.c.author_id, t.c.placement, t.c.removed_by).where(t.c.id == post_id)
    row = reader().execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def _existing(board: Board, post_id: int) -> AnyRow:
    row = _any(board, post_id)
    if row.placement == REMOVED:
        raise Gone
    return row
