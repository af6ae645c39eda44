"""Reports: a member's word that a post or a comment is against the rules. One of each member, and nobody's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_boards import drafts, limits
from archive_boards.board import Board
from archive_boards.moderation import subjects
from archive_boards.moderation.subjects import Key, Subject
from archive_boards.names import AnyRow
from archive_boards.tables import COMMENT, POST
from archive_boards.writers import Writer
from archive_chassis import clock
from archive_chassis.database import reader, session
from archive_chassis.errors import Forbidden, Gone, Invalid

REASONS: Mapping[str, str] = {
    "spam": "광고나 도배",
    "abuse": "욕설이나 괴롭힘",
    "spoiler": "가리지 않은 스포일러",
    "illegal": "불법이거나 음란한 내용",
    "personal": "개인정보 노출",
    "other": "그 밖의 이유",
}
MAX_NOTE = 500
#: Notes for each reason of one subject that the queue shows, the newest.
NOTES_SHOWN = 3


def require_reportable(writer: Writer, subject: Subject) -> None:
    """Gone for what is not shown, Forbidden for one's own."""
    if not subject.is_shown:
        raise Gone
    if writer.id == subject.row.author_id:
        raise Forbidden("내가 쓴 것은 신고할 수 없어요")


def file(board: Board, writer: Writer, kind: str, subject_id: int, reason: str, note: str) -> bool:
    """Report a post or a comment; False if the member has reported it before, which changes nothing.

    NotFound, Gone, Forbidden for one's own, Invalid for a reason that there is not, RateLimited.
    """
    subject = subjects.find(board, kind, subject_id)
    require_reportable(writer, subject)
    if problems := _problems(reason, note):
        raise Invalid(problems)
    limits.spend("report", writer)
    current = session()
    row = {"subject": kind, "subject_id": subject_id, "post_id": subject.post_id, "reason": reason, "note": note}
    row |= {"reporter_id": writer.id, "reporter_name": writer.nickname, "at": clock.naive_now(), "outcome": ""}
    try:
        current.execute(insert(board.tables.report).values(row))
    except IntegrityError:
        current.rollback()
        return False
    current.commit()
    return True


def handle(
    current: Session,
    board: Board,
    moderator: Writer,
    keys: Sequence[Key],
    outcome: str,
    at: datetime,
    newest: int | None = None,
) -> list[int]:
    """Close the open reports of these subjects (locked in this transaction), up to the id `newest` if one is given.

    Returns the reports' ids.
    """
    if not keys:
        return []
    t = board.tables.report
    about = [t.c.handled_at.is_(None), _about(board, keys)]
    about += [t.c.id <= newest] if newest is not None else []
    ids = list(current.execute(select(t.c.id).where(*about).order_by(t.c.id)).scalars())
    if ids:
        current.execute(
            update(t)
            .where(t.c.id.in_(ids), t.c.handled_at.is_(None))
            .values(handled_at=at, handled_by=moderator.id, outcome=outcome)
        )
    return ids


def is_open(current: Session, board: Board, key: Key, report_id: int) -> bool:
    """Whether this report about a subject still waits."""
    t = board.tables.report
    query = select(t.c.id).where(t.c.id == report_id, t.c.subject == key[0], t.c.subject_id == key[1])
    return current.execute(query.where(t.c.handled_at.is_(None))).one_or_none() is not None


@dataclass(frozen=True)
class Said:
    """What was said for one reason: how many did, and the newest few notes (reporter_id, reporter_name, note, at)."""

    reason: str
    count: int
    notes: list[AnyRow]

    @property
    def title(self) -> str:
        """Korean, as in the source."""
        return REASONS.get(self.reason, self.reason)


def said(board: Board, keys: Sequence[Key]) -> dict[Key, list[Said]]:
    """What open reports say about each subject, the reason that most gave first; one statement."""
    if not keys:
        return {}
    t = board.tables.report
    same = (t.c.subject, t.c.subject_id, t.c.reason)
    numbered = select(
        *same,
        *(t.c.reporter_id, t.c.reporter_name, t.c.note, t.c.at),
        func.count().over(partition_by=same).label("of_reason"),
        func.row_number().over(partition_by=same, order_by=t.c.id.desc()).label("place"),
    ).where(t.c.handled_at.is_(None), _about(board, keys))
    newest = numbered.subquery()
    found: dict[Key, dict[str, Said]] = {}
    for row in reader().execute(select(newest).where(newest.c.place <= NOTES_SHOWN).order_by(newest.c.place)):
        reasons = found.setdefault((row.subject, row.subject_id), {})
        reasons.setdefault(row.reason, Said(row.reason, row.of_reason, [])).notes.append(row)
    return {key: sorted(reasons.values(), key=lambda one: -one.count) for key, reasons in found.items()}


def _about(board: Board, keys: Sequence[Key]) -> ColumnElement[bool]:
    t = board.tables.report
    parts: list[ColumnElement[bool]] = []
    for kind in (POST, COMMENT):
        ids = sorted({subject_id for one, subject_id in keys if one == kind})
        if ids:
            parts.append(and_(t.c.subject == kind, t.c.subject_id.in_(ids)))
    return or_(*parts)


def _problems(reason: str, note: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if reason not in REASONS:
        found["reason"] = "신고하는 이유를 골라 주세요"
    if reason == "other" and not note:
        found["note"] = "어떤 점이 문제인지 적어 주세요"
    elif len(note) > MAX_NOTE:
        found["note"] = "500자까지 쓸 수 있어요"
    elif drafts.has_unwritable(note):
        found["note"] = drafts.UNWRITABLE
    return found
