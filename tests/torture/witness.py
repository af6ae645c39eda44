"""A witness of every event that is applied: a row beside it, in the same transaction, that nothing keeps from doubling.

What consumers do with an event is often harmless when it is done twice, and would hide that it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, insert
from sqlalchemy.orm import Session
from tests.torture.trigger import Trigger

from archive_chassis.service import Consumer, Event
from archive_chassis.tables import Id

Apply = Callable[[Session, Event], None]

metadata = MetaData()

#: One row per event that was applied in this schema, in the order of its transactions. `source` as in `event_offset`.
applied = Table(
    "torture_applied",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String(32), nullable=False),
    Column("event_id", Integer, nullable=False),
    mysql_engine="InnoDB",
    mariadb_engine="InnoDB",
)

_triggers: list[Trigger] = []


def install() -> None:
    """Let every consumer that is made from now on leave its row. Before the services are loaded."""
    make = Consumer.__init__

    def make_witnessed(self: Consumer, source: str, apply: Apply, own_place: str = "", **more: Any) -> None:
        make(self, source, _witnessed(own_place or source, apply), own_place, **more)

    Consumer.__init__ = make_witnessed  # type: ignore[method-assign] - from outside, on purpose


def tell(trigger: Trigger) -> None:
    """In this process, each event that is applied is the step `applied`."""
    _triggers[:] = [trigger]


def _witnessed(place: str, apply: Apply) -> Apply:
    def apply_and_note(current: Session, event: Event) -> None:
        apply(current, event)
        current.execute(insert(applied).values(source=place, event_id=event.id))
        for trigger in _triggers:
            trigger.reach("applied")

    return apply_and_note
