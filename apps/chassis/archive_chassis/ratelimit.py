"""Rate limits that hold for all processes and replicas together: counters in the service's database."""

from __future__ import annotations

import hashlib
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from archive_chassis import clock
from archive_chassis.database import database, reader
from archive_chassis.errors import RateLimited
from archive_chassis.tables import rate_limit


def spend(name: str, who: str, allowed: int, seconds: int) -> None:
    """Count one use of `name` by `who`; RateLimited beyond `allowed` uses in a window of `seconds`.

    The count is committed at once, apart from the request's transaction: a refused attempt is an attempt. `who` (an
    address, a member, an e-mail) is kept as a hash.
    """
    now = int(clock.now().timestamp())
    window = now - now % seconds
    key = f"{name}:{hashlib.sha256(who.encode()).hexdigest()[:40]}"
    row = {"key": key, "window": window, "used": 1, "expires": window + seconds}
    used = _count_sqlite(row) if database().is_sqlite else _count_mysql(row)
    if used > allowed:
        raise RateLimited(window + seconds - now, "잠시 후 다시 시도해 주세요")


def _count_sqlite(row: dict[str, Any]) -> int:
    added = sqlite_insert(rate_limit).values(row)
    counted = added.on_conflict_do_update(index_elements=["key", "window"], set_={"used": rate_limit.c.used + 1})
    return reader().execute(counted.returning(rate_limit.c.used)).scalar_one()


def _count_mysql(row: dict[str, Any]) -> int:
    """MySQL has no RETURNING; what LAST_INSERT_ID(value) is given comes back with the statement's own answer."""
    added = mysql_insert(rate_limit).values(row)
    counted = added.on_duplicate_key_update(used=func.last_insert_id(rate_limit.c.used + 1))
    result = cast("CursorResult[Any]", reader().execute(counted))
    # One affected row is a new counter; an updated one counts as two.
    return 1 if result.rowcount == 1 else result.lastrowid


def forget_expired() -> None:
    """Drop counters whose window is over. A job of every service that limits."""
    reader().execute(delete(rate_limit).where(rate_limit.c.expires < int(clock.now().timestamp())))
