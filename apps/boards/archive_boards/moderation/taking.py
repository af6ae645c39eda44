"""One batch of what a member did: hidden, taken out of every count, and told to the other services.

Each function works within a transaction: it picks up to BATCH rows, locks the posts they belong to in the order of
their ids, looks again, and changes what is still as it was picked. None when there is nothing to pick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, null, or_, select, update
from sqlalchemy.orm import Session

from archive_boards import announce, tags
from archive_boards.board import Board
from archive_boards.moderation import reports as all_reports
from archive_boards.moderation import subjects
from archive_boards.names import AnyRow
from archive_boards.tables import ANSWER, COMMENT, HELD, HIDDEN, POST, REMOVED, SCHEDULED
from archive_boards.writers import Writer
from archive_chassis import events

BATCH = 50
#: What becomes of reports that were taken back, and of those about what was taken.
TAKEN_BACK, WITH_ITS_SUBJECT = "taken_back", "hidden"

Condition = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True)
class Run:
    """Whose work is taken, what of it (from `begin` on), by whom, and when: the time that the batch is known by."""

    member_id: int
    begin: datetime
    moderator: Writer
    at: datetime


@dataclass(frozen=True)
class Taken:
    """What a batch took, as the log keeps it: lists of numbers and words that `giving` reads.

    rows: posts [id, placement, withheld]; comments [id, withheld]; votes [subject, id, value, time]; reports [id].
    reports: those about what was taken, closed with it. accepted: [post, answer] that lost its mark.
    """

    rows: list[Any]
    reports: list[int] = field(default_factory=list[int])
    accepted: list[list[int]] = field(default_factory=list[list[int]])


def open_posts(board: Board, member_id: int, begin: datetime) -> Condition:
    """The member's posts that are shown, or wait to be."""
    t = board.tables.post
    waits = t.c.withheld.in_((HELD, SCHEDULED))
    return t.c.author_id == member_id, t.c.published_at >= begin, or_(t.c.placement > REMOVED, waits)


def open_comments(board: Board, member_id: int, begin: datetime) -> Condition:
    """The member's comments and answers that are shown, or wait to be."""
    t = board.tables.comment
    shown_or_held = or_(t.c.removed_at.is_(None), t.c.withheld == HELD)
    return t.c.author_id == member_id, t.c.created_at >= begin, shown_or_held


def cast_votes(board: Board, member_id: int, begin: datetime) -> Condition:
    t = board.tables.vote
    return t.c.member_id == member_id, t.c.at >= begin


def open_reports(board: Board, member_id: int, begin: datetime) -> Condition:
    t = board.tables.report
    return t.c.handled_at.is_(None), t.c.reporter_id == member_id, t.c.at >= begin


def posts(current: Session, board: Board, run: Run) -> Taken | None:
    """Hide posts."""
    t, tagged = board.tables.post, board.tables.post_tag
    open_now = open_posts(board, run.member_id, run.begin)
    picked = current.execute(select(t.c.id).where(*open_now).order_by(t.c.id).limit(BATCH)).scalars().all()
    if not picked:
        return None
    subjects.lock_posts(current, board, picked)
    query = select(t.c.id, t.c.placement, t.c.withheld, t.c.tags).where(t.c.id.in_(picked), *open_now)
    rows = current.execute(query.order_by(t.c.id)).all()
    ids = [row.id for row in rows]
    current.execute(update(t).where(t.c.id.in_(ids)).values(_hidden(run) | {"placement": REMOVED}))
    current.execute(update(tagged).where(tagged.c.post_id.in_(ids)).values(placement=REMOVED))
    count_tags(current, board, rows, -1)
    for row in rows:
        if row.placement > REMOVED:
            announce.removed(current, board, row.id)
    closed = _close_about(current, board, run, POST, ids)
    return Taken([[row.id, row.placement, row.withheld] for row in rows], closed)


def comments(current: Session, board: Board, run: Run) -> Taken | None:
    """Hide comments and answers; the posts count them no more."""
    t = board.tables.comment
    open_now = open_comments(board, run.member_id, run.begin)
    picked = current.execute(select(t.c.id, t.c.post_id).where(*open_now).order_by(t.c.id).limit(BATCH)).all()
    if not picked:
        return None
    subjects.lock_posts(current, board, [row.post_id for row in picked])
    query = select(t.c.id, t.c.post_id, t.c.kind, t.c.removed_at, t.c.withheld)
    rows = current.execute(query.where(t.c.id.in_([row.id for row in picked]), *open_now).order_by(t.c.id)).all()
    ids, shown = [row.id for row in rows], [row for row in rows if row.removed_at is None]
    accepted = _accepted(current, board, ids)
    count_comments(current, board, shown, -1, ids)
    current.execute(update(t).where(t.c.id.in_(ids)).values(_hidden(run)))
    for row in shown:
        announce.comment_removed(current, board, row.id)
    announce_changed(current, board, (row.post_id for row in shown))
    closed = _close_about(current, board, run, COMMENT, ids)
    return Taken([[row.id, row.withheld] for row in rows], closed, accepted)


