"""What was written: posts, their texts, comments and answers, and what they said before they were edited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    false,
)

from archive_boards.tables.columns import author, key_text, removal
from archive_chassis.database import Id, LongText, Timestamp

#: Before any post: rows that the release before this column wrote while both were running sort last.
NEVER = "2000-01-01 00:00:00"


def post(metadata: MetaData, fields: Mapping[str, int], *, answers: bool, guides: bool) -> Table:
    """What a list shows of a post, narrow."""
    own = [Column[str](name, String(length), nullable=False) for name, length in fields.items()]
    indexes = [
        Index(None, "placement", "published_at", "id"),
        Index(None, "placement", "category", "published_at", "id"),
        Index(None, "placement", "active_at", "id"),
        Index(None, "placement", "category", "active_at", "id"),
        Index(None, "placement", "score", "id"),
        Index(None, "placement", "category", "score", "id"),
        Index(None, "author_id", "placement", "published_at", "id"),
        Index(None, "withheld", "published_at"),
    ]
    special: list[Column[int] | Column[str]] = []
    if answers:
        special += [Column[int]("answers", Integer, nullable=False), Column[int]("accepted_id", Id)]
        indexes += [
            Index(None, "placement", "answers", "published_at", "id"),
            Index(None, "placement", "category", "answers", "published_at", "id"),
        ]
    if guides:
        special += [
            Column[int]("series_id", Id),
            Column[int]("series_place", Integer, nullable=False, server_default="0"),
            # The newest version of the game that somebody confirmed it for, and how many did; "" and 0 for none.
            Column[str]("works_version", String(40), nullable=False, server_default=""),
            Column[int]("works", Integer, nullable=False, server_default="0"),
        ]
        indexes.append(Index(None, "series_id", "series_place"))
    return Table(
        "post",
        metadata,
        Column[int]("id", Id, primary_key=True),
        Column[int]("placement", SmallInteger, nullable=False),
        Column[str]("category", String(32), nullable=False),
        Column[str]("title", String(100), nullable=False),
        Column[str]("excerpt", String(160), nullable=False),
        *author(),
        Column[int]("comments", Integer, nullable=False),
        Column[int]("views", Integer, nullable=False),
        Column[datetime]("published_at", Timestamp, nullable=False),
        Column[datetime]("edited_at", Timestamp),
        Column[int]("revision", Integer, nullable=False),
        *removal(),
        Column[str]("submission", key_text(64)),
        Column[str]("import_key", key_text(120)),
        *own,
        Column[bool]("locked", Boolean(create_constraint=False), nullable=False, server_default=false()),
        Column[int]("score", Integer, nullable=False, server_default="0"),
        # When it was published or last commented on or answered.
        Column[datetime]("active_at", Timestamp, nullable=False, server_default=NEVER),
        # The path of the picture that stands for it, "" for none; its tags, separated by spaces (rows in post_tag).
        Column[str]("image", String(300), nullable=False, server_default=""),
        Column[str]("tags", String(160), nullable=False, server_default=""),
        *special,
        # One form sent twice is one post; the database decides which of the two came first.
        UniqueConstraint("author_id", "submission"),
        UniqueConstraint("import_key"),
        *indexes,
    )


def text(metadata: MetaData) -> Table:
    """What only a post's page shows: its text as written, and as HTML."""
    return Table(
        "post_text",
        metadata,
        Column[int]("post_id", Id, ForeignKey("post.id"), primary_key=True, autoincrement=False),
        Column[str]("body", LongText, nullable=False),
        Column[str]("html", LongText, nullable=False),
    )


def comment(metadata: MetaData) -> Table:
    """Comments and answers, in two levels."""
    return Table(
        "comment",
        metadata,
        Column[int]("id", Id, primary_key=True),
        Column[int]("post_id", Id, ForeignKey("post.id"), nullable=False),
        # NULL at the top level. A reply hangs on a comment of the top level: there are two levels.
        Column[int]("parent_id", Id, ForeignKey("comment.id")),
        Column[str]("kind", String(8), nullable=False),
        *author(),
        Column[str]("body", LongText, nullable=False),
        Column[str]("html", LongText, nullable=False),
        Column[datetime]("created_at", Timestamp, nullable=False),
        Column[datetime]("edited_at", Timestamp),
        *removal(),
        Column[str]("submission", key_text(64)),
        Column[int]("score", Integer, nullable=False, server_default="0"),
        Column[int]("revision", Integer, nullable=False, server_default="1"),
        UniqueConstraint("author_id", "submission"),
        Index(None, "post_id", "parent_id", "id"),
        Index(None, "withheld", "created_at"),
    )


def revision(metadata: MetaData) -> Table:
    """What a post (POST) or a comment (COMMENT) said in each revision before the present one."""
    return Table(
        "revision",
        metadata,
        Column[str]("subject", String(8), primary_key=True),
        Column[int]("subject_id", Id, primary_key=True, autoincrement=False),
        Column[int]("number", Integer, primary_key=True, autoincrement=False),
        Column[str]("title", String(100), nullable=False),  # "" for a comment
        Column[str]("body", LongText, nullable=False),
        # Who replaced it by the next one, and when.
        Column[int]("editor_id", Id, nullable=False),
        Column[str]("editor_name", String(40), nullable=False),
        Column[datetime]("until", Timestamp, nullable=False),
    )
