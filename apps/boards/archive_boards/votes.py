"""Votes: one per member about a post or a comment, up or down, changed and taken back at will. Nobody about their own.

The post is locked first: votes about it and its comments come one after the other, and its score stays their sum.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Table, delete, insert, literal, select, union_all, update
from sqlalchemy.orm import Session

from archive_boards import announce, comments, limits
from archive_boards.board import Board
from archive_boards.rows import find_shown, rows_changed, touch
from archive_boards.tables import COMMENT, POST
from archive_boards.writers import Writer
from archive_chassis import clock, events
from archive_chassis.database import reader, session
from archive_chassis.errors import Forbidden, Gone, Invalid

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
    """What one member did with a post and its comments. A vote is 1 or -1; 0 for none."""

    post: int = 0
    comments: dict[int, int] = field(default_factory=dict[int, int])
    bookmarked: bool = False


def own(board: Board, member_id: int, post_id: int) -> Own:
    """The member's votes about a post and its comments, and whether they bookmarked it; one statement."""
    v, c, b = board.tables.vote, board.tables.comment, board.tables.bookmark
    about_post = select(v.c.subject, v.c.subject_id, v.c.value).where(
        v.c.subject == POST, v.c.subject_id == post_id, v.c.member_id == member_id
    )
    about_comments = (
        select(v.c.subject, v.c.subject_id, v.c.value)
        .join(c, c.c.id == v.c.subject_id)
        .where(v.c.subject == COMMENT, c.c.post_id == post_id, v.c.member_id == member_id)
    )
    bookmark = select(literal("bookmark"), b.c.post_id, literal(0)).where(
        b.c.member_id == member_id, b.c.post_id == post_id
    )
    rows = reader().execute(union_all(about_post, about_comments, bookmark)).all()
    return Own(
        post=next((value for subject, _id, value in rows if subject == POST), 0),
        comments={subject_id: value for subject, subject_id, value in rows if subject == COMMENT},
        bookmarked=any(subject == "bookmark" for subject, _id, _value in rows),
    )


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
