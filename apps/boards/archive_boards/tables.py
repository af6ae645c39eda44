"""A board's tables. Their migrations are in `archive_boards.schema`; a test compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

from archive_chassis.database import Id, LongText, Timestamp, metadata

#: Where a post stands: nowhere (soft-deleted), in the list, or on top of it.
REMOVED, LISTED, PINNED = 0, 1, 2
#: What a row of `comment` is.
COMMENT, ANSWER = "comment", "answer"
#: An author's `role` once the account is gone.
LEFT = "left"


def key_text(length: int) -> String:
    """Text compared byte by byte: "A" and "a" are two keys, on MySQL too."""
    return String(length).with_variant(mysql.VARCHAR(length, collation="utf8mb4_bin"), "mysql", "mariadb")


def _author() -> tuple[Column[int], Column[str], Column[str], Column[str]]:
    """Who wrote it, as the access token said; auth's events keep it true."""
    return (
        Column[int]("author_id", Id, nullable=False),
        Column[str]("author_name", String(40), nullable=False),
        Column[str]("author_avatar", String(255), nullable=False),
        Column[str]("author_role", String(16), nullable=False),
    )


def _removal() -> tuple[Column[datetime], Column[int]]:
    return Column[datetime]("removed_at", Timestamp), Column[int]("removed_by", Id)


class BoardTables:
    """post (what a list shows, narrow), post_text (what only its page shows), comment (and answers), member_state.

    `fields` are the board's own text columns of `post`, name → length. With `answers`, posts count them and point to
    the accepted one.
    """

    def __init__(self, fields: Mapping[str, int], *, answers: bool) -> None:
        self.metadata = metadata()
        self.post = self._post(fields, answers)
        self.text = Table(
            "post_text",
            self.metadata,
            Column[int]("post_id", Id, ForeignKey("post.id"), primary_key=True, autoincrement=False),
            Column[str]("body", LongText, nullable=False),
            Column[str]("html", LongText, nullable=False),
        )
        self.comment = Table(
            "comment",
            self.metadata,
            Column[int]("id", Id, primary_key=True),
            Column[int]("post_id", Id, ForeignKey("post.id"), nullable=False),
            # NULL at the top level. A reply hangs on a comment of the top level: there are two levels.
            Column[int]("parent_id", Id, ForeignKey("comment.id")),
            Column[str]("kind", String(8), nullable=False),
            *_author(),
            Column[str]("body", LongText, nullable=False),
            Column[str]("html", LongText, nullable=False),
            Column[datetime]("created_at", Timestamp, nullable=False),
            Column[datetime]("edited_at", Timestamp),
            *_removal(),
            Column[str]("submission", key_text(64)),
            UniqueConstraint("author_id", "submission"),
            Index(None, "post_id", "parent_id", "id"),
        )
        self.member_state = Table(
            "member_state",
            self.metadata,
            Column[int]("member_id", Id, primary_key=True, autoincrement=False),
            # What auth's events said since; NULL where they said nothing and the access token is all we know.
            Column[str]("nickname", String(40)),
            Column[str]("avatar", String(255)),
            Column[str]("role", String(16)),
            Column[bool]("suspended", Boolean, nullable=False),
            Column[datetime]("suspended_until", Timestamp),
        )

    def _post(self, fields: Mapping[str, int], answers: bool) -> Table:
        own = [Column[str](name, String(length), nullable=False) for name, length in fields.items()]
        counted: list[Column[int]] = []
        indexes = [
            Index(None, "placement", "published_at", "id"),
            Index(None, "placement", "category", "published_at", "id"),
        ]
        if answers:
            counted = [Column[int]("answers", Integer, nullable=False), Column[int]("accepted_id", Id)]
            indexes += [
                Index(None, "placement", "answers", "published_at", "id"),
                Index(None, "placement", "category", "answers", "published_at", "id"),
            ]
        return Table(
            "post",
            self.metadata,
            Column[int]("id", Id, primary_key=True),
            Column[int]("placement", SmallInteger, nullable=False),
            Column[str]("category", String(32), nullable=False),
            Column[str]("title", String(100), nullable=False),
            Column[str]("excerpt", String(160), nullable=False),
            *_author(),
            Column[int]("comments", Integer, nullable=False),
            Column[int]("views", Integer, nullable=False),
            Column[datetime]("published_at", Timestamp, nullable=False),
            Column[datetime]("edited_at", Timestamp),
            Column[int]("revision", Integer, nullable=False),
            *_removal(),
            Column[str]("submission", key_text(64)),
            Column[str]("import_key", key_text(120)),
            *counted,
            *own,
            # One form sent twice is one post; the database decides which of the two came first.
            UniqueConstraint("author_id", "submission"),
            UniqueConstraint("import_key"),
            *indexes,
        )
