"""The chassis' tables as migrations write them. Frozen: a change of `tables` comes with a new function here.

Each service calls these from its own migrations, so that every schema has a history of its own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from archive_chassis.tables import Id, LongText, Timestamp

#: Options of every table on MySQL and MariaDB: InnoDB, and a collation that both know and that tells Hangul apart.
TABLE_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_unicode_520_ci",
}
for _name, _value in list(TABLE_OPTIONS.items()):
    TABLE_OPTIONS[_name.replace("mysql_", "mariadb_")] = _value


def create_chassis_tables_1() -> None:
    """outbox and its sequence, event offsets, rate limits, the mail queue."""
    op.create_table(
        "outbox",
        sa.Column("id", Id, primary_key=True, autoincrement=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("at", Timestamp, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        **TABLE_OPTIONS,
    )
    sequence = op.create_table(
        "outbox_sequence",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", Id, nullable=False),
        **TABLE_OPTIONS,
    )
    op.bulk_insert(sequence, [{"id": 1, "value": 0}])
    op.create_table(
        "event_offset",
        sa.Column("source", sa.String(32), primary_key=True),
        sa.Column("position", Id, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "rate_limit",
        sa.Column("key", sa.String(120), primary_key=True),
        sa.Column("window", Id, primary_key=True, autoincrement=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("expires", Id, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_rate_limit_expires", "rate_limit", ["expires"])
    op.create_table(
        "mail_queue",
        sa.Column("id", Id, primary_key=True),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", Timestamp, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_mail_queue_due", "mail_queue", ["due"])


def create_session_tables_1() -> None:
    """Log-ins that ended; for services that believe access tokens."""
    op.create_table(
        "ended_session",
        sa.Column("sid", sa.String(32), primary_key=True),
        sa.Column("until", Timestamp, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_ended_session_until", "ended_session", ["until"])


def create_api_tables_1() -> None:
    """API tokens that were revoked; for services that have an API."""
    op.create_table(
        "revoked_api_token",
        sa.Column("jti", sa.String(32), primary_key=True),
        sa.Column("expires", Timestamp, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_revoked_api_token_expires", "revoked_api_token", ["expires"])
