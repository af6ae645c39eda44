"""What operations take and give: pydantic models, from which the document is made too.

A body or a query names every field it takes; anything else is refused, so nobody sets what they were not offered.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from archive_chassis import clock, i18n
from archive_chassis.typed import INVISIBLE, many_lines, one_line

Item = TypeVar("Item")

MAX_ID = 2**63 - 1
#: A character that is left when white space (as Python and the regular expressions of JSON Schema see it) is gone, and
#: what takes no room on a page.
_VISIBLE = rf"[^\s\x00-\x20\x7f-\x9f{INVISIBLE}]"


class Body(BaseModel):
    """The base of what a program sends. Strict: a number in quotes is no number, as the document says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """The base of what a program asks for in the address: fields of str, int, bool, Literal, lists of them, or None."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Resource(BaseModel):
    """The base of what a program is given."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Listing(Resource, Generic[Item]):
    """A page of a list. `next` and `previous` are what to send as `cursor` for its neighbours, None without one."""

    items: list[Item]
    next: str | None = None
    previous: str | None = None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        return f"{params[0].__name__}Listing"


class Problem(Resource):
    """A refusal (RFC 9457). `errors` has a message for each field that is wrong; "" stands for the whole."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: dict[str, str] | None = None
    request_id: str


def _whole(value: Any) -> Any:
    """1.0 is an integer to JSON Schema, and to programs in JavaScript that compute."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _in_utc(value: datetime) -> datetime:
    """A time with its zone, as our tables keep it."""
    try:
        return clock.in_utc(value)
    except OverflowError:
        raise ValueError("2026-01-31T09:00:00Z 같은 시각이어야 해요") from None


#: One trimmed line with something on it. Annotated[Line, Field(max_length=…)] adds a length, of what is left.
Line = Annotated[str, StringConstraints(pattern=_VISIBLE), AfterValidator(one_line)]
#: Text of several lines with something on them, likewise.
Text = Annotated[str, StringConstraints(pattern=_VISIBLE), AfterValidator(many_lines)]
#: A row's id.
Id = Annotated[int, Field(ge=1, le=MAX_ID), BeforeValidator(_whole)]
#: A time that is given: naive UTC, as our tables have it, written as "2026-01-31T09:00:00Z".
Moment = Annotated[
    datetime, PlainSerializer(i18n.iso, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]
#: A time that is taken: any zone, but one must be named; it becomes naive UTC.
GivenMoment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
