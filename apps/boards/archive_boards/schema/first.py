"""The tables that a board began with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from archive_chassis.schema import TABLE_OPTIONS
from archive_chassis.tables import Id, LongText, Timestamp


def _key_text(length: int) -> Any:
    return sa.String(length).with_variant(mysql.VARCHAR(length, collation="utf8mb4_bin"), "mysql", "mariadb")


def _author() -> list[sa.Column[Any]]:
    return [
        sa.Column("author_id", Id, nullable=False),
        sa.Column("author_name", sa.String(40), nullable=False),
        sa.Column("author_avatar", sa.String(255), nullable=False),
        sa.Column("author_role", sa.String(16), nullable=False),
    ]


def _removal() -> list[sa.Column[Any]]:
    return [sa.Column("removed_at", Timestamp), sa.Column("removed_by", Id)]


def create_board_tables_1(*own: sa.Column[Any], answers: bool = False) -> None:
    """post with the board's `own` columns, post_text, comment and member_state."""
    counted = [sa.Column("answers", sa.Integer, nullable=False), sa.Column("accepted_id", Id)] if answers else []
    op.create_table(
        "post",
        sa.Column("id", Id, primary_key=True),
        sa.Column("placement", sa.SmallInteger, nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("excerpt", sa.String(160), nullable=False),
        *_author(),
        sa.Column("comments", sa.Integer, nullable=False),
        sa.Column("views", sa.Integer, nullable=False),
        sa.Column("published_at", Timestamp, nullable=False),
        sa.Column("edited_at", Timestamp),
        sa.Column("revision", sa.Integer, nullable=False),
        *_removal(),
        sa.Column("submission", _key_text(64)),
        sa.Column("import_key", _key_text(120)),
        *counted,
        *own,
        sa.UniqueConstraint("author_id", "submission", name="uq_post_author_id_submission"),
        sa.UniqueConstraint("import_key", name="uq_post_import_key"),
        **TABLE_OPTIONS,
    )
    _index("post", "placement", "published_at", "id")
    _index("post", "placement", "category", "published_at", "id")
    if answers:
        _index("post", "placement", "answers", "published_at", "id")
        _index("post", "placement", "category", "answers", "published_at", "id")
    op.create_table(
        "post_text",
        sa.Column("post_id", Id, primary_key=True, autoincrement=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("html", LongText, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name="fk_post_text_post_id_post"),
        **TABLE_OPTIONS,
    )
    _create_comment()
    op.create_table(
        "member_state",
        sa.Column("member_id", Id, primary_key=True, autoincrement=False),
        sa.Column("nickname", sa.String(40)),
        sa.Column("avatar", sa.String(255)),
        sa.Column("role", sa.String(16)),
        sa.Column("suspended", sa.Boolean, nullable=False),
        sa.Column("suspended_until", Timestamp),
        **TABLE_OPTIONS,
    )


def _create_comment() -> None:
    op.create_table(
        "comment",
        sa.Column("id", Id, primary_key=True),
        sa.Column("post_id", Id, nullable=False),
        sa.Column("parent_id", Id),
        sa.Column("kind", sa.String(8), nullable=False),
        *_author(),
        sa.Column("body", LongText, nullable=False),
        sa.Column("html", LongText, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("edited_at", Timestamp),
        *_removal(),
        sa.Column("submission", _key_text(64)),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name="fk_comment_post_id_post"),
        sa.ForeignKeyConstraint(["parent_id"], ["comment.id"], name="fk_comment_parent_id_comment"),
        sa.UniqueConstraint("author_id", "submission", name="uq_comment_author_id_submission"),
        **TABLE_OPTIONS,
    )
    _index("comment", "post_id", "parent_id", "id")


def _index(table: str, *columns: str) -> None:
    names: Sequence[str] = columns
    op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names))
