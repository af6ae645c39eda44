"""Reading the data of events: tolerant of what is missing or too long, and never stopped by what cannot be read."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError

from archive_chassis import clock
from archive_chassis.service import Event

log = logging.getLogger(__name__)

Model = TypeVar("Model", bound=BaseModel)


def cut(length: int) -> BeforeValidator:
    """None as "", and never longer than the column: a producer's limit may have grown."""
    return BeforeValidator(lambda value: "" if value is None else str(value)[:length])


def _local(path: str) -> str:
    """A browser that is sent there stays on this site."""
    if path and (not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable()):
        raise ValueError("must be a path of this site")
    return path


#: The address of a page of this site, without its origin; "" for none.
Path = Annotated[str, cut(300), AfterValidator(_local)]


def parse(model: type[Model], source: str, event: Event) -> Model | None:
    """The event's data, or None (logged) if it cannot be read: one bad event must not hold up those behind it."""
    try:
        return model.model_validate(dict(event.data))
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, e["loc"])) for e in error.errors())
        log.error("event %d of %s (%s) is skipped: cannot read %s", event.id, source, event.type, wrong)
        return None


def moment(event: Event) -> datetime:
    """When it happened, in UTC without tzinfo."""
    return clock.in_utc(datetime.fromisoformat(event.at))
