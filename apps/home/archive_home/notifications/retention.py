"""Dropping what is old: a notification is of use for a while, and nobody reads the five-hundred-and-first."""

from __future__ import annotations

from sqlalchemy import delete, func, select, true

from archive_chassis import clock
from archive_chassis.database import session
from archive_home.notifications.storing import KEPT
from archive_home.notifications.tables import notification, notification_setting
from archive_home.tables import directory_member, member_visit

MOST_KEPT = 500
#: Rows that one transaction drops: few enough that nobody waits for it.
BATCH = 1_000


def drop_old() -> None:
    """Drop what is older than KEPT, beyond a member's MOST_KEPT newest, or of a member who has left. A job."""
    _drop_aged()
    _drop_beyond_most()
    _drop_of_the_gone()


def _drop_aged() -> None:
    old = select(notification.c.id).where(notification.c.created_at < clock.naive_now() - KEPT)
    while _drop(list(session().execute(old.limit(BATCH)).scalars())) == BATCH:
        pass


def _drop_beyond_most() -> None:
    """The oldest of those members who have too many."""
    t = notification.c
    many = select(t.member_id).group_by(t.member_id).having(func.count() > MOST_KEPT)
    for member_id in session().execute(many).scalars().all():
        beyond = select(t.id).where(t.member_id == member_id).order_by(t.id.desc()).offset(MOST_KEPT)
        while _drop(list(session().execute(beyond.limit(BATCH)).scalars())) == BATCH:
            pass


def _drop_of_the_gone() -> None:
    """What a board's event or an open page left behind just after auth's event said that the member has gone."""
    current, gone = session(), select(directory_member.c.id).where(directory_member.c.gone == true())
    for table in (notification, notification_setting, member_visit):
        current.execute(delete(table).where(table.c.member_id.in_(gone)))
    current.commit()


def _drop(ids: list[int]) -> int:
    current = session()
    if ids:
        current.execute(delete(notification).where(notification.c.id.in_(ids)))
    current.commit()
    return len(ids)
