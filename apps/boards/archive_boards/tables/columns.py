"""Words and columns that several of a board's tables share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, String
from sqlalchemy.dialects import mysql

from archive_chassis.database import Id, Timestamp

#: Where a post stands: nowhere, in the list, or on top of it. Every outlet shows what stands above REMOVED, no more.
REMOVED, LISTED, PINNED = 0, 1, 2
#: Why something stands nowhere: its author or a moderator deleted it, a moderator hid it, it waits for a moderator's
#: look, or for its hour. Columns `withheld`; a release that did not know them sees all of these as deleted.
DELETED, HIDDEN, HELD, SCHEDULED = "", "hidden", "held", "scheduled"
#: What a row of `comment` is.
COMMENT, ANSWER = "comment", "answer"
#: What a vote, a report, a revision or a line of the log is about: a post, or a row of `comment` (COMMENT).
POST = "post"
#: An author's `role` once the account is gone.
LEFT = "left"


def key_text(length: int) -> String:
    """Text compared byte by byte: "A" and "a" are two keys, on MySQL too."""
    return String(length).with_variant(mysql.VARCHAR(length, collation="utf8mb4_bin"), "mysql", "mariadb")


def author() -> tuple[Column[int], Column[str], Column[str], Column[str]]:
    """Who wrote it, as the access token said; auth's events keep it true."""
    return (
        Column[int]("author_id", Id, nullable=False),
        Column[str]("author_name", String(40), nullable=False),
        Column[str]("author_avatar", String(255), nullable=False),
        Column[str]("author_role", String(16), nullable=False),
    )


def removal() -> tuple[Column[datetime], Column[int], Column[str]]:
    """When it left the lists, through whom, and why (DELETED, HIDDEN, HELD, SCHEDULED)."""
    return (
        Column[datetime]("removed_at", Timestamp),
        Column[int]("removed_by", Id),
        Column[str]("withheld", String(12), nullable=False, server_default=DELETED),
    )
