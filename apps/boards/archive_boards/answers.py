"""The accepted answer of a question."""

from __future__ import annotations

from sqlalchemy import select, update

from archive_boards import announce
from archive_boards.board import Board
from archive_boards.rows import rows_changed, unindexed
from archive_boards.tables import ANSWER, REMOVED
from archive_boards.writers import Writer
from archive_chassis.database import reader, session
from archive_chassis.errors import Conflict, Forbidden, Gone, NotFound


def accept(board: Board, writer: Writer, post_id: int, answer_id: int | None) -> None:
    """Choose the answer that solved the question, another one than before, or none. Only the asker may.

    Conflict for an answer that was removed meanwhile or belongs to another question.
    """
    t = board.tables
    query = select(t.post.c.id, t.post.c.title, t.post.c.author_id).where(t.post.c.id == post_id)
    row = reader().execute(query).one_or_none()
    if row is None:
        raise NotFound
    if writer.id != row.author_id:
        raise Forbidden("질문한 사람만 답변을 채택할 수 있어요")
    current = session()
    # The post is locked before the answer is looked at: an answer cannot go between the look and the commit.
    chosen = current.execute(
        update(t.post)
        .where(t.post.c.id == post_id, unindexed(t.post.c.placement) > REMOVED)
        .values(accepted_id=answer_id)
    )
    if not rows_changed(chosen):
        raise Gone
    if answer_id is not None:
        answer = select(t.comment.c.id, t.comment.c.author_id).where(
            t.comment.c.id == answer_id,
            t.comment.c.post_id == post_id,
            t.comment.c.kind == ANSWER,
            t.comment.c.removed_at.is_(None),
        )
        found = current.execute(answer).one_or_none()
        if found is None:
            raise Conflict("채택하려던 답변이 삭제됐어요")
        announce.accepted(current, board, row, found, writer)
    announce.post(current, board, "post.changed", post_id)
    current.commit()
