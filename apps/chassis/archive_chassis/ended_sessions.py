"""Log-ins that ended before their access tokens did, as this service knows them from auth's events.

An access token is believed without asking anybody. So whoever logged out, or was logged out, would be a member for the
minutes that it has left: until then, a service keeps a row for the log-in and asks for all rows every few seconds.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import Column, String, Table, delete, insert, select
from sqlalchemy.orm import Session

from archive_chassis import clock
from archive_chassis.database import reader
from archive_chassis.identity import ENDED_SESSIONS
from archive_chassis.service import Event
from archive_chassis.tables import Timestamp, chassis_metadata
from archive_chassis.tokens import CLOCK_LEEWAY

EVENT = "session.ended"
#: How long a process goes by what it has read, in seconds.
REREAD_S = 5.0
#: Rows stay this much longer than the tokens of their log-in: machines' clocks differ.
MARGIN = timedelta(minutes=5) + CLOCK_LEEWAY

#: `create_session_tables_1` in `archive_chassis.schema` makes it.
ended_session = Table(
    "ended_session",
    chassis_metadata,
    Column[str]("sid", String(32), primary_key=True),
    Column[datetime]("until", Timestamp, nullable=False, index=True),
)


class EndedSessions:
    """What one process knows of ended log-ins. Requests may ask it side by side."""

    def __init__(self) -> None:
        self._sids: frozenset[str] = frozenset()
        self._due = 0.0

    def has(self, sid: str) -> bool:
        """Whether a log-in has ended. A statement every REREAD_S seconds, within an app's context."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + REREAD_S  # others go by the old set meanwhile
            self._sids = frozenset(reader().execute(select(ended_session.c.sid)).scalars())
        return sid in self._sids


def install(app: Flask) -> None:
    """Believe no access token of a log-in that has ended, in a service that has the table and applies auth's events."""
    app.extensions[ENDED_SESSIONS] = EndedSessions()


def apply(current: Session, event: Event) -> None:
    """Apply an event of auth in the consumer's transaction; one of another type means nothing here."""
    if event.type != EVENT:
        return
    sid, until = str(event.data["sid"]), clock.in_utc(datetime.fromisoformat(event.data["until"]))
    if until < clock.naive_now() - MARGIN:
        return
    current.execute(delete(ended_session).where(ended_session.c.sid == sid))  # twice must not be an error
    current.execute(insert(ended_session).values(sid=sid, until=until))


def forget_expired() -> None:
    """Drop the rows of log-ins whose tokens have all expired. A job of every service that installs this."""
    reader().execute(delete(ended_session).where(ended_session.c.until < clock.naive_now() - MARGIN))
