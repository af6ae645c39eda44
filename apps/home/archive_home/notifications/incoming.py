"""What a board's events mean for members: who is told, as what, and what is told no longer.

The previous release's boards say less: they record no comments, and their posts name nobody whom they mention.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from archive_chassis.service import Event
from archive_home import directory
from archive_home.event_data import Path, cut, moment, parse
from archive_home.notifications import storing
from archive_home.notifications.storing import Recipient, Subject
from archive_home.notifications.tables import ACCEPTED, MENTION, MODERATION, REPLY

#: Members that one text can call; boards heed it too.
MOST_MENTIONS = 10


class _Person(BaseModel):
    id: int


class _About(BaseModel):
    """The post that something is about."""

    id: int
    title: Annotated[str, cut(200)] = ""
    author_id: int = 0


class _Comment(BaseModel):
    """The data of `comment.added`."""

    id: int
    kind: Annotated[str, cut(16)] = "comment"
    url: Path
    author: _Person
    post: _About
    parent_author_id: int | None = None
    excerpt: Annotated[str, cut(300)] = ""
    mentions: list[str] = Field(default_factory=list[str])


class _Post(BaseModel):
    """The data of `post.published` and `post.changed`."""

    id: int
    title: Annotated[str, cut(200)] = ""
    summary: Annotated[str, cut(300)] = ""
    url: Path = ""
    author: _Person
    mentions: list[str] = Field(default_factory=list[str])


class _Accepted(BaseModel):
    """The data of `answer.accepted`. `id` is the answer's."""

    id: int
    answerer_id: int
    by: _Person
    post: _About
    url: Path


class _Moderated(BaseModel):
    """The data of `moderated`. `by` is the moderator, where the board says so: it is never shown."""

    action: Annotated[str, cut(24)]
    member_id: int
    subject: Annotated[str, cut(16)] = "post"
    post: _About
    reason: Annotated[str, cut(500)] = ""
    url: Path
    by: _Person | None = None


class _Reference(BaseModel):
    id: int


def apply(current: Session, board: str, event: Event) -> None:
    """Apply one event of a board; types that tell members nothing are passed over."""
    handle = _HANDLERS.get(event.type)
    if handle is not None:
        handle(current, board, event)


def _comment_added(current: Session, board: str, event: Event) -> None:
    data = parse(_Comment, board, event)
    if data is None:
        return
    candidates: list[Recipient] = []
    if data.parent_author_id:
        candidates.append(Recipient(data.parent_author_id, REPLY, "reply"))
    if data.post.author_id:
        candidates.append(Recipient(data.post.author_id, REPLY, "answer" if data.kind == "answer" else "comment"))
    candidates += _mentioned(current, data.mentions, "comment")
    subject = Subject(
        board=board,
        name=f"comment {data.id}",
        post_id=data.post.id,
        comment_id=data.id,
        actor_id=data.author.id,
        title=data.post.title,
        text=data.excerpt,
        url=data.url,
        at=moment(event),
    )
    storing.tell(current, subject, candidates)


def _comment_removed(current: Session, board: str, event: Event) -> None:
    data = parse(_Reference, board, event)
    if data is not None:
        storing.withdraw_comment(current, board, data.id)


def _post_shown(current: Session, board: str, event: Event) -> None:
    data = parse(_Post, board, event)
    if data is None:
        return
    storing.bring_back_post(current, board, data.id)
    if not data.mentions:
        return
    subject = Subject(
        board=board,
        name=f"post {data.id}",
        post_id=data.id,
        comment_id=0,
        actor_id=data.author.id,
        title=data.title,
        text=data.summary,
        url=data.url,
        at=moment(event),
    )
    storing.tell(current, subject, _mentioned(current, data.mentions, "post"))


def _post_removed(current: Session, board: str, event: Event) -> None:
    data = parse(_Reference, board, event)
    if data is not None:
        storing.withdraw_post(current, board, data.id)


def _answer_accepted(current: Session, board: str, event: Event) -> None:
    data = parse(_Accepted, board, event)
    if data is None:
        return
    subject = Subject(
        board=board,
        name=f"comment {data.id}",
        post_id=data.post.id,
        comment_id=data.id,
        actor_id=data.by.id,
        title=data.post.title,
        text="",
        url=data.url,
        at=moment(event),
    )
    storing.tell(current, subject, [Recipient(data.answerer_id, ACCEPTED, "accept")])


def _moderated(current: Session, board: str, event: Event) -> None:
    data = parse(_Moderated, board, event)
    if data is None or (data.by is not None and data.by.id == data.member_id):
        return
    subject = Subject(
        board=board,
        name=f"event {event.id}",
        post_id=data.post.id,
        comment_id=0,
        actor_id=0,
        title=data.post.title,
        text=data.reason,
        url=data.url,
        at=moment(event),
    )
    what = "post" if data.subject.startswith("post") else "comment"
    storing.tell(current, subject, [Recipient(data.member_id, MODERATION, f"{data.action} {what}"[:24])])


def _mentioned(current: Session, mentions: list[str], action: str) -> list[Recipient]:
    members = directory.called(current, mentions[:MOST_MENTIONS])
    return [Recipient(member_id, MENTION, action) for member_id in members]


_HANDLERS: dict[str, Callable[[Session, str, Event], None]] = {
    "comment.added": _comment_added,
    "comment.removed": _comment_removed,
    "post.published": _post_shown,
    "post.changed": _post_shown,
    "post.removed": _post_removed,
    "answer.accepted": _answer_accepted,
    "moderated": _moderated,
}
