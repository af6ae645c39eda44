"""The tables of an index as migrations write them. Frozen: a change of `tables` comes with a new function here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from archive_chassis.schema import TABLE_OPTIONS
from archive_chassis.tables import Id, LongText, Timestamp


def create_search_tables_1() -> None:
    """Documents and their texts, postings, what is pending, and the state's one row."""
    op.create_table(
        "search_document",
        sa.Column("number", Id, primary_key=True),
        sa.Column("board", sa.String(32), nullable=False),
        sa.Column("post_id", Id, nullable=False),
        sa.Column("position", Id, nullable=False),
        sa.Column("removed", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("url", sa.String(300), nullable=False),
        sa.Column("author_id", Id, nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("game", sa.String(100), nullable=False),
        sa.Column("tags", sa.String(200), nullable=False),
        sa.Column("published_at", Timestamp, nullable=False),
        sa.Column("comments", sa.Integer, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_search_document_post", "search_document", ["board", "post_id"], unique=True)
    op.create_index("ix_search_document_author_id", "search_document", ["author_id"])
    op.create_table(
        "search_text",
        sa.Column("number", Id, primary_key=True, autoincrement=False),
        sa.Column("text", LongText, nullable=False),
        **TABLE_OPTIONS,
    )
    key = sa.LargeBinary(48).with_variant(mysql.VARBINARY(48), "mysql", "mariadb")
    op.create_table(
        "search_posting",
        sa.Column("term", key, primary_key=True),
        sa.Column("block", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ids", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
        **TABLE_OPTIONS,
    )
    op.create_table(
        "search_pending",
        sa.Column("id", Id, primary_key=True),
        sa.Column("number", Id, nullable=False),
        **TABLE_OPTIONS,
    )
    state = op.create_table(
        "search_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", Id, nullable=False),
        **TABLE_OPTIONS,
    )
    op.bulk_insert(state, [{"id": 1, "version": 0}])
