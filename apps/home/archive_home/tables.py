"""Home's read model: what the front page shows of every board's posts. Written only by `consume`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, Double, Index, Integer, String, Table

from archive_chassis.database import Id, Timestamp, metadata

#: The boards that home follows, in the order of the front page; the first one leads it.
BOARDS = ("news", "guides", "qa")

home_metadata = metadata()

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
    Column[int]("author_id", Id, nullable=False, index=True),
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

#: The newest word of auth about members who were renamed or have left: a board may still tell the old name after it.
known_member = Table(
    "known_member",
    home_metadata,
    Column[int]("id", Id, primary_key=True, autoincrement=False),
    Column[str]("nickname", String(64), nullable=False),  # "" for a member who has left
    Column[str]("avatar", String(300), nullable=False),
)
