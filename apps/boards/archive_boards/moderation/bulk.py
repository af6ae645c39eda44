"""Taking back everything that one member did since some time, in batches, and giving a batch back.

A batch is one transaction and one row of the log, which names what it took and how that stood. What is still to be
taken is found by how it stands now: a run that breaks off is simply begun again, and two at once take nothing twice.
What a batch took carries the row's own time and moderator, so that giving back finds this, and nothing that was removed
otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_boards.board import Board
from archive_boards.moderation import giving, log, taking
from archive_boards.moderation.actions import require_no_interest, require_reason
from archive_boards.moderation.taking import Run, Taken
from archive_boards.writers import Writer
from archive_chassis import clock
from archive_chassis.database import reader, session
from archive_chassis.errors import Conflict, Invalid, NotFound

#: Batches of one request: with taking.BATCH rows each, what a request may keep others waiting for.
BATCHES_AT_ONCE = 6
#: How far back a moderator may choose to go; None is all of it.
SPANS: Mapping[str, timedelta | None] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "all": None,
}
EARLIEST = datetime(2000, 1, 1)  # noqa: DTZ001 - naive UTC, as the database's times are

_TAKE: Mapping[str, Callable[[Session, Board, Run], Taken | None]] = {
    "take_posts": taking.posts,
    "take_comments": taking.comments,
    "take_votes": taking.votes,
    "take_reports": taking.reports,
}
_GIVE: Mapping[str, Callable[[Session, Board, Any], list[Any]]] = {
    "take_posts": giving.posts,
    "take_comments": giving.comments,
    "take_votes": giving.votes,
    "take_reports": giving.reports,
}


@dataclass(frozen=True)
class Found:
    """A member as this board knows them ("" for a name and a role that it does not), and what can be taken back."""

    name: str
    role: str
    posts: int
    comments: int
    votes: int
    reports: int

    @property
    def total(self) -> int:
        return self.posts + self.comments + self.votes + self.reports


def since(span: str) -> datetime:
    """The beginning of a span of SPANS, now. Invalid for another one."""
    if span not in SPANS:
        raise Invalid({"span": "언제부터인지 골라 주세요"})
    length = SPANS[span]
    return EARLIEST if length is None else clock.naive_now() - length


def look(board: Board, member_id: int, begin: datetime) -> Found:
    """What a member did since `begin` that can be taken back; one statement."""
    t = board.tables
    conditions = (taking.open_posts, taking.open_comments, taking.cast_votes, taking.open_reports)
    counts = [
        select(func.count()).where(*condition(board, member_id, begin)).scalar_subquery() for condition in conditions
    ]
    newest = [
        select(column).where(table.c.author_id == member_id).order_by(table.c.id.desc()).limit(1).scalar_subquery()
        for table in (t.post, t.comment)
        for column in (table.c.author_name, table.c.author_role)
    ]
    role = select(t.member_state.c.role).where(t.member_state.c.member_id == member_id).scalar_subquery()
    values: list[Any] = list(reader().execute(select(*counts, *newest, role)).one())
    posts, comments, votes, reports, post_name, post_role, comment_name, comment_role, known_role = values
    return Found(
        name=post_name or comment_name or "",
        role=known_role or post_role or comment_role or "",
        posts=posts,
        comments=comments,
        votes=votes,
        reports=reports,
    )


def take(board: Board, moderator: Writer, member_id: int, begin: datetime, reason: str) -> int:
    """Take back what a member did since `begin`, up to BATCHES_AT_ONCE batches; returns how much is left.

    Posts and comments are hidden, votes and their scores go, reports are closed. Forbidden for a conflict of interest.
    """
    require_reason(reason)
    require_no_interest(moderator, member_id, look(board, member_id, begin).role)
    for _ in range(BATCHES_AT_ONCE):
        if not _take_batch(board, moderator, member_id, begin, reason):
            return 0
    return look(board, member_id, begin).total


def give_back(board: Board, moderator: Writer, row_id: int) -> int:
    """Undo a batch, by its row in the log; returns the member's id.

    NotFound for a row that is no batch, Conflict when nothing of it is left to give back, Forbidden as for `take`.
    """
    row = log.find(board, row_id)
    if row.action not in _GIVE:
        raise NotFound
    require_no_interest(moderator, row.member_id, look(board, row.member_id, EARLIEST).role)
    current = session()
    given = _GIVE[row.action](current, board, row)
    given_reports = giving.reopen(current, board, row)
    if not given and not given_reports:
        raise Conflict("이미 되돌렸거나, 그 뒤에 모두 다르게 처리됐어요")
    detail = {"given": given, "reports": given_reports}
    log.append(current, board, moderator, "give_back", log.ROW, row_id, row.member_id, detail)
    current.commit()
    return int(row.member_id)


def _take_batch(board: Board, moderator: Writer, member_id: int, begin: datetime, reason: str) -> bool:
    """One transaction of the first kind of which there is something left; False if there is nothing."""
    current, now = session(), clock.naive_now()
    run = Run(member_id, begin, moderator, now)
    for action, taking_some in _TAKE.items():
        taken = taking_some(current, board, run)
        if taken is None:
            continue
        if not taken.rows:  # another run was faster with these
            current.rollback()
            return True
        detail = {"since": begin.isoformat(), "taken": taken.rows} | ({"reason": reason} if reason else {})
        detail |= {"reports": taken.reports} if taken.reports else {}
        detail |= {"accepted": taken.accepted} if taken.accepted else {}
        log.append(current, board, moderator, action, log.MEMBER, member_id, member_id, detail, now)
        current.commit()
        return True
    current.rollback()
    return False
