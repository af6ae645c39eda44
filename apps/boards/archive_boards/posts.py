"""Publishing and editing posts. Each function is one transaction.

Locks are always taken in this order: the post, its comments, its tags by name, the moderation log, the outbox counter.
So no two wait for each other.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_boards import announce, drafts, holding, images, limits, placing, revisions, saved_drafts, tags, writers
from archive_boards.board import Board
from archive_boards.drafts import Draft
from archive_boards.guides import series
from archive_boards.moderation import log
from archive_boards.names import AnyRow
from archive_boards.rows import find, inserted_id, rows_changed, unindexed
from archive_boards.tables import DELETED, HELD, LISTED, POST, REMOVED, SCHEDULED
from archive_boards.writers import Writer
from archive_chassis import clock, markdown
from archive_chassis.database import reader, session
from archive_chassis.errors import Conflict, Forbidden, Gone

EXCERPT_LENGTH = 160

_PICTURE = re.compile(r'<img src="([^"]{1,300})"')


def publish(board: Board, writer: Writer, draft: Draft, submission: str) -> int:
    """Publish a draft; returns the post's id.

    `submission` names the form that was sent: sent twice, it is one post. It is shown at once, unless it is meant for a
    later hour or its links wait for a moderator. Invalid for a draft against the rules, RateLimited for too many posts.
    """
    drafts.require_sound(board, draft)
    limits.spend("post", writer)
    t = board.tables
    html = images.render(board, draft.body)
    standing = _standing(writer, draft, html)
    current = session()
    try:
        added = current.execute(
            insert(t.post).values(
                writer.columns
                | new_post_columns(board)
                | written_columns(draft, html)
                | standing
                | {"submission": submission}
            )
        )
    except IntegrityError:
        current.rollback()
        return _already_published(board, writer, submission)
    post_id = inserted_id(added)
    current.execute(insert(t.text).values(post_id=post_id, body=draft.body, html=html))
    tags.attach(current, board, post_id, standing["placement"], standing["published_at"], draft.tags)
    if board.guides:
        series.join(current, board, writer.id, post_id, draft.series)
    images.use(current, board, html, draft.image)
    saved_drafts.forget(current, board, writer.id, submission)
    if standing["placement"] > REMOVED:
        announce.post(current, board, "post.published", post_id, with_text=True)
    current.commit()
    return post_id


def edit(board: Board, writer: Writer, post_id: int, draft: Draft, revision: int, submission: str = "") -> None:
    """Change a post that the writer read at `revision`. Conflict when it has been changed since.

    The revision before is kept. `submission` names the form, whose saved draft goes.
    """
    row = find(board, post_id)
    require_editable(board, writer, row)
    drafts.require_sound(board, draft)
    t = board.tables
    html = images.render(board, draft.body)
    current = session()
    before = current.execute(select(t.text.c.body).where(t.text.c.post_id == post_id)).scalar_one()
    values = written_columns(draft, html) | _moved_hour(row, draft) | _held_again(writer, row, html, before)
    changed = current.execute(
        update(t.post)
        .where(t.post.c.id == post_id, unindexed(t.post.c.placement) == row.placement, t.post.c.revision == revision)
        .values(values | {"edited_at": clock.naive_now(), "revision": t.post.c.revision + 1})
    )
    if not rows_changed(changed):
        raise Conflict("그사이에 글이 수정되거나 삭제됐어요. 지금 글을 확인한 뒤 다시 저장해 주세요")
    revisions.keep(current, board, writer, POST, post_id, revision, row.title, before)
    current.execute(update(t.text).where(t.text.c.post_id == post_id).values(body=draft.body, html=html))
    _move_tags(current, board, row, draft, values)
    if board.guides:
        series.join(current, board, row.author_id, post_id, draft.series)
    images.use(current, board, html, draft.image)
    saved_drafts.forget(current, board, writer.id, submission)
    _announce_edit(current, board, row, values)
    log.of_another(current, board, writer, "edit", POST, post_id, row)
    current.commit()


def require_editable(board: Board, writer: Writer, row: AnyRow) -> None:
    """Gone for a post (a row of `rows.find`) that is deleted or hidden, Forbidden for whoever may not edit it."""
    if not writers.may_edit(board, writer, row.author_id):
        raise Forbidden("내가 쓴 글만 수정할 수 있어요")
    if row.placement <= REMOVED and not placing.is_waiting(row):
        raise Gone


def new_post_columns(board: Board) -> dict[str, Any]:
    """The columns every post begins with."""
    columns: dict[str, Any] = {"placement": LISTED, "withheld": DELETED, "locked": False}
    columns |= {"comments": 0, "views": 0, "score": 0, "revision": 1}
    columns |= {"answers": 0} if board.answers else {}
    return columns | ({"series_place": 0, "works_version": "", "works": 0} if board.guides else {})


def written_columns(draft: Draft, html: str) -> dict[str, Any]:
    """The columns of `post` that a draft and its rendered body set."""
    first = _PICTURE.search(html)
    return {
        "title": draft.title,
        "category": draft.category,
        "excerpt": markdown.plain(html, EXCERPT_LENGTH),
        "image": draft.image or (first[1] if first else ""),
        "tags": " ".join(draft.tags),
        **draft.fields,
    }


def _standing(writer: Writer, draft: Draft, html: str) -> dict[str, Any]:
    """Where a new post stands, since when, and why nowhere."""
    now = clock.naive_now()
    at = draft.publish_at
    if at is not None and at > now:
        return {"placement": REMOVED, "withheld": SCHEDULED, "published_at": at, "active_at": at}
    if holding.must_wait(writer, html):
        return {"placement": REMOVED, "withheld": HELD, "published_at": now, "active_at": now}
    return {"placement": LISTED, "published_at": now, "active_at": now}


def _moved_hour(row: AnyRow, draft: Draft) -> dict[str, Any]:
    """A post that waits for its hour may be given another one, or none: then it is published now."""
    if row.withheld != SCHEDULED or row.placement > REMOVED:
        return {}
    now: datetime = clock.naive_now()
    if draft.publish_at is not None and draft.publish_at > now:
        return {"published_at": draft.publish_at, "active_at": draft.publish_at}
    return {"placement": LISTED, "withheld": DELETED, "published_at": now, "active_at": now}


def _held_again(writer: Writer, row: AnyRow, html: str, before: str) -> dict[str, Any]:
    """A new member's edit that brings in a link waits too: else the link would come with the second version."""
    if row.placement <= REMOVED or not holding.must_wait(writer, html):
        return {}
    if holding.leads_elsewhere(markdown.render(before)):
        return {}  # the link was there before, and somebody has let it pass
    return {"placement": REMOVED, "withheld": HELD}


def _move_tags(current: Session, board: Board, row: AnyRow, draft: Draft, values: dict[str, Any]) -> None:
    """The post's tags follow its edit: first as they were to where it stands now, then to what they are now."""
    placement, published_at = values.get("placement", row.placement), values.get("published_at", row.published_at)
    if placement != row.placement or published_at != row.published_at:
        tags.follow(current, board, row, placement, published_at)
    before = tags.split(row.tags)
    if tuple(draft.tags) != before:
        tags.change(current, board, row.id, before, draft.tags, placement, published_at)


def _announce_edit(current: Session, board: Board, row: AnyRow, values: dict[str, Any]) -> None:
    shown_before, shown = row.placement > REMOVED, values.get("placement", row.placement) > REMOVED
    if shown:
        kind = "post.changed" if shown_before else "post.published"
        announce.post(current, board, kind, row.id, with_text=True)
    elif shown_before:
        announce.removed(current, board, row.id)


def _already_published(board: Board, writer: Writer, submission: str) -> int:
    t = board.tables.post
    known = select(t.c.id).where(t.c.author_id == writer.id, t.c.submission == submission)
    return int(reader().execute(known).scalar_one())
