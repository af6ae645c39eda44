"""Members' word that a guide still works for a version of its game, or no longer does."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from archive_boards import announce, drafts, limits
from archive_boards.board import Board
from archive_boards.rows import find_shown, rows_changed, touch
from archive_boards.writers import Writer
from archive_chassis import clock
from archive_chassis.database import reader, session
from archive_chassis.errors import Invalid

LONGEST = 40
#: Versions that a guide's page tells of, the ones that were spoken of last.
VERSIONS_SHOWN = 3


@dataclass(frozen=True)
class Verdict:
    """What members said about one version: how many that it works, and how many that it does not."""

    version: str
    works: int
    fails: int


def confirm(board: Board, writer: Writer, post_id: int, version: str, *, works: bool) -> None:
    """Say whether a guide works for a version, in the place of what the member said of it before.

    Invalid without a version. The post counts the word about the version that was spoken of last.
    """
    find_shown(board, post_id)
    if not version or len(version) > LONGEST or drafts.has_unwritable(version):
        raise Invalid({"version": "게임 버전을 40자 안으로 적어 주세요"})
    limits.spend("confirm", writer)
    t = board.tables.confirmation
    current = session()
    touch(current, board, post_id)  # the votes of two members come one after the other
    values = {"version": version, "works": works, "at": clock.naive_now()}
    mine = (t.c.post_id == post_id, t.c.member_id == writer.id)
    if not rows_changed(current.execute(update(t).where(*mine).values(values))):
        current.execute(insert(t).values(values | {"post_id": post_id, "member_id": writer.id}))
    _recount(current, board, post_id)
    announce.post(current, board, "post.changed", post_id)
    current.commit()


def verdicts(board: Board, post_id: int) -> list[Verdict]:
    """What members said, by version, the one spoken of last first; one statement."""
    t = board.tables.confirmation
    newest = func.max(t.c.at)
    query = select(t.c.version, t.c.works, func.count(), newest).where(t.c.post_id == post_id)
    counts: dict[str, list[int]] = {}
    rows = reader().execute(query.group_by(t.c.version, t.c.works).order_by(newest.desc()))
    for version, works, count, _at in rows:
        counts.setdefault(version, [0, 0])[0 if works else 1] = count
    return [Verdict(version, *found) for version, found in list(counts.items())[:VERSIONS_SHOWN]]


def _recount(current: Session, board: Board, post_id: int) -> None:
    """The newest version that somebody says it works for, and how many do, on the post itself for lists."""
    t = board.tables.confirmation
    said = select(t.c.version).where(t.c.post_id == post_id, t.c.works.is_(True))
    newest = current.execute(said.order_by(t.c.at.desc(), t.c.member_id).limit(1)).scalar_one_or_none()
    works = 0
    if newest is not None:
        same = (t.c.post_id == post_id, t.c.works.is_(True), t.c.version == newest)
        works = current.execute(select(func.count()).where(*same)).scalar_one()
    touch(current, board, post_id, works_version=newest or "", works=works)
