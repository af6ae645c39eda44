"""What guides have beside: series of them, and members' word that one still works."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, Index, MetaData, String, Table, UniqueConstraint

from archive_boards.tables.columns import key_text
from archive_chassis.database import Id, Timestamp


def series(metadata: MetaData) -> Table:
    """A member's series; its guides carry `series_id` and `series_place`."""
    return Table(
        "series",
        metadata,
        Column[int]("id", Id, primary_key=True),
        Column[int]("member_id", Id, nullable=False),
        Column[str]("title", key_text(80), nullable=False),
        Column[datetime]("created_at", Timestamp, nullable=False),
        UniqueConstraint("member_id", "title"),
    )


def confirmation(metadata: MetaData) -> Table:
    """One member's newest word about a guide: it works for a version of the game, or no longer does."""
    return Table(
        "confirmation",
        metadata,
        Column[int]("post_id", Id, primary_key=True, autoincrement=False),
        Column[int]("member_id", Id, primary_key=True, autoincrement=False),
        Column[str]("version", String(40), nullable=False),
        Column[bool]("works", Boolean(create_constraint=False), nullable=False),
        Column[datetime]("at", Timestamp, nullable=False),
        Index(None, "post_id", "at"),
    )
