"""Which kinds of notifications a member wants. All, until they say otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_chassis.database import reader, session
from archive_home.notifications.tables import KINDS, notification_setting


def muted_by(current: Session, members: Iterable[int]) -> dict[int, set[str]]:
    """Member → the kinds they do not want; nobody who wants them all."""
    table = notification_setting
    query = select(table.c.member_id, table.c.muted).where(table.c.member_id.in_(members))
    return {member_id: set(muted.split()) for member_id, muted in current.execute(query)}


def wanted(member_id: int) -> set[str]:
    """The kinds that a member wants."""
    query = select(notification_setting.c.muted).where(notification_setting.c.member_id == member_id)
    muted = (reader().execute(query).scalar_one_or_none() or "").split()
    return {kind for kind in KINDS if kind not in muted}


def choose(member_id: int, kinds: Iterable[str]) -> None:
    """Let a member hear of these kinds from now on, and of no others."""
    chosen = set(kinds)
    muted = " ".join(kind for kind in KINDS if kind not in chosen)
    current, table = session(), notification_setting
    if not _change(current, member_id, muted):
        try:
            current.execute(insert(table).values(member_id=member_id, muted=muted))
        except IntegrityError:
            current.rollback()  # the same form, sent twice at once
            _change(current, member_id, muted)
    current.commit()


def _change(current: Session, member_id: int, muted: str) -> bool:
    mine = notification_setting.c.member_id == member_id
    changed = current.execute(update(notification_setting).where(mine).values(muted=muted))
    return bool(changed.rowcount)  # type: ignore[attr-defined] - an UPDATE has one
