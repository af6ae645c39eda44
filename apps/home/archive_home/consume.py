"""Applies the boards' and auth's events to the read model. Runs in the transaction that moves the offset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from archive_chassis import clock, ended_sessions
from archive_chassis.service import Event
from archive_home.event_data import cut, parse
from archive_home.notifications import incoming
from archive_home.ranking import hot
from archive_home.search import learning
from archive_home.tables import front_post, known_member


class _Author(BaseModel):
    id: int
    nickname: Annotated[str, cut(64)]
    avatar: Annotated[str, cut(300)] = ""


class _Post(BaseModel):
    """The data of `post.published` and `post.changed`."""

    id: int
    title: Annotated[str, cut(200)]
    summary: Annotated[str, cut(300)] = ""
    url: Annotated[str, cut(300)]
    author: _Author
    category: Annotated[str, cut(64)] = ""
    image: Annotated[str, cut(300)] = ""
    published_at: datetime
    comments: int = 0
    score: int = 0
    views: int = 0


class _Name(BaseModel):
    """The data of `member.renamed`; of `member.deleted` only the id is read."""

    id: int
    nickname: Annotated[str, cut(64)] = ""
    avatar: Annotated[str, cut(300)] = ""


class _Reference(BaseModel):
    id: int


def post_events(board: str) -> Callable[[Session, Event], None]:
    """What applies the events of one board."""

    def apply(current: Session, event: Event) -> None:
        if event.type in ("post.published", "post.changed"):
            post = parse(_Post, board, event)
            if post is not None:
                _store(current, board, event.id, post.id, _columns(current, post))
        elif event.type == "post.removed":
            removed = parse(_Reference, board, event)
            if removed is not None:
                _store(current, board, event.id, removed.id, {"removed": True})
        incoming.apply(current, board, event)

    return apply


def member_event(current: Session, event: Event) -> None:
    """A new name or avatar reaches the member's posts; a member who has left loses both there. A log-in ends."""
    ended_sessions.apply(current, event)
    if event.type not in ("member.renamed", "member.deleted"):
        return
    name = parse(_Name, "auth", event)
    if name is None:
        return
    gone = event.type == "member.deleted"
    values = {"nickname": "" if gone else name.nickname, "avatar": "" if gone else name.avatar}
    known = current.execute(select(known_member.c.nickname).where(known_member.c.id == name.id)).one_or_none()
    if known is None:
        current.execute(insert(known_member).values(id=name.id, **values))
    elif known.nickname:
        current.execute(update(known_member).where(known_member.c.id == name.id).values(values))
    else:
        return  # nothing that arrives late brings a closed account back
    current.execute(
        update(front_post)
        .where(front_post.c.author_id == name.id)
        .values(author=values["nickname"], avatar=values["avatar"])
    )
    learning.member_renamed(current, name.id, values["nickname"])


def _columns(current: Session, post: _Post) -> dict[str, Any]:
    # A post dated ahead would stay on top until that day.
    published = min(clock.in_utc(post.published_at), clock.naive_now())
    known = current.execute(
        select(known_member.c.nickname, known_member.c.avatar).where(known_member.c.id == post.author.id)
    ).one_or_none()
    return {
        "removed": False,
        "title": post.title,
        "summary": post.summary,
        "url": post.url,
        "author_id": post.author.id,
        "author": post.author.nickname if known is None else known.nickname,
        "avatar": post.author.avatar if known is None else known.avatar,
        "category": post.category,
        "image": post.image,
        "published_at": published,
        "comments": post.comments,
        "score": post.score,
        "views": post.views,
        "hot": hot(published, comments=post.comments, score=post.score, views=post.views),
    }


def _store(current: Session, board: str, event_id: int, post_id: int, values: dict[str, Any]) -> None:
    """Write one post's row, unless a newer event has already done so."""
    this_post = (front_post.c.board == board, front_post.c.post_id == post_id)
    newer = (
        update(front_post).where(*this_post, front_post.c.event_id < event_id).values(values | {"event_id": event_id})
    )
    if _changed(current, newer):
        return
    if current.execute(select(front_post.c.event_id).where(*this_post)).one_or_none() is None:
        current.execute(
            insert(front_post).values(_UNKNOWN | values | {"board": board, "post_id": post_id, "event_id": event_id})
        )


#: What is in the row of a post that home heard of only when it was removed.
_UNKNOWN: dict[str, Any] = {
    **dict.fromkeys(("title", "summary", "url", "author", "avatar", "category", "image"), ""),
    **dict.fromkeys(("author_id", "comments", "score", "views", "hot"), 0),
    "published_at": datetime(2020, 1, 1),  # noqa: DTZ001 - naive UTC, never shown
}


def _changed(current: Session, statement: Any) -> bool:
    """Whether an UPDATE found a row. (Both databases count rows found, not rows that differ.)"""
    return bool(current.execute(statement).rowcount)  # type: ignore[attr-defined] - an UPDATE has one
