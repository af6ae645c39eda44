"""Small helpers for statements whose effect decides what happens next."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update

from archive_chassis.database import session


def affected(statement: Update | Delete) -> int:
    """Run a conditional UPDATE or DELETE in the request's transaction; how many rows it matched."""
    return cast("CursorResult[Any]", session().execute(statement)).rowcount
