"""Members' API tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from archive_chassis.schema import TABLE_OPTIONS
from archive_chassis.tables import Id, Timestamp

revision = "auth_0002"
down_revision = "auth_0001"
branch_labels = None
depends_on = None


def exact(length: int) -> sa.String:
    return sa.String(length).with_variant(mysql.VARCHAR(length, collation="utf8mb4_bin"), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("jti", exact(32), primary_key=True),
        sa.Column("member_id", Id, sa.ForeignKey("member.id", name="fk_api_token_member_id_member"), nullable=False),
        sa.Column("submission", exact(32), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("scopes", sa.String(32), nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("expires_at", Timestamp, nullable=False),
        sa.UniqueConstraint("member_id", "submission", name="uq_api_token_member_id_submission"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_api_token_expires_at", "api_token", ["expires_at"])
