"""The one place that asks for the time, so that tests can move it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_shift = timedelta(0)


def now() -> datetime:
    """Now, as an aware datetime in UTC."""
    return datetime.now(UTC) + _shift


def naive_now() -> datetime:
    """Now in UTC without tzinfo, to the microsecond: what DATETIME columns hold on SQLite and MySQL alike."""
    return now().replace(tzinfo=None)


def in_utc(at: datetime) -> datetime:
    """A time as DATETIME columns hold it: in UTC without tzinfo. A naive one is in UTC already."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


@contextmanager
def moved(by: timedelta) -> Generator[None]:
    """Within the block, time is `by` later (or earlier, when negative)."""
    global _shift
    before, _shift = _shift, _shift + by
    try:
        yield
    finally:
        _shift = before
