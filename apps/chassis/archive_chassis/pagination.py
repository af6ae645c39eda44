"""Keyset pagination: a page begins after a row, not after a count, so page 5,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar, cast

from sqlalchemy import ColumnElement, Select, and_, or_

from archive_chassis.errors import Invalid

Row = TypeVar("Row")
Value = int | str
Direction = Literal["after", "before"]


@dataclass(frozen=True)
class Cursor:
    """The key of the row that a page begins after (or, going back, ends before)."""

    direction: Direction
    key: tuple[Value, ...]

    def encode(self) -> str:
        """As one URL-safe word."""
        text = json.dumps([self.direction[0], *self.key], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @staticmethod
    def decode(word: str | None, columns: int) -> Cursor | None:
        """The cursor in a query parameter; None for none. Invalid when it is not one of ours for `columns` columns."""
        if not word:
            return None
        try:
            parts: Any = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
            letter, *key = parts
            direction: Direction = {"a": "after", "b": "before"}[letter]  # type: ignore[assignment]
            if len(key) != columns or not all(type(part) in (int, str) for part in key):
                raise ValueError
            json.dumps(key, ensure_ascii=False).encode()  # halves of a surrogate pair are in no database
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Invalid({"cursor": "페이지 주소가 올바르지 않아요. 목록에서 다시 시작해 주세요"}) from None
        return Cursor(direction, tuple(key))


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows and the words that lead to its neighbours (None where there is none)."""

    rows: Sequence[Row]
    previous: str | None
    next: str | None


def paged(
    query: Select[*tuple[Any, ...]], keys: Sequence[ColumnElement[Any]], cursor: Cursor | None, size: int
) -> Select[*tuple[Any, ...]]:
    """`query` narrowed to one page of `size` rows (and one more, to know if a further page exists).

    `keys` are the columns it is ordered by, all descending; the last must be unique.
    """
    back = cursor is not None and cursor.direction == "before"
    if cursor is not None:
        values = [_bound(column, value) for column, value in zip(keys, cursor.key, strict=True)]
        query = query.where(_beyond(keys, values, back))
    order = [column.asc() if back else column.desc() for column in keys]
    return query.order_by(*order).limit(size + 1)


def _bound(column: ColumnElement[Any], value: Value) -> Any:
    """A cursor's value as the column's. Invalid for one of another type, or that no database can hold."""
    kind = column.type.python_type
    try:
        if kind is datetime and isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        pass
    if kind is datetime or not isinstance(value, kind) or (isinstance(value, int) and abs(value) >= 2**63):
        raise Invalid({"cursor": "페이지 주소가 올바르지 않아요. 목록에서 다시 시작해 주세요"})
    return value


def _beyond(keys: Sequence[ColumnElement[Any]], values: Sequence[Any], back: bool) -> ColumnElement[bool]:
    """(a, b) beyond (x, y), spelled as a <= x AND (a < x OR b < y): MySQL uses an index for the first part."""
    first, rest = keys[0], keys[1:]
    strict = first > values[0] if back else first < values[0]
    if not rest:
        return strict
    border = first >= values[0] if back else first <= values[0]
    return and_(border, or_(strict, _beyond(rest, values[1:], back)))


def page(rows: Sequence[Row], names: Sequence[str], cursor: Cursor | None, size: int) -> Page[Row]:
    """The page that `paged`'s rows make. `names` are the attributes that hold the keys."""
    back = cursor is not None and cursor.direction == "before"
    more = len(rows) > size
    kept = list(rows[:size])
    if back:
        kept.reverse()
    has_previous, has_next = (more, bool(kept)) if back else (cursor is not None and bool(kept), more)
    return Page(
        rows=kept,
        previous=Cursor("before", _key(kept[0], names)).encode() if has_previous else None,
        next=Cursor("after", _key(kept[-1], names)).encode() if has_next else None,
    )


def _key(row: Any, names: Sequence[str]) -> tuple[Value, ...]:
    values = [getattr(row, name) for name in names]
    return tuple(cast("Value", v.isoformat() if isinstance(v, datetime) else v) for v in values)
