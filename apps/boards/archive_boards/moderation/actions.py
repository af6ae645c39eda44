"""What a moderator does with one post or comment. Each action is one transaction, and one row of the log.

The subject is locked before it is compared with what the moderator saw: of two moderators at once, the second is told.
Locks are taken in the order that `posts` names; reports come after tags, the log after reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from archive_boards import announce, comments, drafts, placing, revisions
from archive_boards.board import Board
from archive_boards.moderation import log, reports, subjects
from archive_boards.moderation.subjects import SHOWN, STANDINGS, Subject
from archive_boards.tables import DELETED, HELD, HIDDEN, POST, SCHEDULED
from archive_boards.writers import Writer
from archive_chassis import clock
from archive_chassis.database import database, session
from archive_chassis.errors import Conflict, Forbidden, Invalid, NotFound

MAX_REASON = 500
CHANGED_MEANWHILE = "그사이에 다른 운영진이 처리했거나 내용이 바뀌었어요. 새로 고친 뒤 다시 확인해 주세요"

_FOR_POSTS = ("lock", "unlock", "move")
#: From which standing each action leads.
_FROM: Mapping[str, tuple[str, ...]] = {
    "dismiss": STANDINGS,
    "hide": (SHOWN,),
    "unhide": (HIDDEN,),
    "delete": (SHOWN, HIDDEN, HELD, SCHEDULED),
    "lock": (SHOWN,),
    "unlock": (SHOWN,),
    "move": (SHOWN,),
    "approve": (HELD,),
    "reject": (HELD,),
}
#: What becomes of the subject's open reports.
_OUTCOMES: Mapping[str, str] = {
    "dismiss": "dismissed",
    "hide": "hidden",
    "unhide": "unhidden",
    "delete": "deleted",
    "lock": "locked",
    "unlock": "unlocked",
    "move": "moved",
    "approve": "approved",
    "reject": "rejected",
}


@dataclass(frozen=True)
class Order:
    """What a moderator asks for, and the state they saw.

    standing: as in `subjects.STANDINGS`. revision and reports (the id of the newest open report): None where the page
    did not show them. category is the new one for `move`, category_seen the old one. trust: links of the author, a new
    member, need not wait any more.

    Reports that came after `reports` are no conflict, or nobody could act on what is reported every minute; `dismiss`
    leaves them open, since the moderator has not read them.
    """

    action: str
    standing: str
    revision: int | None = None
    reports: int | None = None
    category: str = ""
    category_seen: str = ""
    reason: str = ""
    trust: bool = False


def act(board: Board, moderator: Writer, kind: str, subject_id: int, order: Order) -> Subject:
    """Carry out an order; returns the subject as it stood before.

    NotFound, Invalid, Forbidden for a conflict of interest, Conflict if the subject is no longer as it was seen.
    """
    _require_sound(board, kind, order)
    current, now = session(), clock.naive_now()
    subject = subjects.lock(current, board, kind, subject_id)
    require_no_interest(moderator, subject.row.author_id, subject.row.author_role)
    _require_as_seen(current, board, subject, order)
    _carry_out(current, board, moderator, subject, order)
    read = order.reports if order.action == "dismiss" else None
    handled = reports.handle(current, board, moderator, [subject.key], _OUTCOMES[order.action], now, read)
    if order.action == "approve" and order.trust:
        _trust(current, board, subject.row.author_id)
    if order.action != "dismiss":
        _tell(current, board, subject, order)
    _log(current, board, moderator, subject, order, handled, now)
    current.commit()
    return subject


def erase(board: Board, moderator: Writer, kind: str, subject_id: int, number: int) -> Subject:
    """Take away for good what a revision said. NotFound, Forbidden for a conflict of interest."""
    current = session()
    subject = subjects.lock(current, board, kind, subject_id)
    require_no_interest(moderator, subject.row.author_id, subject.row.author_role)
    revisions.erase(current, board, kind, subject_id, number)
    log.append(current, board, moderator, "erase", kind, subject_id, subject.row.author_id, {"revision": number})
    current.commit()
    return subject


def require_no_interest(moderator: Writer, author_id: int, author_role: str | None) -> None:
    """Forbidden for a moderator's own, which another one has to look at, and for an admin's, which only admins may."""
    if moderator.id == author_id:
        raise Forbidden("내가 쓴 것은 다른 운영진이 살펴봐야 해요")
    if author_role == "admin" and moderator.role != "admin":
        raise Forbidden("관리자가 쓴 것은 관리자만 처리할 수 있어요")


def require_reason(reason: str) -> None:
    """Invalid for a reason that is too long or cannot be stored."""
    if len(reason) > MAX_REASON:
        raise Invalid({"reason": "500자까지 쓸 수 있어요"})
    if drafts.has_unwritable(reason):
        raise Invalid({"reason": drafts.UNWRITABLE})


def _require_sound(board: Board, kind: str, order: Order) -> None:
    if order.action not in _FROM or (kind != POST and order.action in _FOR_POSTS):
        raise NotFound
    require_reason(order.reason)
    if order.action == "move" and (
        order.category not in board.category_titles or order.category == order.category_seen
    ):
        raise Invalid({"category": "옮길 분류를 골라 주세요"})


def _require_as_seen(current: Session, board: Board, subject: Subject, order: Order) -> None:
    """Conflict unless the subject is as the moderator saw it, and the action leads somewhere from there."""
    row = subject.row
    as_seen = subject.standing == order.standing and order.standing in _FROM[order.action]
    as_seen &= order.revision in (None, row.revision)
    # A post's lock and category are seen by what is asked for; a comment's own post must be there to be counted on.
    as_seen &= order.action not in ("lock", "unlock") or bool(row.locked) == (order.action == "unlock")
    as_seen &= order.action != "move" or row.category == order.category_seen
    as_seen &= order.action == "dismiss" or subject.kind == POST or subject.post_shown
    as_seen &= order.action != "dismiss" or order.reports is not None
    if as_seen and order.reports is not None:
        as_seen = reports.is_open(current, board, subject.key, order.reports)
    if not as_seen:
        raise Conflict(CHANGED_MEANWHILE)


def _carry_out(current: Session, board: Board, moderator: Writer, subject: Subject, order: Order) -> None:
    row, action = subject.row, order.action
    kit = placing if subject.kind == POST else comments
    if action in ("hide", "reject"):
        kit.take_out(current, board, moderator, row, HIDDEN)
    elif action == "delete":
        kit.take_out(current, board, moderator, row, DELETED)
    elif action in ("unhide", "approve"):
        kit.bring_back(current, board, row)
    elif action in ("lock", "unlock"):
        placing.lock(current, board, row, locked=action == "lock")
    elif action == "move":
        placing.move(current, board, row, order.category)


def _trust(current: Session, board: Board, member_id: int) -> None:
    """From now on this new member's links are shown at once."""
    t = board.tables.member_state
    if database().is_sqlite:
        adding = sqlite_insert(t).values(member_id=member_id, suspended=False, trusted=True)
        current.execute(adding.on_conflict_do_update(index_elements=["member_id"], set_={"trusted": True}))
    else:
        adding_too = mysql_insert(t).values(member_id=member_id, suspended=False, trusted=True)
        current.execute(adding_too.on_duplicate_key_update(trusted=True))


def _tell(current: Session, board: Board, subject: Subject, order: Order) -> None:
    announce.moderated(
        current,
        board,
        order.action,
        subject.row.author_id,
        subject=subject.kind,
        post_id=subject.post_id,
        title=subject.title,
        reason=order.reason,
    )


def _log(
    current: Session,
    board: Board,
    moderator: Writer,
    subject: Subject,
    order: Order,
    handled: list[int],
    at: datetime,
) -> None:
    detail: dict[str, Any] = {"reason": order.reason} if order.reason else {}
    detail |= {"reports": handled} if handled else {}
    detail |= {"from": order.category_seen, "to": order.category} if order.action == "move" else {}
    detail |= {"trusted": True} if order.action == "approve" and order.trust else {}
    log.append(current, board, moderator, order.action, subject.kind, subject.id, subject.row.author_id, detail, at)
