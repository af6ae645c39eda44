"""Home's read model: what the front page shows of every board's posts. Written only by `consume`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, Double, Index, Integer, String, Table
from sqlalchemy.dialects import mysql

from archive_chassis.database import Id, Timestamp, metadata

#: The boards that home follows, in the order of the front page; the first one leads it.
BOARDS = ("news", "guides", "qa")

home_metadata = metadata()


def exact(length: int) -> String:
    """Text compared byte by byte: a collation must not decide which keys are equal."""
    return String(length).with_variant(mysql.VARCHAR(length, collation="utf8mb4_bin"), "mysql", "mariadb")


#: One row per post that a board has told of. A removed post keeps its row, so that a late event cannot bring it back.
front_post = Table(
    "front_post",
    home_metadata,
    Column[str]("board", String(32), primary_key=True),
    Column[int]("post_id", Id, primary_key=True, autoincrement=False),
    Column[int]("event_id", Id, nullable=False),  # the board's newest event that is applied here
    Column[bool]("removed", Boolean(create_constraint=False), nullable=False),
    Column[str]("title", String(200), nullable=False),
    Column[str]("summary", String(300), nullable=False),
    Column[str]("url", String(300), nullable=False),
    Column[int]("author_id", Id, nullable=False),
    Column[str]("author", String(64), nullable=False),  # "" for a member who has left
    Column[str]("avatar", String(300), nullable=False),
    Column[str]("category", String(64), nullable=False),
    Column[str]("image", String(300), nullable=False),
    Column[datetime]("published_at", Timestamp, nullable=False),
    Column[int]("comments", Integer, nullable=False),
    Column[int]("score", Integer, nullable=False),
    Column[int]("views", Integer, nullable=False),
    Column[float]("hot", Double[float](), nullable=False),
)
Index("ix_front_post_newest_of_board", front_post.c.board, front_post.c.removed, front_post.c.published_at)
Index("ix_front_post_newest", front_post.c.removed, front_post.c.published_at)
Index("ix_front_post_hot", front_post.c.removed, front_post.c.hot)
Index(
    "ix_front_post_author",
    *(front_post.c[name] for name in ("author_id", "removed", "published_at", "board", "post_id")),
)

#: The newest word of auth about members who were renamed or have left: a board may still tell the old name after it.
known_member = Table(
    "known_member",
    home_metadata,
    Column[int]("id", Id, primary_key=True, autoincrement=False),
    Column[str]("nickname", String(64), nullable=False),  # "" for a member who has left
    Column[str]("avatar", String(300), nullable=False),
)

#: Everybody who is or was a member, as auth's feed tells from its beginning. Written only by `directory`.
directory_member = Table(
    "directory_member",
    home_metadata,
    Column[int]("id", Id, primary_key=True, autoincrement=False),
    Column[str]("nickname", String(64), nullable=False),  # "" for a member who has left
    Column[str]("name_key", exact(64), index=True),  # what a nickname is looked for by; NULL for a member who has left
    Column[str]("avatar", String(300), nullable=False),
    Column[str]("role", String(16), nullable=False),
    Column[datetime]("joined_at", Timestamp),  # NULL where the feed does not tell of the registration
    Column[bool]("gone", Boolean(create_constraint=False), nullable=False),
)

#: Members' visits of the front page: when the one before this ended (NULL: this is the first), when this was last seen.
member_visit = Table(
    "member_visit",
    home_metadata,
    Column[int]("member_id", Id, primary_key=True, autoincrement=False),
    Column[datetime]("since_at", Timestamp),
    Column[datetime]("seen_at", Timestamp, nullable=False),
)
