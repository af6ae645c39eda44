"""What makes a board a community: votes, bookmarks, tags, drafts, pictures, revisions, reports, the moderation log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from archive_chassis.schema import TABLE_OPTIONS
from archive_chassis.tables import Id, LongText, Timestamp

_NEVER = "2000-01-01 00:00:00"


def create_board_tables_2(*, guides: bool = False) -> None:
    """New columns of post, comment and member_state, and the new tables; with `guides`, series and confirmations.

    Every new column has a default: the release before this one goes on writing while both run.
    """
    _add_columns(guides)
    _order_by_activity()
    _create_reactions()
    _create_tags()
    _create_writing()
    _create_moderation()
    if guides:
        _create_guides()


def _add_columns(guides: bool) -> None:
    _add("post", sa.Column("withheld", sa.String(12), nullable=False, server_default=""))
    _add("post", sa.Column("locked", sa.Boolean, nullable=False, server_default=sa.false()))
    _add("post", sa.Column("score", sa.Integer, nullable=False, server_default="0"))
    _add("post", sa.Column("active_at", Timestamp, nullable=False, server_default=_NEVER))
    _add("post", sa.Column("image", sa.String(300), nullable=False, server_default=""))
    _add("post", sa.Column("tags", sa.String(160), nullable=False, server_default=""))
    if guides:
        _add("post", sa.Column("series_id", Id))
        _add("post", sa.Column("series_place", sa.Integer, nullable=False, server_default="0"))
        _add("post", sa.Column("works_version", sa.String(40), nullable=False, server_default=""))
        _add("post", sa.Column("works", sa.Integer, nullable=False, server_default="0"))
        _index("post", "series_id", "series_place")
    _add("comment", sa.Column("withheld", sa.String(12), nullable=False, server_default=""))
    _add("comment", sa.Column("score", sa.Integer, nullable=False, server_default="0"))
    _add("comment", sa.Column("revision", sa.Integer, nullable=False, server_default="1"))
    _index("comment", "withheld", "created_at")
    _add("member_state", sa.Column("trusted", sa.Boolean, nullable=False, server_default=sa.false()))


def _order_by_activity() -> None:
    """A post was last active with its newest comment, or when it was published."""
    op.execute(
        "UPDATE post SET active_at = COALESCE((SELECT MAX(comment.created_at) FROM comment"
        " WHERE comment.post_id = post.id AND comment.removed_at IS NULL), post.published_at)"
    )
    _index("post", "placement", "active_at", "id")
    _index("post", "placement", "category", "active_at", "id")
    _index("post", "placement", "score", "id")
    _index("post", "placement", "category", "score", "id")
    _index("post", "author_id", "placement", "published_at", "id")
    _index("post", "withheld", "published_at")


def _create_reactions() -> None:
    op.create_table(
        "vote",
        sa.Column("subject", sa.String(8), primary_key=True),
        sa.Column("subject_id", Id, primary_key=True, autoincrement=False),
        sa.Column("member_id", Id, primary_key=True, autoincrement=False),
        sa.Column("value", sa.SmallInteger, nullable=False),
        sa.Column("at", Timestamp, nullable=False),
        **TABLE_OPTIONS,
    )
    _index("vote", "member_id", "at")
    _index("vote", "subject", "at")
    op.create_table(
        "bookmark",
        sa.Column("member_id", Id, primary_key=True, autoincrement=False),
        sa.Column("post_id", Id, primary_key=True, autoincrement=False),
        sa.Column("at", Timestamp, nullable=False),
        **TABLE_OPTIONS,
    )
    _index("bookmark", "member_id", "at", "post_id")


def _create_tags() -> None:
    op.create_table(
        "tag",
        sa.Column("name", _key_text(24), primary_key=True),
        sa.Column("posts", sa.Integer, nullable=False),
        **TABLE_OPTIONS,
    )
    _index("tag", "posts", "name")
    op.create_table(
        "post_tag",
        sa.Column("tag", _key_text(24), primary_key=True),
        sa.Column("post_id", Id, primary_key=True, autoincrement=False),
        sa.Column("placement", sa.SmallInteger, nullable=False),
        sa.Column("published_at", Timestamp, nullable=False),
        **TABLE_OPTIONS,
    )
    _index("post_tag", "tag", "placement", "published_at", "post_id")
    _index("post_tag", "post_id")


def _create_writing() -> None:
    op.create_table(
        "revision",
        sa.Column("subject", sa.String(8), primary_key=True),
        sa.Column("subject_id", Id, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("editor_id", Id, nullable=False),
        sa.Column("editor_name", sa.String(40), nullable=False),
        sa.Column("until", Timestamp, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "draft",
        sa.Column("id", Id, primary_key=True),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("submission", _key_text(64), nullable=False),
        sa.Column("post_id", Id),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("saved_at", Timestamp, nullable=False),
        sa.UniqueConstraint("member_id", "submission", name="uq_draft_member_id_submission"),
        **TABLE_OPTIONS,
    )
    _index("draft", "member_id", "saved_at")
    _index("draft", "saved_at")
    op.create_table(
        "image",
        sa.Column("name", _key_text(40), primary_key=True),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("at", Timestamp, nullable=False),
        sa.Column("used", sa.Boolean, nullable=False),
        **TABLE_OPTIONS,
    )
    _index("image", "used", "at")
    _index("image", "member_id", "at")


def _create_moderation() -> None:
    op.create_table(
        "report",
        sa.Column("id", Id, primary_key=True),
        sa.Column("subject", sa.String(8), nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("post_id", Id, nullable=False),
        sa.Column("reporter_id", Id, nullable=False),
        sa.Column("reporter_name", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("at", Timestamp, nullable=False),
        sa.Column("handled_at", Timestamp),
        sa.Column("handled_by", Id),
        sa.Column("outcome", sa.String(16), nullable=False, server_default=""),
        sa.UniqueConstraint("subject", "subject_id", "reporter_id", name="uq_report_subject_subject_id_reporter_id"),
        **TABLE_OPTIONS,
    )
    _index("report", "handled_at", "id")
    op.create_table(
        "moderation_log",
        sa.Column("id", Id, primary_key=True, autoincrement=False),
        sa.Column("at", Timestamp, nullable=False),
        sa.Column("actor_id", Id, nullable=False),
        sa.Column("actor_name", sa.String(40), nullable=False),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(8), nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("digest", _key_text(64), nullable=False),
        **TABLE_OPTIONS,
    )
    _index("moderation_log", "member_id", "id")
    _index("moderation_log", "subject", "subject_id")


def _create_guides() -> None:
    op.create_table(
        "series",
        sa.Column("id", Id, primary_key=True),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("title", _key_text(80), nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.UniqueConstraint("member_id", "title", name="uq_series_member_id_title"),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "confirmation",
        sa.Column("post_id", Id, primary_key=True, autoincrement=False),
        sa.Column("member_id", Id, primary_key=True, autoincrement=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("works", sa.Boolean, nullable=False),
        sa.Column("at", Timestamp, nullable=False),
        **TABLE_OPTIONS,
    )
    _index("confirmation", "post_id", "at")


def _key_text(length: int) -> Any:
    return sa.String(length).with_variant(mysql.VARCHAR(length, collation="utf8mb4_bin"), "mysql", "mariadb")


def _add(table: str, column: sa.Column[Any]) -> None:
    op.add_column(table, column)


def _index(table: str, *columns: str) -> None:
    names: Sequence[str] = columns
    op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names))
