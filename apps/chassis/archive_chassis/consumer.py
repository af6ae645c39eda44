"""Applies other services' events to this service's tables: each exactly once, in the producer's order."""

from __future__ import annotations

import json
import logging
from typing import Any

import urllib3
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_chassis.database import session
from archive_chassis.events import MAX_BATCH
from archive_chassis.metrics import EVENTS_APPLIED
from archive_chassis.service import Consumer, Event
from archive_chassis.settings import Settings
from archive_chassis.tables import event_offset

log = logging.getLogger(__name__)

TIMEOUT = urllib3.Timeout(connect=2, read=10)


class FeedError(Exception):
    """Another service's feed could not be read; tried again on the next round."""


class FeedReader:
    """Fetches the event feeds of the other services, over kept-alive connections."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)
        self._headers = {"Authorization": f"Bearer {settings.internal_token.get_secret_value()}"}

    def fetch(self, source: str, after: int) -> list[Event]:
        """Up to MAX_BATCH events of `source` after an id. FeedError when it does not answer as it should."""
        origin = self._settings.origins.get(source)
        if origin is None:
            raise FeedError(f"ARCHIVE_ORIGINS does not say where {source!r} answers")
        path = self._settings.site[source].rstrip("/")
        url = f"{origin}{path}/internal/events?after={after}&limit={MAX_BATCH}"
        try:
            answer = self._pool.request("GET", url, headers=self._headers)
        except urllib3.exceptions.HTTPError as error:
            raise FeedError(f"{source} does not answer: {type(error).__name__}") from error
        if answer.status != 200:
            raise FeedError(f"{source} answered {answer.status}")
        body: dict[str, Any] = json.loads(answer.data)
        return [Event(id=e["id"], type=e["type"], at=e["at"], data=e["data"]) for e in body["events"]]


def apply_new(reader: FeedReader, service: str, consumer: Consumer) -> int:
    """Fetch and apply one batch for one consumer, in the application context of its service. Returns how many."""
    current = session()
    position = current.execute(
        select(event_offset.c.position).where(event_offset.c.source == consumer.place)
    ).scalar_one_or_none()
    current.rollback()  # no transaction stays open while another service is asked
    events = reader.fetch(consumer.source, position or 0)
    if not events:
        return 0
    if not _claim(current, consumer.place, position, events[-1].id):
        current.rollback()  # another process was faster and has applied them
        return 0
    for event in events:
        consumer.apply(current, event)
    current.commit()
    EVENTS_APPLIED.labels(service, consumer.place).inc(len(events))
    if consumer.then is not None:
        consumer.then()
    return len(events)


def _claim(current: Session, place: str, position: int | None, new: int) -> bool:
    """Move the offset, if it is still where it was read. The row stays locked until the events are applied."""
    if position is None:
        try:
            current.execute(insert(event_offset).values(source=place, position=new))
        except IntegrityError:
            return False
        return True
    moved = current.execute(
        update(event_offset)
        .where(event_offset.c.source == place, event_offset.c.position == position)
        .values(position=new)
    )
    return moved.rowcount == 1  # type: ignore[attr-defined]
