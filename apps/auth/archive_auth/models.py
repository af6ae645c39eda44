"""The tables of the service. Tokens of every kind are stored as SHA-256 alone: who reads the database can use none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from archive_chassis.tables import Id, Timestamp, metadata

ROLES = ("member", "moderator", "admin")


def exact(length: int) -> String:
    """Text compared byte by byte on every database: a collation must not decide which keys are equal."""
    return String(length).with_variant(mysql.VARCHAR(length, collation="utf8mb4_bin"), "mysql", "mariadb")


class Base(DeclarativeBase):
    metadata = metadata()


class Member(Base):
    """A member whose e-mail address is confirmed. A deleted one stays as an empty row: its id is never used again."""

    __tablename__ = "member"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    nickname: Mapped[str] = mapped_column(String(32))  # "" once deleted
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(exact(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(160))  # None: nobody can log in until a reset
    role: Mapped[str] = mapped_column(String(16))
    avatar: Mapped[str] = mapped_column(String(40))  # file name, "" for the drawn one
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    verified_at: Mapped[datetime] = mapped_column(Timestamp)
    suspended_at: Mapped[datetime | None] = mapped_column(Timestamp)
    suspended_until: Mapped[datetime | None] = mapped_column(Timestamp)  # None while suspended: for good
    suspension_reason: Mapped[str] = mapped_column(String(500))
    deleted_at: Mapped[datetime | None] = mapped_column(Timestamp)

    def is_suspended(self, now: datetime) -> bool:
        return self.suspended_at is not None and (self.suspended_until is None or now < self.suspended_until)


class NicknameClaim(Base):
    """Who has a nickname, by what it looks like (`nicknames.skeleton`): the primary key decides who was first.

    It is a member's, or a registration's until that expires, or nobody's until `until` (a nickname just given up).
    """

    __tablename__ = "nickname_claim"

    key: Mapped[str] = mapped_column(exact(64), primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), unique=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    until: Mapped[datetime | None] = mapped_column(Timestamp, index=True)


class Registration(Base):
    """A registration that waits for its link to be opened.

    It is also made, and mailed about otherwise, when the address is a member's already: nothing that the visitor can
    see or try afterwards tells the two apart.
    """

    __tablename__ = "registration"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    nickname: Mapped[str] = mapped_column(String(32))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(exact(254), index=True)
    password_hash: Mapped[str] = mapped_column(String(160))
    token_hash: Mapped[str] = mapped_column(exact(64), unique=True)
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    expires_at: Mapped[datetime] = mapped_column(Timestamp, index=True)


class LoginSession(Base):
    """One log-in on one device: a family of refresh tokens. Its id is the `sid` of the access tokens."""

    __tablename__ = "login_session"

    id: Mapped[str] = mapped_column(exact(32), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    user_agent: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    last_used_at: Mapped[datetime] = mapped_column(Timestamp)
    expires_at: Mapped[datetime] = mapped_column(Timestamp, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(Timestamp)


class RefreshToken(Base):
    """A refresh token that was given out. A rotated one stays until it would have expired, to recognise its reuse."""

    __tablename__ = "refresh_token"

    token_hash: Mapped[str] = mapped_column(exact(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("login_session.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(Timestamp, index=True)
    rotated_at: Mapped[datetime | None] = mapped_column(Timestamp)


class MailedLink(Base):
    """A single-use link in a mail to a member: purpose "reset" or "email" (`email` is then the new address)."""

    __tablename__ = "mailed_link"

    token_hash: Mapped[str] = mapped_column(exact(64), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    purpose: Mapped[str] = mapped_column(String(16))
    email: Mapped[str | None] = mapped_column(String(254))
    expires_at: Mapped[datetime] = mapped_column(Timestamp, index=True)

    __table_args__ = (Index("ix_mailed_link_member", "member_id", "purpose"),)


class ApiToken(Base):
    """An API token that counts, by its name; the token itself is kept nowhere. A revoked one has no row.

    `submission` names the form that made it. `scopes` are words with spaces between them.
    """

    __tablename__ = "api_token"

    jti: Mapped[str] = mapped_column(exact(32), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    submission: Mapped[str] = mapped_column(exact(32))
    name: Mapped[str] = mapped_column(String(40))
    scopes: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(Timestamp)
    expires_at: Mapped[datetime] = mapped_column(Timestamp, index=True)

    __table_args__ = (UniqueConstraint("member_id", "submission"),)


class AuditEntry(Base):
    """What a moderator or an admin did. Rows are only ever added; they hold ids, so a deletion leaves no name."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Timestamp)
    actor_id: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigInteger, index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
