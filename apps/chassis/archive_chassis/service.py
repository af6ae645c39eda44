"""How a service's package presents itself to the processes that run it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from archive_chassis.settings import Settings

ENTRY_POINT_GROUP = "archive.services"


@dataclass(frozen=True)
class Event:
    """One outbox row as a consumer sees it. `at` is ISO 8601 in UTC, `data` the JSON object the producer recorded."""

    id: int
    type: str
    at: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Consumer:
    """Applies another service's events to this service's tables.

    `apply(session, event)` runs inside the transaction that also moves the offset, so an event is applied exactly once.
    Types it does not know must be ignored: a producer may be newer than its consumer.

    `own_place` is for a service that follows one feed twice: this consumer's place in it, in `event_offset`, has that
    name and begins at 0. `then` runs after each batch, outside its transaction.
    """

    source: str
    apply: Callable[[Session, Event], None]
    own_place: str = ""
    then: Callable[[], None] | None = None

    @property
    def place(self) -> str:
        """What `event_offset` calls this consumer's place in the feed."""
        return self.own_place or self.source


@dataclass(frozen=True)
class Job:
    """Work that the background process does again and again, inside the service's application context."""

    name: str
    every: timedelta
    run: Callable[[], None]


@dataclass(frozen=True)
class Service:
    """A service: what it is called, how its app is made, where its migrations lie, what it does in the background."""

    name: str
    title: str
    create_app: Callable[[Settings], Flask]
    versions: Path
    consumers: Sequence[Consumer] = field(default=())
    jobs: Sequence[Job] = field(default=())

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", self.name):
            raise ValueError(
                f"service name {self.name!r}: use lower-case letters, digits and dashes, 31 characters or fewer"
            )


def find_service(name: str) -> Service:
    """The installed service called `name`. LookupError names the installed ones."""
    found = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if name not in found:
        raise LookupError(f"no service {name!r} is installed; installed are: {', '.join(sorted(found)) or 'none'}")
    service = found[name].load()
    if not isinstance(service, Service) or service.name != name:
        raise LookupError(f"the entry point {found[name].value!r} is not a Service called {name!r}")
    return service
