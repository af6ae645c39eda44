"""The moderation log: what moderators did, each row sealed with a digest over itself and the digest before it.

Nothing here changes or removes a row. Whoever does so in the database breaks the chain, which `verify` shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.writers import Writer
from archive_chassis import clock, events
from archive_chassis.database import reader
from archive_chassis.errors import NotFound
from archive_chassis.pagination import Cursor, Page, page, paged
from archive_chassis.tables import outbox_sequence

PAGE_SIZE = 40
#: Rows that the page of one post or comment shows.
SHOWN = 50
#: What a row is about, beside a post or a comment: a member in all, or an earlier row of the log.
MEMBER, ROW = "member", "row"
#: The digest before the first row.
BEGINNING = ""

#: What moderators do, as the log's page calls it.
TITLES: Mapping[str, str] = {
    "dismiss": "신고를 살펴보고 문제없다고 봄",
    "hide": "숨김",
    "unhide": "숨김을 풂",
    "delete": "삭제",
    "restore": "복원",
    "lock": "잠금",
    "unlock": "잠금을 풂",
    "move": "분류를 옮김",
    "pin": "위에 고정",
    "unpin": "고정을 풂",
    "edit": "수정",
    "approve": "보류를 풂",
    "reject": "보류한 것을 숨김",
    "erase": "수정 기록을 지움",
    "take_posts": "회원의 글을 한꺼번에 숨김",
    "take_comments": "회원의 댓글을 한꺼번에 숨김",
    "take_votes": "회원의 추천을 한꺼번에 되돌림",
    "take_reports": "회원의 신고를 한꺼번에 닫음",
    "give_back": "한꺼번에 한 일을 되돌림",
}


def append(
    current: Session,
    board: Board,
    actor: Writer,
    action: str,
    subject: str,
    subject_id: int,
    member_id: int,
    detail: Mapping[str, Any],
    at: datetime | None = None,
) -> int:
    """Add a row (an action of TITLES) within the transaction it tells of, as the last thing before its commit.

    `detail` is JSON without fractions, and without what could one day have to be erased: rows stay for ever. Returns
    the row's id. The digest is recorded as an event too, so that the outbox and its readers know what it was.
    """
    t = board.tables.moderation_log
    # The counter that every writing transaction locks last is locked a moment early: appends come one after the other,
    # and what was the newest row still is. The primary key would refuse a second row of the same number.
    current.execute(update(outbox_sequence).values(value=outbox_sequence.c.value))
    before = current.execute(select(t.c.id, t.c.digest).order_by(t.c.id.desc()).limit(1)).one_or_none()
    row: dict[str, Any] = {
        "id": before.id + 1 if before else 1,
        "at": at or clock.naive_now(),
        "actor_id": actor.id,
        "actor_name": actor.nickname,
        "action": action,
        "subject": subject,
        "subject_id": subject_id,
        "member_id": member_id,
        "detail": json.loads(json.dumps(detail)),
    }
    sealed = digest(row, before.digest if before else BEGINNING)
    current.execute(insert(t).values(row | {"digest": sealed}))
    events.record(current, "moderation.logged", {"board": board.name, "id": row["id"], "digest": sealed})
    return int(row["id"])


def digest(row: Mapping[str, Any], before: str) -> str:
    """The digest of a row's columns after the row with the digest `before`: 64 hexadecimal digits of SHA-256."""
    content = {name: row[name] for name in ("id", "actor_id", "actor_name", "action", "subject", "subject_id")}
    content |= {
        "member_id": row["member_id"],
        "detail": row["detail"],
        "at": row["at"].isoformat(timespec="microseconds"),
    }
    text = json.dumps([before, content], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def of_another(
    current: Session,
    board: Board,
    actor: Writer,
    action: str,
    subject: str,
    subject_id: int,
    about: AnyRow,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add a row if the post or comment (`about`: author_id) is somebody else's: with their own, nobody moderates."""
    if actor.id != about.author_id:
        append(current, board, actor, action, subject, subject_id, about.author_id, detail or {})


@dataclass(frozen=True)
class Wanted:
    """Which rows the log's page shows. None: all."""

    member: int | None = None
    moderator: int | None = None
    action: str | None = None


def entries(board: Board, wanted: Wanted, cursor: Cursor | None) -> Page[AnyRow]:
    """A page of the log, the newest first; one statement. NotFound for an action that there is not."""
    t = board.tables.moderation_log
    if wanted.action is not None and wanted.action not in TITLES:
        raise NotFound
    query = select(t)
    if wanted.member is not None:
        query = query.where(t.c.member_id == wanted.member)
    if wanted.moderator is not None:
        query = query.where(t.c.actor_id == wanted.moderator)
    if wanted.action is not None:
        query = query.where(t.c.action == wanted.action)
    rows = reader().execute(paged(query, [t.c.id], cursor, PAGE_SIZE)).all()
    return page(rows, ("id",), cursor, PAGE_SIZE)


def of_subject(board: Board, subject: str, subject_id: int) -> list[AnyRow]:
    """What was done with one post or comment (or member), the newest first; one statement."""
    t = board.tables.moderation_log
    query = select(t).where(t.c.subject == subject, t.c.subject_id == subject_id)
    return list(reader().execute(query.order_by(t.c.id.desc()).limit(SHOWN)))


def find(board: Board, row_id: int) -> AnyRow:
    """A row of the log. NotFound."""
    t = board.tables.moderation_log
    row = reader().execute(select(t).where(t.c.id == row_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def given_back(board: Board, row_ids: Sequence[int]) -> set[int]:
    """Which of these rows a later row has taken back; one statement."""
    t = board.tables.moderation_log
    query = select(t.c.subject_id).where(t.c.subject == ROW, t.c.subject_id.in_(row_ids))
    return set(reader().execute(query).scalars()) if row_ids else set()
