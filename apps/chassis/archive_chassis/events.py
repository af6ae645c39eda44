"""The outbox: every change is recorded in its own transaction and served, in the order of the commits, to who asks.

Ids come from one counter row that each writing transaction locks last, just before it commits. An auto-increment column
would not do: two transactions can commit in the other order than they took their ids, and a reader that has seen the
later one would never look for the earlier.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from archive_chassis import clock
from archive_chassis.database import reader
from archive_chassis.errors import Invalid
from archive_chassis.tables import outbox, outbox_sequence
from archive_chassis.typed import whole_number

MAX_BATCH = 500

_PENDING = "archive_pending_events"


def record(current: Session, kind: str, data: Mapping[str, Any]) -> None:
    """Record that something happened. It is served once `current` commits, and never if it does not.

    A record without a reader elsewhere still moves `content_version`: record every change that a page shows.
    """
    pending = current.info.setdefault(_PENDING, [])
    pending.append((kind, clock.naive_now(), dict(data)))


@event.listens_for(Session, "before_commit")
def _write_outbox(current: Session) -> None:
    pending = current.info.pop(_PENDING, None)
    if not pending:
        return
    current.flush()
    count = len(pending)
    current.execute(update(outbox_sequence).values(value=outbox_sequence.c.value + count))
    last = current.execute(select(outbox_sequence.c.value)).scalar_one()
    rows = [
        {"id": last - count + place, "type": kind, "at": at, "data": data}
        for place, (kind, at, data) in enumerate(pending, start=1)
    ]
    current.execute(insert(outbox), rows)


def write_recorded(current: Session) -> None:
    """Write what was recorded so far at once, for bulk work whose events would not fit in memory.

    The counter stays locked until the commit, and with it everybody else's: do this last.
    """
    _write_outbox(current)


@event.listens_for(Session, "after_rollback")
def _forget(current: Session) -> None:
    current.info.pop(_PENDING, None)


def content_version() -> int:
    """The number of changes this service has recorded: equal numbers mean equal pages."""
    # Plain text: on this, the one statement of a cached page, building and looking up a compiled one would show.
    return cast("int", reader().exec_driver_sql("SELECT value FROM outbox_sequence").scalar_one())


def read_after(position: int, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` events with an id above `position`, oldest first."""
    rows = reader().execute(select(outbox).where(outbox.c.id > position).order_by(outbox.c.id).limit(limit))
    return [{"id": row.id, "type": row.type, "at": row.at.isoformat() + "Z", "data": row.data} for row in rows]


feed = Blueprint("events", __name__)


@feed.get("/internal/events")
def serve_events() -> ResponseReturnValue:
    """The events after `?after=N`; the caller shows the internal token (see `access`)."""
    after, limit = _number("after", 0), _number("limit", MAX_BATCH)
    events = read_after(after, max(1, min(limit, MAX_BATCH)))
    return jsonify(events=events, last=cast("int", events[-1]["id"]) if events else after)


def _number(name: str, default: int) -> int:
    number = whole_number(request.args.get(name, str(default)))
    if number is None:
        raise Invalid({name: "0 이상의 정수여야 해요"})
    return number
