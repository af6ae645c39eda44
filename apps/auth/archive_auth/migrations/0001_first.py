"""Members, nicknames, registrations, log-ins, mailed links, the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from archive_chassis.schema import TABLE_OPTIONS, create_chassis_tables_1
from archive_chassis.tables import Id, Timestamp

revision = "auth_0001"
down_revision = None
branch_labels = None
depends_on = None


def exact(length: int) -> sa.String:
    return sa.String(length).with_variant(mysql.VARCHAR(length, collation="utf8mb4_bin"), "mysql", "mariadb")


def upgrade() -> None:
    create_chassis_tables_1()
    _members()
    _sessions()
    op.create_table(
        "audit_entry",
        sa.Column("id", Id, primary_key=True),
        sa.Column("at", Timestamp, nullable=False),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_audit_entry_subject_id", "audit_entry", ["subject_id"])


def _members() -> None:
    op.create_table(
        "member",
        sa.Column("id", Id, primary_key=True),
        sa.Column("nickname", sa.String(32), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("email_key", exact(254)),
        sa.Column("password_hash", sa.String(160)),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("avatar", sa.String(40), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("verified_at", Timestamp, nullable=False),
        sa.Column("suspended_at", Timestamp),
        sa.Column("suspended_until", Timestamp),
        sa.Column("suspension_reason", sa.String(500), nullable=False),
        sa.Column("deleted_at", Timestamp),
        sa.UniqueConstraint("email_key", name="uq_member_email_key"),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "registration",
        sa.Column("id", Id, primary_key=True),
        sa.Column("nickname", sa.String(32), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", exact(254), nullable=False),
        sa.Column("password_hash", sa.String(160), nullable=False),
        sa.Column("token_hash", exact(64), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("expires_at", Timestamp, nullable=False),
        sa.UniqueConstraint("token_hash", name="uq_registration_token_hash"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_registration_email_key", "registration", ["email_key"])
    op.create_index("ix_registration_expires_at", "registration", ["expires_at"])
    op.create_table(
        "nickname_claim",
        sa.Column("key", exact(64), primary_key=True),
        sa.Column("member_id", Id, sa.ForeignKey("member.id", name="fk_nickname_claim_member_id_member")),
        sa.Column(
            "registration_id",
            Id,
            sa.ForeignKey("registration.id", name="fk_nickname_claim_registration_id_registration"),
        ),
        sa.Column("until", Timestamp),
        sa.UniqueConstraint("member_id", name="uq_nickname_claim_member_id"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_nickname_claim_until", "nickname_claim", ["until"])


def _sessions() -> None:
    op.create_table(
        "login_session",
        sa.Column("id", exact(32), primary_key=True),
        sa.Column(
            "member_id", Id, sa.ForeignKey("member.id", name="fk_login_session_member_id_member"), nullable=False
        ),
        sa.Column("user_agent", sa.String(255), nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("last_used_at", Timestamp, nullable=False),
        sa.Column("expires_at", Timestamp, nullable=False),
        sa.Column("revoked_at", Timestamp),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_login_session_member_id", "login_session", ["member_id"])
    op.create_index("ix_login_session_expires_at", "login_session", ["expires_at"])
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", exact(64), primary_key=True),
        sa.Column(
            "session_id",
            exact(32),
            sa.ForeignKey("login_session.id", name="fk_refresh_token_session_id_login_session", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("expires_at", Timestamp, nullable=False),
        sa.Column("rotated_at", Timestamp),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_refresh_token_session_id", "refresh_token", ["session_id"])
    op.create_index("ix_refresh_token_expires_at", "refresh_token", ["expires_at"])
    op.create_table(
        "mailed_link",
        sa.Column("token_hash", exact(64), primary_key=True),
        sa.Column("member_id", Id, sa.ForeignKey("member.id", name="fk_mailed_link_member_id_member"), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("expires_at", Timestamp, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_mailed_link_member", "mailed_link", ["member_id", "purpose"])
    op.create_index("ix_mailed_link_expires_at", "mailed_link", ["expires_at"])
