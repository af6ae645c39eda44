"""The board's events: what other services (the front page, later search and notifications) learn of a post."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_boards.board import Board
from archive_chassis import events

PostEvent = Literal["post.published", "post.changed"]


def post(current: Session, board: Board, kind: PostEvent, post_id: int) -> None:
    """Record `kind` with the post as it stands in this transaction."""
    t = board.tables.post
    row = current.execute(select(t).where(t.c.id == post_id)).mappings().one()
    events.record(current, kind, card(board, row, board_path()))


def removed(current: Session, board: Board, post_id: int) -> None:
    """Record that the post is gone from every list."""
    events.record(current, "post.removed", {"id": post_id, "board": board.name})


def card(board: Board, row: Mapping[Any, Any], path: str) -> dict[str, Any]:
    """The data of a post's event. `row` holds the columns of `post`; `path` is the board's own, as in "/news"."""
    return {
        "id": row["id"],
        "board": board.name,
        "title": row["title"],
        "summary": row.get("summary") or row["excerpt"],
        "url": f"{path}/{row['id']}",
        "author": {"id": row["author_id"], "nickname": row["author_name"], "avatar": row["author_avatar"]},
        "category": board.category_title(row["category"]),
        "image": "",
        "published_at": row["published_at"].isoformat() + "Z",
        "comments": row["comments"] + row.get("answers", 0),
        "score": 0,
        "views": row["views"],
    }


def board_path() -> str:
    """The path this board lives under, without a slash at the end."""
    return current_app.extensions["archive_settings"].path
