"""Giving back a batch that `taking` took, from its row in the log (`row`: at, actor_id, member_id, detail).

Each function gives back what still stands as the batch left it, within a transaction, and returns what that was.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, insert, select, update
from sqlalchemy.orm import Session

from archive_boards import announce
from archive_boards.board import Board
from archive_boards.moderation import subjects, taking
from archive_boards.names import AnyRow
from archive_boards.tables import COMMENT, DELETED, HELD, HIDDEN, REMOVED


def posts(current: Session, board: Board, row: AnyRow) -> list[Any]:
    """Put posts back where they stood; returns their ids."""
    t, tagged = board.tables.post, board.tables.post_tag
    before = {number: (placement, withheld) for number, placement, withheld in row.detail["taken"]}
    subjects.lock_posts(current, board, before)
    query = select(t.c.id, t.c.tags).where(t.c.placement == REMOVED, *_as_left(t, row, list(before)))
    rows = current.execute(query.order_by(t.c.id)).all()
    places: dict[tuple[int, str], list[int]] = defaultdict(list)
    for one in rows:
        places[before[one.id]].append(one.id)
    back = {"removed_at": None, "removed_by": None}
    for (placement, withheld), ids in sorted(places.items()):
        current.execute(update(t).where(t.c.id.in_(ids)).values(back | {"placement": placement, "withheld": withheld}))
        current.execute(update(tagged).where(tagged.c.post_id.in_(ids)).values(placement=placement))
    now_shown = select(t.c.id, t.c.placement, t.c.tags).where(t.c.id.in_([one.id for one in rows]))
    again = current.execute(now_shown.order_by(t.c.id)).all()
    taking.count_tags(current, board, again, 1)
    for one in again:
        if one.placement > REMOVED:
            announce.post(current, board, "post.changed", one.id, with_text=True)
    return [one.id for one in rows]


def comments(current: Session, board: Board, row: AnyRow) -> list[Any]:
    """Show comments and answers again, count them, and give accepted answers their mark; returns the ids."""
    t = board.tables.comment
    before: dict[int, str] = dict(row.detail["taken"])
    keys = [(COMMENT, number) for number in before]
    subjects.lock_posts(current, board, taking.posts_of(current, board, keys).values())
    query = select(t.c.id, t.c.post_id, t.c.kind).where(*_as_left(t, row, list(before)))
    rows = current.execute(query.order_by(t.c.id)).all()
    shown = [one for one in rows if before[one.id] != HELD]
    held = [one.id for one in rows if before[one.id] == HELD]
    taking.count_comments(current, board, shown, 1)
    _accept_again(current, board, row, {one.id for one in shown})
    back: dict[str, Any] = {"removed_at": None, "removed_by": None, "withheld": DELETED}
    current.execute(update(t).where(t.c.id.in_([one.id for one in shown])).values(back))
    current.execute(update(t).where(t.c.id.in_(held)).values(removed_by=None, withheld=HELD))
    taking.announce_changed(current, board, (one.post_id for one in shown))
    return [one.id for one in rows]


def votes(current: Session, board: Board, row: AnyRow) -> list[Any]:
    """Cast votes again where the member has not voted anew; returns [subject, id] of each."""
    t = board.tables.vote
    taken = {(kind, number): (value, at) for kind, number, value, at in row.detail["taken"]}
    subjects.lock_posts(current, board, taking.posts_of(current, board, taken).values())
    mine = select(t.c.subject, t.c.subject_id).where(t.c.member_id == row.member_id)
    numbers = sorted({number for _kind, number in taken})
    anew = {(one.subject, one.subject_id) for one in current.execute(mine.where(t.c.subject_id.in_(numbers)))}
    given = sorted(key for key in taken if key not in anew)
    if given:
        values = [
            {
                "subject": kind,
                "subject_id": number,
                "member_id": row.member_id,
                "value": taken[kind, number][0],
                "at": datetime.fromisoformat(taken[kind, number][1]),
            }
            for kind, number in given
        ]
        current.execute(insert(t), values)
        taking.score(current, board, [(*key, taken[key][0]) for key in given])
        taking.announce_votes(current, board, given)
    return [list(key) for key in given]


def reports(current: Session, board: Board, row: AnyRow) -> list[Any]:
    """Open the member's reports again; returns their ids."""
    return _reopen(current, board, row, [number for (number,) in row.detail["taken"]])


def reopen(current: Session, board: Board, row: AnyRow) -> list[int]:
    """Open the reports again that were closed because the batch took what they are about; returns their ids."""
    return _reopen(current, board, row, row.detail.get("reports", []))


def _as_left(t: Table, row: AnyRow, ids: list[int]) -> tuple[ColumnElement[bool], ...]:
    """Those of the ids that are still as the batch left them: a later hand would have set another time."""
    return t.c.id.in_(ids), t.c.withheld == HIDDEN, t.c.removed_at == row.at, t.c.removed_by == row.actor_id


def _accept_again(current: Session, board: Board, row: AnyRow, answers: set[int]) -> None:
    """An accepted answer that is back is the accepted one again, if its question has no other by now."""
    t = board.tables.post
    for post_id, answer_id in row.detail.get("accepted", []):
        if answer_id in answers:
            none = (t.c.id == post_id, t.c.accepted_id.is_(None))
            current.execute(update(t).where(*none).values(accepted_id=answer_id))


def _reopen(current: Session, board: Board, row: AnyRow, ids: list[int]) -> list[int]:
    t = board.tables.report
    closed = (t.c.id.in_(ids), t.c.handled_at == row.at, t.c.handled_by == row.actor_id)
    still = list(current.execute(select(t.c.id).where(*closed).order_by(t.c.id)).scalars())
    if still:
        opening = {"handled_at": None, "handled_by": None, "outcome": ""}
        current.execute(update(t).where(t.c.id.in_(still), *closed[1:]).values(opening))
    return still
