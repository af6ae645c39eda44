"""The tables of a search index, made once for each service that has one, as part of its own schema."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.dialects import mysql

from archive_chassis.search.terms import LONGEST_KEY
from archive_chassis.tables import Id, LongText, Timestamp

#: Compared byte by byte on every database.
Key = LargeBinary(LONGEST_KEY).with_variant(mysql.VARBINARY(LONGEST_KEY), "mysql", "mariadb")


class SearchTables:
    """The index of one service.

    Attributes:
        document: what is found, one row per post; a removed one keeps it, so that a late event cannot bring it back.
        text: its text, apart: the rows that are ranked stay narrow.
        posting: for each term and block of 65,536 documents, which have it: a Roaring bitmap of number % 65,536.
        pending: documents whose terms are not in `posting` yet; every search looks through them itself.
        state: one row; `version` moves with every change of `posting`.
    """

    def __init__(self, metadata: MetaData) -> None:
        self.document = Table(
            "search_document",
            metadata,
            Column[int]("number", Id, primary_key=True),
            Column[str]("board", String(32), nullable=False),
            Column[int]("post_id", Id, nullable=False),
            Column[int]("position", Id, nullable=False),  # the newest change that is applied here, an event's id
            Column[bool]("removed", Boolean(create_constraint=False), nullable=False),
            Column[str]("title", String(200), nullable=False),
            Column[str]("url", String(300), nullable=False),
            Column[int]("author_id", Id, nullable=False),
            Column[str]("author", String(64), nullable=False),  # "" for a member who has left
            Column[str]("category", String(64), nullable=False),
            Column[str]("game", String(100), nullable=False),
            Column[str]("tags", String(200), nullable=False),  # with spaces between
            Column[datetime]("published_at", Timestamp, nullable=False),
            Column[int]("comments", Integer, nullable=False),
            Column[int]("score", Integer, nullable=False),
        )
        Index("ix_search_document_post", self.document.c.board, self.document.c.post_id, unique=True)
        Index("ix_search_document_author_id", self.document.c.author_id)
        self.text = Table(
            "search_text",
            metadata,
            Column[int]("number", Id, primary_key=True, autoincrement=False),
            Column[str]("text", LongText, nullable=False),
        )
        self.posting = Table(
            "search_posting",
            metadata,
            Column[bytes]("term", Key, primary_key=True),
            Column[int]("block", Integer, primary_key=True, autoincrement=False),
            Column[bytes]("ids", LargeBinary, nullable=False),
            sqlite_with_rowid=False,
        )
        self.pending = Table(
            "search_pending",
            metadata,
            Column[int]("id", Id, primary_key=True),
            Column[int]("number", Id, nullable=False),
        )
        self.state = Table(
            "search_state",
            metadata,
            Column[int]("id", Integer, primary_key=True, autoincrement=False),
            Column[int]("version", Id, nullable=False),
        )
