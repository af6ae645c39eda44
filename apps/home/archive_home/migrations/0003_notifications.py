"""Notifications, the directory of members, when each was here last, log-ins that ended; an order of members' posts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from archive_chassis.schema import TABLE_OPTIONS, create_session_tables_1
from archive_chassis.tables import Id, Timestamp

revision = "home_0003"
down_revision = "home_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_notifications()
    _create_members()
    create_session_tables_1()
    op.create_index("ix_front_post_author", "front_post", ["author_id", "removed", "published_at", "board", "post_id"])
    op.drop_index("ix_front_post_author_id", table_name="front_post")


def _create_notifications() -> None:
    op.create_table(
        "notification",
        sa.Column("id", Id, primary_key=True),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("board", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("post_id", Id, nullable=False),
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("actor_id", Id, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("url", sa.String(300), nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("unread", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("withdrawn", sa.SmallInteger, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("uq_notification_once", "notification", ["member_id", "board", "kind", "subject"], unique=True)
    op.create_index("ix_notification_newest", "notification", ["member_id", "withdrawn", "id"])
    op.create_index("ix_notification_unread", "notification", ["member_id", "unread", "withdrawn"])
    op.create_index("ix_notification_post", "notification", ["board", "post_id", "withdrawn"])
    op.create_index("ix_notification_comment", "notification", ["board", "comment_id"])
    op.create_index("ix_notification_created_at", "notification", ["created_at"])
    op.create_table(
        "notification_setting",
        sa.Column("member_id", Id, primary_key=True, autoincrement=False),
        sa.Column("muted", sa.String(200), nullable=False),
        **TABLE_OPTIONS,
    )


def _create_members() -> None:
    exact = sa.String(64).with_variant(mysql.VARCHAR(64, collation="utf8mb4_bin"), "mysql", "mariadb")
    op.create_table(
        "directory_member",
        sa.Column("id", Id, primary_key=True, autoincrement=False),
        sa.Column("nickname", sa.String(64), nullable=False),
        sa.Column("name_key", exact),
        sa.Column("avatar", sa.String(300), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("joined_at", Timestamp),
        sa.Column("gone", sa.Boolean(create_constraint=False), nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_directory_member_name_key", "directory_member", ["name_key"])
    op.create_table(
        "member_visit",
        sa.Column("member_id", Id, primary_key=True, autoincrement=False),
        sa.Column("since_at", Timestamp),
        sa.Column("seen_at", Timestamp, nullable=False),
        **TABLE_OPTIONS,
    )
