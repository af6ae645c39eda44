"""What members and moderators do with what was written."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    false,
)

from archive_boards.tables.columns import key_text
from archive_chassis.database import Id, Timestamp


def member_state(metadata: MetaData) -> Table:
    """What auth's events said of members; NULL where they said nothing and the access token is all we know."""
    return Table(
        "member_state",
        metadata,
        Column[int]("member_id", Id, primary_key=True, autoincrement=False),
        Column[str]("nickname", String(40)),
        Column[str]("avatar", String(255)),
        Column[str]("role", String(16)),
        Column[bool]("suspended", Boolean, nullable=False),
        Column[datetime]("suspended_until", Timestamp),
        # A moderator has looked at this new member: what they write is no longer held for its links.
        Column[bool]("trusted", Boolean(create_constraint=False), nullable=False, server_default=false()),
    )


def vote(metadata: MetaData) -> Table:
    """A member's one vote (1 or -1) about a post or a comment; taken back, the row goes."""
    return Table(
        "vote",
        metadata,
        Column[str]("subject", String(8), primary_key=True),
        Column[int]("subject_id", Id, primary_key=True, autoincrement=False),
        Column[int]("member_id", Id, primary_key=True, autoincrement=False),
        Column[int]("value", SmallInteger, nullable=False),
        Column[datetime]("at", Timestamp, nullable=False),
        Index(None, "member_id", "at"),
        Index(None, "subject", "at"),
    )


def bookmark(metadata: MetaData) -> Table:
    return Table(
        "bookmark",
        metadata,
        Column[int]("member_id", Id, primary_key=True, autoincrement=False),
        Column[int]("post_id", Id, primary_key=True, autoincrement=False),
        Column[datetime]("at", Timestamp, nullable=False),
        Index(None, "member_id", "at", "post_id"),
    )


def tag(metadata: MetaData) -> Table:
    """Every tag, and how many posts that are shown carry it."""
    return Table(
        "tag",
        metadata,
        Column[str]("name", key_text(24), primary_key=True),
        Column[int]("posts", Integer, nullable=False),
        Index(None, "posts", "name"),
    )


def post_tag(metadata: MetaData) -> Table:
    """A post's tags, with a copy of the columns that a tag's list is ordered by."""
    return Table(
        "post_tag",
        metadata,
        Column[str]("tag", key_text(24), primary_key=True),
        Column[int]("post_id", Id, primary_key=True, autoincrement=False),
        Column[int]("placement", SmallInteger, nullable=False),
        Column[datetime]("published_at", Timestamp, nullable=False),
        Index(None, "tag", "placement", "published_at", "post_id"),
        Index(None, "post_id"),
    )


def draft(metadata: MetaData) -> Table:
    """What a member has begun to write and not published, by the form it is in (`submission`)."""
    return Table(
        "draft",
        metadata,
        Column[int]("id", Id, primary_key=True),
        Column[int]("member_id", Id, nullable=False),
        Column[str]("submission", key_text(64), nullable=False),
        Column[int]("post_id", Id),  # the post that is being edited; NULL for a new one
        Column("content", JSON, nullable=False),  # title, body, category, tags and the board's own fields
        Column[datetime]("saved_at", Timestamp, nullable=False),
        UniqueConstraint("member_id", "submission"),
        Index(None, "member_id", "saved_at"),
        Index(None, "saved_at"),
    )


def image(metadata: MetaData) -> Table:
    """An uploaded picture, by the name of its file. One that nothing published shows (`used`) is deleted later."""
    return Table(
        "image",
        metadata,
        Column[str]("name", key_text(40), primary_key=True),
        Column[int]("member_id", Id, nullable=False),
        Column[int]("width", Integer, nullable=False),
        Column[int]("height", Integer, nullable=False),
        Column[int]("bytes", Integer, nullable=False),
        Column[datetime]("at", Timestamp, nullable=False),
        Column[bool]("used", Boolean(create_constraint=False), nullable=False),
        Index(None, "used", "at"),
        Index(None, "member_id", "at"),
    )


def report(metadata: MetaData) -> Table:
    """A member's word that something is against the rules; one per member and subject."""
    return Table(
        "report",
        metadata,
        Column[int]("id", Id, primary_key=True),
        Column[str]("subject", String(8), nullable=False),
        Column[int]("subject_id", Id, nullable=False),
        Column[int]("post_id", Id, nullable=False),  # the subject itself, or the post that the comment is about
        Column[int]("reporter_id", Id, nullable=False),
        Column[str]("reporter_name", String(40), nullable=False),
        Column[str]("reason", String(16), nullable=False),
        Column[str]("note", String(500), nullable=False),
        Column[datetime]("at", Timestamp, nullable=False),
        Column[datetime]("handled_at", Timestamp),  # NULL while it waits
        Column[int]("handled_by", Id),
        Column[str]("outcome", String(16), nullable=False, server_default=""),
        UniqueConstraint("subject", "subject_id", "reporter_id"),
        Index(None, "handled_at", "id"),
    )


def moderation_log(metadata: MetaData) -> Table:
    """What moderators did. Rows are only added; each carries a digest over itself and the digest before it."""
    return Table(
        "moderation_log",
        metadata,
        Column[int]("id", Id, primary_key=True, autoincrement=False),
        Column[datetime]("at", Timestamp, nullable=False),
        Column[int]("actor_id", Id, nullable=False),
        Column[str]("actor_name", String(40), nullable=False),
        Column[str]("action", String(24), nullable=False),
        Column[str]("subject", String(8), nullable=False),
        Column[int]("subject_id", Id, nullable=False),
        Column[int]("member_id", Id, nullable=False),  # whose post or comment it was
        Column("detail", JSON, nullable=False),
        Column[str]("digest", key_text(64), nullable=False),
        Index(None, "member_id", "id"),
        Index(None, "subject", "subject_id"),
    )
