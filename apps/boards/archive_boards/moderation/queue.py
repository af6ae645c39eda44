"""What waits for a moderator: subjects of open reports, and what new members wrote with links to elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, union_all

from archive_boards.board import Board
from archive_boards.moderation import reports, subjects
from archive_boards.moderation.reports import Said
from archive_boards.moderation.subjects import Card
from archive_boards.names import AnyRow
from archive_boards.tables import COMMENT, HELD, POST, REMOVED
from archive_chassis.database import reader
from archive_chassis.pagination import Cursor, Page, page, paged

PAGE_SIZE = 20


@dataclass(frozen=True)
class Waiting:
    """How many subjects have open reports, and how many posts and comments are held."""

    reported: int
    held: int


@dataclass(frozen=True)
class Case:
    """The open reports of one subject: how many, from when to when, what they say. `newest` is the newest one's id."""

    card: Card
    count: int
    first: datetime
    last: datetime
    newest: int
    said: list[Said]


def waiting(board: Board) -> Waiting:
    """How much waits; one statement."""
    t, held = board.tables.report, _held(board).subquery()
    open_subjects = select(t.c.subject, t.c.subject_id).where(t.c.handled_at.is_(None)).distinct().subquery()
    row = reader().execute(
        select(
            select(func.count()).select_from(open_subjects).scalar_subquery(),
            select(func.count()).select_from(held).scalar_subquery(),
        )
    )
    reported, kept = row.one()
    return Waiting(reported, kept)


def reported(board: Board, cursor: Cursor | None) -> Page[Case]:
    """Subjects with open reports, the one that was reported last first; four statements."""
    t = board.tables.report
    newest = func.max(t.c.id).label("newest")
    grouped = (
        select(
            *(t.c.subject, t.c.subject_id, newest),
            func.count().label("reports"),
            func.min(t.c.at).label("first"),
            func.max(t.c.at).label("last"),
        )
        .where(t.c.handled_at.is_(None))
        .group_by(t.c.subject, t.c.subject_id)
        .subquery()
    )
    keys: list[ColumnElement[Any]] = [grouped.c.newest]
    found = reader().execute(paged(select(grouped), keys, cursor, PAGE_SIZE)).all()
    rows: Page[AnyRow] = page(found, ("newest",), cursor, PAGE_SIZE)
    wanted = [(row.subject, row.subject_id) for row in rows.rows]
    cards, said = subjects.cards(board, wanted), reports.said(board, wanted)
    cases = [
        Case(cards[key], row.reports, row.first, row.last, row.newest, said.get(key, []))
        for key, row in zip(wanted, rows.rows, strict=True)
    ]
    return Page(cases, rows.previous, rows.next)


def of_subject(board: Board, card: Card) -> Case | None:
    """The open reports of one subject, None if there are none; two statements."""
    t = board.tables.report
    query = select(func.count(), func.min(t.c.at), func.max(t.c.at), func.max(t.c.id)).where(
        t.c.handled_at.is_(None), t.c.subject == card.kind, t.c.subject_id == card.id
    )
    count, first, last, newest = reader().execute(query).one()
    if not count:
        return None
    return Case(card, count, first, last, newest, reports.said(board, [card.key])[card.key])


def held(board: Board, cursor: Cursor | None) -> Page[Card]:
    """Posts and comments that are held, the newest first; three statements."""
    every = _held(board).subquery()
    keys: list[ColumnElement[Any]] = [every.c.at, every.c.subject, every.c.id]
    found = reader().execute(paged(select(every), keys, cursor, PAGE_SIZE)).all()
    rows: Page[AnyRow] = page(found, ("at", "subject", "id"), cursor, PAGE_SIZE)
    wanted = [(row.subject, row.id) for row in rows.rows]
    cards = subjects.cards(board, wanted)
    return Page([cards[key] for key in wanted], rows.previous, rows.next)


def _held(board: Board) -> Any:
    """Every held post and comment: subject, id, at. A comment whose post is gone waits until that comes back."""
    post, comment = board.tables.post, board.tables.comment
    posts = select(literal(POST).label("subject"), post.c.id, post.c.published_at.label("at")).where(
        post.c.withheld == HELD, post.c.placement == REMOVED
    )
    comments = (
        select(literal(COMMENT).label("subject"), comment.c.id, comment.c.created_at.label("at"))
        .join(post, post.c.id == comment.c.post_id)
        .where(comment.c.withheld == HELD, comment.c.removed_at.is_not(None), post.c.placement > REMOVED)
    )
    return union_all(posts, comments)
