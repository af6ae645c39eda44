"""Votes: one per member about a post or a comment, up or down, changed and taken back at will. Nobody about their own.

The post is locked first: votes about it and its comments come one after the other, and its score stays their sum.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Table,
    bindparam,
    delete,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from archive_boards import announce, comments, limits
from archive_boards.board import Board
from archive_boards.rows import find_shown, rows_changed, touch
from archive_boards.tables import COMMENT, POST, BoardTables
from archive_boards.writers import Writer
from archive_chassis import clock, events
from archive_chassis.database import reader, session
from archive_chassis.errors import Forbidden, Gone, Invalid
from archive_chassis.tables import Id, outbox_sequence

VALUES = (-1, 0, 1)


def cast_on_post(board: Board, writer: Writer, post_id: int, value: int) -> None:
    """Vote about a post: 1, -1, or 0 to take the vote back. Gone for a post that stands nowhere."""
    row = find_shown(board, post_id)
    _require_sound(writer, row.author_id, value)
    current = session()
    touch(current, board, post_id)
    _replace(current, board, board.tables.post, POST, post_id, writer.id, value)
    announce.post(current, board, "post.changed", post_id)
    current.commit()


def cast_on_comment(board: Board, writer: Writer, comment_id: int, value: int) -> int:
    """Vote about a comment or an answer; returns the id of its post."""
    row = comments.find(board, comment_id)
    _require_sound(writer, row.author_id, value)
    t = board.tables.comment
    current = session()
    touch(current, board, row.post_id)
    still_shown = select(t.c.id).where(t.c.id == comment_id, t.c.removed_at.is_(None))
    if current.execute(still_shown).one_or_none() is None:
        raise Gone("삭제된 댓글이에요")
    _replace(current, board, t, COMMENT, comment_id, writer.id, value)
    events.record(current, "comment.voted", {"id": comment_id, "board": board.name})
    current.commit()
    return int(row.post_id)


@dataclass(frozen=True)
class Own:
    """What one member did with a post and its comments. A vote is 1 or -1; 0 for none.

    wrote: the post, or a comment or an answer below it, whatever became of that.
    version: of the board's content when this was so (`events.content_version`).
    """

    post: int = 0
    comments: dict[int, int] = field(default_factory=dict[int, int])
    bookmarked: bool = False
    wrote: bool = False
    version: int = field(default=0, compare=False)


NOTHING = Own()


def own(board: Board, member_id: int, post_id: int) -> Own:
    """The member's votes about a post and its comments, and what else they have to do with it; one statement."""
    rows = reader().execute(_own_of(board.tables), {"member": member_id, "post": post_id}).all()
    return Own(
        post=next((value for subject, _id, value in rows if subject == POST), 0),
        comments={subject_id: value for subject, subject_id, value in rows if subject == COMMENT},
        bookmarked=any(subject == "bookmark" for subject, _id, _value in rows),
        wrote=any(subject == "wrote" for subject, _id, _value in rows),
        version=next(value for subject, _id, value in rows if subject == "version"),
    )


@cache
def _own_of(tables: BoardTables) -> CompoundSelect[*tuple[Any, ...]]:
    """Kept, since every page of a post that a member reads asks it, and putting it together costs more than it does."""
    member, post = bindparam("member", type_=Id), bindparam("post", type_=Id)
    v, c, b, p = tables.vote.c, tables.comment.c, tables.bookmark.c, tables.post.c
    about_post = select(v.subject, v.subject_id, v.value).where(
        v.subject == POST, v.subject_id == post, v.member_id == member
    )
    about_comments = (
        select(v.subject, v.subject_id, v.value)
        .join(tables.comment, c.id == v.subject_id)
        .where(v.subject == COMMENT, c.post_id == post, v.member_id == member)
    )
    bookmark = select(literal("bookmark"), b.post_id, literal(0)).where(b.member_id == member, b.post_id == post)
    said = select(c.id).where(c.post_id == post, c.author_id == member).exists()
    wrote = select(literal("wrote"), p.id, literal(0)).where(p.id == post, or_(p.author_id == member, said))
    version = select(literal("version"), outbox_sequence.c.id, outbox_sequence.c.value)
    return union_all(about_post, about_comments, bookmark, wrote, version)


def _require_sound(writer: Writer, author_id: int, value: int) -> None:
    if value not in VALUES:
        raise Invalid({"vote": "추천이나 비추천을 골라 주세요"})
    if writer.id == author_id:
        raise Forbidden("내가 쓴 글은 추천하거나 비추천할 수 없어요")
    limits.spend("vote", writer)


def _replace(
    current: Session, board: Board, scored: Table, subject: str, subject_id: int, member_id: int, value: int
) -> None:
    """Put `value` in the place of the member's vote, and the difference on the score. The post is locked."""
    t = board.tables.vote
    mine = (t.c.subject == subject, t.c.subject_id == subject_id, t.c.member_id == member_id)
    before = current.execute(select(t.c.value).where(*mine)).scalar_one_or_none()
    if value == (before or 0):
        return
    if value == 0:
        current.execute(delete(t).where(*mine))
    elif not rows_changed(current.execute(update(t).where(*mine).values(value=value, at=clock.naive_now()))):
        row = {"subject": subject, "subject_id": subject_id, "member_id": member_id}
        current.execute(insert(t).values(row | {"value": value, "at": clock.naive_now()}))
    difference = value - (before or 0)
    current.execute(update(scored).where(scored.c.id == subject_id).values(score=scored.c.score + difference))
