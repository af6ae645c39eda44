"""Takes what the boards tell into the index.

The front page follows the same feeds (`archive_home.consume`). Search has places of its own in them, which begin at 0:
an index that is new, or that was given up, reads everything that was ever told, and the front page does not notice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_chassis import Consumer, clock
from archive_chassis.search import Document, index, merge_all
from archive_chassis.service import Event
from archive_home.event_data import Path, cut, parse
from archive_home.search.tables import search_tables
from archive_home.tables import known_member


class _Author(BaseModel):
    id: int
    nickname: Annotated[str, cut(64)]


class _Post(BaseModel):
    """The data of `post.published` and `post.changed`. Without `text` the post says what it said before."""

    id: int
    title: Annotated[str, cut(200)]
    url: Path
    author: _Author
    published_at: datetime
    summary: Annotated[str, cut(300)] = ""
    text: str | None = None
    category: Annotated[str, cut(64)] = ""
    game: Annotated[str, cut(100)] = ""
    tags: list[str] = Field(default_factory=list[str])
    comments: int = 0
    score: int = 0


class _Reference(BaseModel):
    id: int


def place(board: str) -> str:
    """What `event_offset` calls the index's place in a board's feed."""
    return f"{board} search"


def consumer(board: str) -> Consumer:
    """Applies what a board tells. What a batch brought is merged before the next is fetched, so little is pending."""
    return Consumer(board, post_events(board), own_place=place(board), then=merge)


def merge() -> None:
    """Bring what is pending into the index: after a batch, and as a job, for what a stopped process left."""
    merge_all(search_tables)


def post_events(board: str) -> Callable[[Session, Event], None]:
    """What applies the events of one board."""

    def apply(current: Session, event: Event) -> None:
        if event.type in ("post.published", "post.changed"):
            post = parse(_Post, place(board), event)
            if post is not None:
                index.store(current, search_tables, _document(current, board, post), event.id)
        elif event.type == "post.removed":
            removed = parse(_Reference, place(board), event)
            if removed is not None:
                index.remove(current, search_tables, board, removed.id, event.id)

    return apply


def member_renamed(current: Session, member_id: int, nickname: str) -> None:
    """Show a member's new name, "" for one who has left."""
    index.rename(current, search_tables, member_id, nickname)


def _document(current: Session, board: str, post: _Post) -> Document:
    known = current.execute(
        select(known_member.c.nickname).where(known_member.c.id == post.author.id)
    ).scalar_one_or_none()
    return Document(
        board=board,
        post_id=post.id,
        title=post.title,
        url=post.url,
        author_id=post.author.id,
        author=post.author.nickname if known is None else known,
        published_at=min(clock.in_utc(post.published_at), clock.naive_now()),
        text=post.text,
        otherwise=post.summary,
        category=post.category,
        game=post.game,
        tags=tuple(post.tags),
        comments=post.comments,
        score=post.score,
    )
