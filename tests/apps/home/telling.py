"""Telling home of events, as its worker does when it has read them in a feed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import delete, insert

from archive_chassis.database import session
from archive_chassis.service import Event
from archive_chassis.tables import event_offset
from archive_home import service

#: tell(place, type, data, event_id=next)
Tell = Callable[..., None]


def teller(app: Flask) -> Tell:
    """What applies one event to home, and moves the offset of the consumer's place with it."""
    numbers = itertools.count(1)
    apply = {consumer.place: consumer.apply for consumer in service.consumers}

    def one(place: str, kind: str, data: dict[str, Any], event_id: int | None = None) -> None:
        position = next(numbers)
        with app.app_context():
            current = session()
            current.execute(delete(event_offset).where(event_offset.c.source == place))
            current.execute(insert(event_offset).values(source=place, position=position))
            apply[place](current, Event(event_id or position, kind, "2026-03-01T10:00:00Z", data))
            current.commit()

    return one
