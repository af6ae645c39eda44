"""The audit log of what moderators and admins do: rows are added with the change itself, and never touched again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import aliased

from archive_auth.models import AuditEntry, Member
from archive_chassis import clock, pagination
from archive_chassis.database import reader, session

PAGE = 50


def record(actor_id: int, action: str, subject_id: int, **detail: Any) -> None:
    """Add a row in the current transaction."""
    row = {
        "at": clock.naive_now(),
        "actor_id": actor_id,
        "action": action,
        "subject_id": subject_id,
        "detail": detail,
    }
    session().execute(insert(AuditEntry).values(row))


def entries(cursor: str | None, subject_id: int | None = None) -> pagination.Page[Any]:
    """The newest first: id, at, action, detail, actor_id, actor, subject_id, subject (nicknames, "" once deleted)."""
    actor, subject = aliased(Member), aliased(Member)
    query = (
        select(
            AuditEntry.id,
            AuditEntry.at,
            AuditEntry.action,
            AuditEntry.detail,
            AuditEntry.actor_id,
            AuditEntry.subject_id,
            actor.nickname.label("actor"),
            subject.nickname.label("subject"),
        )
        .join(actor, actor.id == AuditEntry.actor_id, isouter=True)
        .join(subject, subject.id == AuditEntry.subject_id, isouter=True)
    )
    if subject_id is not None:
        query = query.where(AuditEntry.subject_id == subject_id)
    position = pagination.Cursor.decode(cursor, columns=1)
    keys: list[Any] = [AuditEntry.id]
    rows = reader().execute(pagination.paged(query, keys, position, PAGE)).all()
    return pagination.page(rows, ["id"], position, PAGE)
