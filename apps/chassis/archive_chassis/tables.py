"""Tables of the chassis, part of every service's schema. Their migrations are in `archive_chassis.schema`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Column, DateTime, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects import mysql

#: Names for every constraint, so that a migration can name what it changes on each database.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: A 64-bit integer key. SQLite gives a row id only to a column whose type is exactly INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")
#: UTC without tzinfo, to the microsecond on both databases (MySQL's DATETIME alone keeps seconds).
Timestamp = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
#: Text of up to 16 MB (MySQL's TEXT alone ends at 64 KB).
LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def metadata() -> MetaData:
    """A MetaData for a service's own models, with the project's constraint names."""
    return MetaData(naming_convention=NAMING)


chassis_metadata = metadata()

#: What happened, in the order of the commits. Written only by `events`.
outbox = Table(
    "outbox",
    chassis_metadata,
    Column[int]("id", Id, primary_key=True, autoincrement=False),
    Column[str]("type", String(64), nullable=False),
    Column[datetime]("at", Timestamp, nullable=False),
    Column("data", JSON, nullable=False),
)

#: One row: the id of the newest outbox row. It is also the version of everything the service shows.
outbox_sequence = Table(
    "outbox_sequence",
    chassis_metadata,
    Column[int]("id", Integer, primary_key=True, autoincrement=False),
    Column[int]("value", Id, nullable=False),
)

#: How far this service has applied each other service's events.
event_offset = Table(
    "event_offset",
    chassis_metadata,
    Column[str]("source", String(32), primary_key=True),
    Column[int]("position", Id, nullable=False),
)

#: Fixed-window counters: how often `key` was used in the window that began at `window` (seconds since 1970).
rate_limit = Table(
    "rate_limit",
    chassis_metadata,
    Column[str]("key", String(120), primary_key=True),
    Column[int]("window", Id, primary_key=True, autoincrement=False),
    Column[int]("used", Integer, nullable=False),
    Column[int]("expires", Id, nullable=False, index=True),
)

#: Mail that waits to be sent by the background process; a row goes when the mail has gone.
mail_queue = Table(
    "mail_queue",
    chassis_metadata,
    Column[int]("id", Id, primary_key=True),
    Column[str]("recipient", String(254), nullable=False),
    Column[str]("subject", String(200), nullable=False),
    Column[str]("body", LongText, nullable=False),
    Column[int]("attempts", Integer, nullable=False),
    Column[datetime]("due", Timestamp, nullable=False, index=True),
)
