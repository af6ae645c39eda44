"""What auth says about members, applied to this board: new names reach old posts, a suspension reaches new ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_boards.board import Board
from archive_boards.tables import LEFT
from archive_chassis import clock, ended_sessions, events
from archive_chassis.api import revocation
from archive_chassis.service import Consumer, Event


def consumer(board: Board) -> Consumer:
    """The board's consumer of auth's events."""

    def apply(current: Session, event: Event) -> None:
        revocation.apply_revocation(current, event)
        ended_sessions.apply(current, event)
        state, author = _meaning(event)
        if state is None:
            return
        member_id = int(event.data["id"])
        _remember(current, board, member_id, state)
        if event.type == "member.deleted":
            _forget_name(current, board, member_id)
        if author and _rewrite(current, board, member_id, author):
            events.record(current, "author.changed", {"id": member_id, "board": board.name})

    return Consumer("auth", apply)


def _meaning(event: Event) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What an event sets: columns of member_state (None for an event that does not matter here), and author columns."""
    data = event.data
    match event.type:
        case "member.renamed":
            names = {"nickname": data["nickname"], "avatar": data["avatar"]}
            return names, {"author_name": data["nickname"], "author_avatar": data["avatar"]}
        case "member.deleted":
            return {"role": LEFT}, {"author_name": "", "author_avatar": "", "author_role": LEFT}
        case "member.suspended":
            return {"suspended": True, "suspended_until": _time(data["until"])}, {}
        case "member.reinstated":
            return {"suspended": False, "suspended_until": None}, {}
        case "member.role_changed":
            return {"role": data["role"]}, {"author_role": data["role"]}
        case _:
            return None, {}


def _remember(current: Session, board: Board, member_id: int, state: dict[str, Any]) -> None:
    t = board.tables.member_state
    # Nothing that arrives late brings a closed account back. (NULL is no role: not known.)
    still_here = update(t).where(t.c.member_id == member_id, func.coalesce(t.c.role, "") != LEFT).values(state)
    if current.execute(select(t.c.member_id).where(t.c.member_id == member_id)).first() is None:
        try:
            with current.begin_nested():
                current.execute(insert(t).values({"suspended": False} | state | {"member_id": member_id}))
            return
        except IntegrityError:
            pass  # a moderator's word about this member came in between
    current.execute(still_here)


def _rewrite(current: Session, board: Board, member_id: int, author: dict[str, Any]) -> int:
    """Change the author columns of everything the member wrote; how many rows that was."""
    changed = 0
    for t in (board.tables.post, board.tables.comment):
        mine = update(t).where(t.c.author_id == member_id, t.c.author_role != LEFT).values(author)
        changed += int(current.execute(mine).rowcount)  # type: ignore[attr-defined] - an UPDATE has one
    return changed


def _forget_name(current: Session, board: Board, member_id: int) -> None:
    """The name of a member who left goes from what they reported and edited, too."""
    reports, revisions = board.tables.report, board.tables.revision
    current.execute(update(reports).where(reports.c.reporter_id == member_id).values(reporter_name=""))
    current.execute(update(revisions).where(revisions.c.editor_id == member_id).values(editor_name=""))


def _time(text: str | None) -> datetime | None:
    return None if text is None else clock.in_utc(datetime.fromisoformat(text))
