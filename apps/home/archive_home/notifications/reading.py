"""A member's own notifications: the page, the number on the bell, and marking them as read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select, true, update

from archive_chassis.database import reader, session
from archive_chassis.errors import Gone, NotFound
from archive_chassis.pagination import Cursor, Page, page, paged
from archive_home.notifications import words
from archive_home.notifications.tables import SHOWN, notification
from archive_home.tables import directory_member, front_post

PAGE_SIZE = 20
#: The bell counts no further: beyond this it says "99+".
MOST_COUNTED = 100


@dataclass(frozen=True)
class Notification:
    """A notification as its page shows it. `text` is the beginning of a comment, or a moderator's reason."""

    id: int
    board: str
    kind: str
    sentence: str
    actor: str
    avatar: str
    title: str
    text: str
    at: datetime
    unread: bool


def newest(member_id: int, cursor: Cursor | None) -> Page[Notification]:
    """A page of what the member was told, the newest first; one statement."""
    t, post, actor = notification.c, front_post.c, directory_member.c
    of_post = and_(post.board == t.board, post.post_id == t.post_id)
    # The title as it is now: what an edit took out of it must not live on here.
    title = func.coalesce(func.nullif(post.title, ""), t.title).label("title")
    query = (
        select(t.id, t.board, t.kind, t.action, t.text, t.created_at, t.unread, title)
        .add_columns(actor.nickname, actor.avatar, actor.gone)
        .outerjoin(front_post, of_post)
        .outerjoin(directory_member, actor.id == t.actor_id)
        .where(t.member_id == member_id, t.withdrawn == SHOWN)
    )
    rows = reader().execute(paged(query, [t.id], cursor, PAGE_SIZE)).all()
    found = page(rows, ["id"], cursor, PAGE_SIZE)
    return Page([_shown(row) for row in found.rows], found.previous, found.next)


def unread(member_id: int) -> int:
    """How many the member has not read, up to MOST_COUNTED; one statement through one index."""
    counted = select(literal(1)).select_from(notification).where(*_unread(member_id)).limit(MOST_COUNTED).subquery()
    return int(reader().execute(select(func.count()).select_from(counted)).scalar_one())


def open_one(member_id: int, notification_id: int) -> str:
    """Mark one as read; the address of what it is about. NotFound for another member's, Gone for what went away."""
    mine = (notification.c.id == notification_id, notification.c.member_id == member_id)
    row = reader().execute(select(notification.c.url, notification.c.unread, notification.c.withdrawn).where(*mine))
    found = row.one_or_none()
    if found is None:
        raise NotFound
    if found.unread:
        _mark(*mine)
    if found.withdrawn != SHOWN or not found.url:
        raise Gone("이제는 볼 수 없는 글이에요")
    return str(found.url)


def mark_all(member_id: int, up_to: int) -> None:
    """Mark as read what the member has been shown: everything up to an id, and not what arrived since."""
    _mark(*_unread(member_id), notification.c.id <= up_to)


def _unread(member_id: int) -> tuple[ColumnElement[bool], ...]:
    t = notification.c
    # "= true", not "IS TRUE": MySQL uses an index for the former alone.
    return t.member_id == member_id, t.unread == true(), t.withdrawn == SHOWN


def _mark(*where: ColumnElement[bool]) -> None:
    current = session()
    current.execute(update(notification).where(*where).values(unread=False))
    current.commit()


def _shown(row: Any) -> Notification:
    name = words.actor(row.nickname, row.gone)
    return Notification(
        id=row.id,
        board=row.board,
        kind=row.kind,
        sentence=words.sentence(row.kind, row.action, name),
        actor=name,
        avatar=row.avatar or "",
        title=row.title,
        text=row.text,
        at=row.created_at,
        unread=row.unread,
    )
