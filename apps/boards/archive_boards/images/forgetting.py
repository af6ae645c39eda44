"""Pictures that nothing shows are deleted after a while: uploaded and never published, or left by a failed upload."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select

from archive_boards.board import Board
from archive_boards.images.storing import store
from archive_boards.images.usage import names_in, small
from archive_boards.names import AnyRow
from archive_chassis import clock
from archive_chassis.database import reader, session

KEPT = timedelta(hours=48)
BATCH = 100


def forget_unused(board: Board) -> int:
    """Delete what is older than KEPT and is shown by nothing published and by no saved draft; how many. A job.

    One transaction a batch, and the files go before it is committed: the row's lock holds up whoever is about to
    publish the picture, and a crash leaves the row, by which the next run finds the files again. (The row first would
    leave files that nobody knows of; the files first, without the lock, could take a picture out of a post of this
    very moment.)
    """
    before, after, gone = clock.naive_now() - KEPT, None, 0
    while batch := _unused(board, before, after):
        after = (batch[-1].at, batch[-1].name)
        names = {row.name for row in batch}
        for member_id in sorted({row.member_id for row in batch}):
            names -= _in_drafts(board, member_id)
        gone += _delete(board, sorted(names)) if names else 0
    return gone


def _unused(board: Board, before: datetime, after: tuple[datetime, str] | None) -> Sequence[AnyRow]:
    t = board.tables.image
    query = select(t.c.name, t.c.member_id, t.c.at).where(t.c.used.is_(False), t.c.at < before)
    if after is not None:
        at, name = after
        query = query.where(or_(t.c.at > at, (t.c.at == at) & (t.c.name > name)))
    return reader().execute(query.order_by(t.c.at, t.c.name).limit(BATCH)).all()


def _in_drafts(board: Board, member_id: int) -> set[str]:
    """The pictures in what a member has begun to write: drafts are kept for longer than unused pictures."""
    t = board.tables.draft
    contents: Any = reader().execute(select(t.c.content).where(t.c.member_id == member_id)).scalars()
    return {name for content in contents for name in names_in(f"{content['body']} {content.get('image', '')}")}


def _delete(board: Board, names: Sequence[str]) -> int:
    t = board.tables.image
    current = session()
    current.execute(delete(t).where(t.c.name.in_(names), t.c.used.is_(False)))
    published: Any = current.execute(select(t.c.name).where(t.c.name.in_(names))).scalars().all()
    gone = sorted(set(names) - set(published))
    store().remove([file for name in gone for file in (name, small(name))])
    current.commit()
    return len(gone)
