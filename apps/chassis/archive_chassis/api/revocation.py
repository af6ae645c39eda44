"""API tokens that were revoked before their time, as this service knows them from auth's events.

A token is verified without asking anybody, so each service with an API keeps a list of those that no longer count: a
row per revoked token, until the token would have expired anyway.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, String, Table, delete, insert, select
from sqlalchemy.orm import Session

from archive_chassis import clock
from archive_chassis.database import reader
from archive_chassis.service import Event
from archive_chassis.tables import Timestamp, chassis_metadata

EVENT = "api_token.revoked"
#: Rows stay this much longer than their tokens: machines' clocks differ, and a clock may be put back.
MARGIN = timedelta(days=1)

#: `create_api_tables_1` in `archive_chassis.schema` makes it.
revoked_api_token = Table(
    "revoked_api_token",
    chassis_metadata,
    Column[str]("jti", String(32), primary_key=True),
    Column[datetime]("expires", Timestamp, nullable=False, index=True),
)


def is_revoked(jti: str) -> bool:
    """Whether a token was revoked; one statement."""
    table = revoked_api_token
    return reader().execute(select(table.c.jti).where(table.c.jti == jti)).first() is not None


def apply_revocation(current: Session, event: Event) -> None:
    """Apply an event of auth in the consumer's transaction; one of another type means nothing here."""
    if event.type != EVENT:
        return
    table, jti = revoked_api_token, str(event.data["jti"])
    expires = clock.in_utc(datetime.fromisoformat(event.data["expires"]))
    if expires < clock.naive_now() - MARGIN:
        return
    current.execute(delete(table).where(table.c.jti == jti))  # a token is revoked once, but twice must not be an error
    current.execute(insert(table).values(jti=jti, expires=expires))


def forget_expired() -> None:
    """Drop the rows of tokens that have expired. A job of every service with an API."""
    table = revoked_api_token
    reader().execute(delete(table).where(table.c.expires < clock.naive_now() - MARGIN))
