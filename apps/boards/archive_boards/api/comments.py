"""Operations on comments and answers."""

from __future__ import annotations

from archive_boards import answers, comments, reading, votes, writers
from archive_boards.api.models import (
    Accepted,
    After,
    Comment,
    CommentChange,
    Discussion,
    NewAnswer,
    NewComment,
    OneComment,
    Vote,
)
from archive_boards.board import this_board
from archive_boards.pages.shared import new_submission
from archive_boards.tables import ANSWER, HELD
from archive_chassis.api.operations import Api, Reply
from archive_chassis.api.preconditions import idempotency_key
from archive_chassis.errors import Gone
from archive_chassis.identity import current_member

TALK = "댓글과 답변"


def declare(api: Api) -> None:
    """Declare them; they are the same for every board."""
    api.get(
        "/posts/<int:post_id>/comments",
        "댓글과 답변 읽기",
        tag=TALK,
        query=After,
        returns=Discussion,
        scope=None,
        errors=(410,),
    )(read_discussion)
    api.post(
        "/posts/<int:post_id>/comments",
        "댓글 달기",
        tag=TALK,
        body=NewComment,
        returns=OneComment,
        status=201,
        idempotent=True,
        errors=(409, 410),
    )(add_comment)
    api.post(
        "/posts/<int:post_id>/answers",
        "답변 달기",
        tag=TALK,
        body=NewAnswer,
        returns=OneComment,
        status=201,
        idempotent=True,
        errors=(410,),
    )(add_answer)
    api.put("/posts/<int:post_id>/accepted", "답변 채택하기", tag=TALK, body=Accepted, errors=(409, 410))(accept_answer)
    api.get("/comments/<int:comment_id>", "댓글 하나 읽기", tag=TALK, returns=OneComment, scope=None, errors=(410,))(
        read_comment
    )
    api.patch(
        "/comments/<int:comment_id>", "댓글 고치기", tag=TALK, body=CommentChange, returns=OneComment, errors=(409, 410)
    )(edit_comment)
    api.delete("/comments/<int:comment_id>", "댓글 지우기", tag=TALK, errors=(410,))(remove_comment)
    api.post("/comments/<int:comment_id>/restore", "댓글 복원하기", tag=TALK, errors=(409, 410))(restore_comment)
    api.put("/comments/<int:comment_id>/vote", "댓글 추천하기", tag=TALK, body=Vote, errors=(410,))(vote_on_comment)


def read_discussion(post_id: int, query: After) -> Discussion:
    board, member = this_board(), current_member()
    post = reading.find_post(board, post_id)
    if reading.is_removed(post) and not writers.may_see(member, post):
        raise Gone
    talk = reading.discussion(board, post, query.after, member)
    return Discussion(
        answers=[Comment.of(one) for one in talk.answers],
        comments=[Comment.of(one) for one in talk.comments],
        next=talk.next,
    )


def read_comment(comment_id: int) -> OneComment:
    board = this_board()
    row = comments.find_any(board, comment_id)
    if row.removed_at is not None and not writers.may_see(current_member(), row):
        raise Gone("삭제된 댓글이에요")
    post = reading.find_post(board, row.post_id)
    if reading.is_removed(post) and not writers.may_see(current_member(), post):
        raise Gone
    return _one(comment_id)


def add_comment(post_id: int, body: NewComment) -> Reply:
    board = this_board()
    writer, key = writers.acting(board), idempotency_key() or new_submission()
    comment_id = comments.add(board, writer, post_id, body.body, key, parent_id=body.parent_id)
    return Reply(_one(comment_id), location=f"/comments/{comment_id}")


def add_answer(post_id: int, body: NewAnswer) -> Reply:
    board = this_board()
    writer, key = writers.acting(board), idempotency_key() or new_submission()
    comment_id = comments.add(board, writer, post_id, body.body, key, kind=ANSWER)
    return Reply(_one(comment_id), location=f"/comments/{comment_id}")


def accept_answer(post_id: int, body: Accepted) -> None:
    board = this_board()
    answers.accept(board, writers.acting(board), post_id, body.answer_id)


def edit_comment(comment_id: int, body: CommentChange) -> OneComment:
    board = this_board()
    comments.edit(board, writers.acting(board), comment_id, body.body)
    return _one(comment_id)


def remove_comment(comment_id: int) -> None:
    board = this_board()
    comments.remove(board, writers.acting(board), comment_id)


def restore_comment(comment_id: int) -> None:
    board = this_board()
    comments.restore(board, writers.acting(board), comment_id)


def vote_on_comment(comment_id: int, body: Vote) -> None:
    board = this_board()
    votes.cast_on_comment(board, writers.acting(board), comment_id, body.value)


def _one(comment_id: int) -> OneComment:
    row = comments.find_any(this_board(), comment_id)
    return OneComment(
        id=row.id,
        post_id=row.post_id,
        parent_id=row.parent_id,
        kind="answer" if row.kind == ANSWER else "comment",
        body=row.body,
        waiting=row.removed_at is not None and row.withheld == HELD,
    )