def votes(current: Session, board: Board, run: Run) -> Taken | None:
    """Take votes back, and their part of the scores."""
    t = board.tables.vote
    cast = cast_votes(board, run.member_id, run.begin)
    picked = current.execute(
        select(t.c.subject, t.c.subject_id).where(*cast).order_by(t.c.subject, t.c.subject_id).limit(BATCH)
    ).all()
    if not picked:
        return None
    post_ids = posts_of(current, board, [(row.subject, row.subject_id) for row in picked])
    subjects.lock_posts(current, board, post_ids.values())
    rows: list[AnyRow] = []
    for kind in (POST, COMMENT):
        ids = [row.subject_id for row in picked if row.subject == kind]
        query = select(t).where(t.c.subject == kind, t.c.subject_id.in_(ids), *cast)
        rows += current.execute(query.order_by(t.c.subject_id)).all()
        current.execute(delete(t).where(t.c.subject == kind, t.c.subject_id.in_(ids), *cast))
    score(current, board, [(row.subject, row.subject_id, -row.value) for row in rows])
    announce_votes(current, board, [(row.subject, row.subject_id) for row in rows])
    return Taken([[row.subject, row.subject_id, row.value, row.at.isoformat()] for row in rows])


def reports(current: Session, board: Board, run: Run) -> Taken | None:
    """Close reports that the member filed."""
    t = board.tables.report
    still_open = open_reports(board, run.member_id, run.begin)
    picked = current.execute(select(t.c.id).where(*still_open).order_by(t.c.id).limit(BATCH)).scalars().all()
    if not picked:
        return None
    closing = {"handled_at": run.at, "handled_by": run.moderator.id, "outcome": TAKEN_BACK}
    current.execute(update(t).where(t.c.id.in_(picked), t.c.handled_at.is_(None)).values(closing))
    ours = (t.c.id.in_(picked), t.c.handled_at == run.at, t.c.handled_by == run.moderator.id)
    return Taken([[number] for number in current.execute(select(t.c.id).where(*ours).order_by(t.c.id)).scalars()])


def count_tags(current: Session, board: Board, rows: Iterable[AnyRow], by: int) -> None:
    """Count posts (rows with placement and tags) that are shown in or out of their tags, in the order of the names."""
    t = board.tables.tag
    counted = Counter(name for row in rows if row.placement > REMOVED for name in tags.split(row.tags))
    for name in sorted(counted):
        current.execute(update(t).where(t.c.name == name).values(posts=t.c.posts + by * counted[name]))


def count_comments(
    current: Session, board: Board, rows: Iterable[AnyRow], by: int, leaving: Sequence[int] = ()
) -> None:
    """Count comments and answers (rows with post_id and kind) in or out of their posts, which are locked.

    An answer among `leaving` is no longer the accepted one.
    """
    t = board.tables.post
    counted = Counter((row.post_id, row.kind) for row in rows)
    for (post_id, kind), many in sorted(counted.items()):
        column = t.c.answers if kind == ANSWER else t.c.comments
        changes: dict[str, Any] = {column.name: column + by * many}
        if kind == ANSWER and leaving:
            changes["accepted_id"] = case((t.c.accepted_id.in_(leaving), null()), else_=t.c.accepted_id)
        current.execute(update(t).where(t.c.id == post_id).values(changes))


def score(current: Session, board: Board, changes: Iterable[tuple[str, int, int]]) -> None:
    """Put differences (kind, id, difference) on the scores of posts and comments."""
    by_difference: dict[tuple[str, int], list[int]] = {}
    for kind, subject_id, difference in changes:
        by_difference.setdefault((kind, difference), []).append(subject_id)
    # Posts before comments, as everybody locks them.
    for kind, difference in sorted(by_difference, key=lambda key: (key[0] != POST, key[1])):
        t = board.tables.post if kind == POST else board.tables.comment
        ids = by_difference[kind, difference]
        current.execute(update(t).where(t.c.id.in_(ids)).values(score=t.c.score + difference))


def posts_of(current: Session, board: Board, keys: Iterable[subjects.Key]) -> dict[subjects.Key, int]:
    """The post of each subject: itself, or the one that the comment is about."""
    t = board.tables.comment
    known = {key: key[1] for key in keys if key[0] == POST}
    ids = [subject_id for kind, subject_id in keys if kind == COMMENT]
    if ids:
        rows = current.execute(select(t.c.id, t.c.post_id).where(t.c.id.in_(ids)))
        known |= {(COMMENT, row.id): row.post_id for row in rows}
    return known


def announce_changed(current: Session, board: Board, post_ids: Iterable[int]) -> None:
    """Record `post.changed` for those of the posts that are shown, each once."""
    t = board.tables.post
    wanted = sorted(set(post_ids))
    if wanted:
        shown = select(t.c.id).where(t.c.id.in_(wanted), t.c.placement > REMOVED).order_by(t.c.id)
        for post_id in current.execute(shown).scalars().all():
            announce.post(current, board, "post.changed", post_id)


def announce_votes(current: Session, board: Board, keys: Iterable[subjects.Key]) -> None:
    """Record what `votes` records when somebody votes about each of these."""
    listed = list(keys)
    announce_changed(current, board, (subject_id for kind, subject_id in listed if kind == POST))
    for kind, subject_id in listed:
        if kind == COMMENT:
            events.record(current, "comment.voted", {"id": subject_id, "board": board.name})


def _hidden(run: Run) -> dict[str, Any]:
    return {"withheld": HIDDEN, "removed_at": run.at, "removed_by": run.moderator.id}


def _accepted(current: Session, board: Board, answer_ids: list[int]) -> list[list[int]]:
    """Which of these are accepted answers: [post, answer]."""
    if not board.answers:
        return []
    t = board.tables.post
    query = select(t.c.id, t.c.accepted_id).where(t.c.accepted_id.in_(answer_ids)).order_by(t.c.id)
    return [[row.id, row.accepted_id] for row in current.execute(query)]


def _close_about(current: Session, board: Board, run: Run, kind: str, ids: list[int]) -> list[int]:
    keys = [(kind, subject_id) for subject_id in ids]
    return all_reports.handle(current, board, run.moderator, keys, WITH_ITS_SUBJECT, run.at)
