"""Telling members of something, once each, and taking it back. Runs in the consumer's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from archive_chassis import clock
from archive_home import directory
from archive_home.notifications import settings
from archive_home.notifications.tables import ITSELF, MODERATION, ONCE, SHOWN, WITH_POST, notification

#: Older ones are dropped, and not made anew either when a board's feed is read again from its start.
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Subject:
    """What happened, the same for everybody who is told of it. `name` tells it apart (see `notification.subject`)."""

    board: str
    name: str
    post_id: int
    comment_id: int
    actor_id: int
    title: str
    text: str
    url: str
    at: datetime


@dataclass(frozen=True)
class Recipient:
    """Who is told, and as what: of a kind, with the word for what was done."""

    member_id: int
    kind: str
    action: str


def tell(current: Session, subject: Subject, candidates: Iterable[Recipient]) -> None:
    """Tell each member once, as the first candidate of theirs that they want to hear of; nobody of their own doing."""
    if subject.at < clock.naive_now() - KEPT:
        return
    others = [each for each in candidates if each.member_id != subject.actor_id]
    if not others:
        return
    ids = {each.member_id for each in others}
    muted, gone = settings.muted_by(current, ids), directory.gone_among(current, ids)
    told: dict[int, Recipient] = {}
    for each in others:
        if each.member_id not in gone and each.kind not in muted.get(each.member_id, ()):
            told.setdefault(each.member_id, each)
    if told:
        _write(current, [_row(subject, each) for each in told.values()])


def withdraw_comment(current: Session, board: str, comment_id: int) -> None:
    """A comment is shown no more: nobody is told of it any longer. What a moderator did stays told."""
    this = notification.c.comment_id == comment_id
    _set(current, board, this, notification.c.kind != MODERATION, to=ITSELF)


def withdraw_post(current: Session, board: str, post_id: int) -> None:
    """A post stands nowhere: nor does what was said below it."""
    this = notification.c.post_id == post_id
    _set(current, board, this, notification.c.kind != MODERATION, notification.c.withdrawn == SHOWN, to=WITH_POST)


def bring_back_post(current: Session, board: str, post_id: int) -> None:
    """A post is shown (again), and with it what went with it."""
    _set(current, board, notification.c.post_id == post_id, notification.c.withdrawn == WITH_POST, to=SHOWN)


def _set(current: Session, board: str, *where: ColumnElement[bool], to: int) -> None:
    current.execute(update(notification).where(notification.c.board == board, *where).values(withdrawn=to))


def _row(subject: Subject, recipient: Recipient) -> dict[str, Any]:
    return {
        "member_id": recipient.member_id,
        "board": subject.board,
        "kind": recipient.kind,
        "subject": subject.name,
        "action": recipient.action,
        "post_id": subject.post_id,
        "comment_id": subject.comment_id,
        "actor_id": subject.actor_id,
        "title": subject.title,
        "text": subject.text,
        "url": subject.url,
        "created_at": subject.at,
        "unread": True,
        "withdrawn": SHOWN,
    }


def _write(current: Session, rows: list[dict[str, Any]]) -> None:
    """Add the rows. One that is there is shown (again) with the words of now, and is as read as it was."""
    if current.get_bind().dialect.name == "sqlite":
        added = sqlite_insert(notification).values(rows)
        again = {name: added.excluded[name] for name in ("title", "text", "withdrawn")}
        current.execute(added.on_conflict_do_update(index_elements=list(ONCE), set_=again))
    else:
        added = mysql_insert(notification).values(rows)
        again = {name: added.inserted[name] for name in ("title", "text", "withdrawn")}
        current.execute(added.on_duplicate_key_update(again))
