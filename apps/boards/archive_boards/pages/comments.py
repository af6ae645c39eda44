"""Comments and answers: added from the post's page, changed and deleted on small pages of their own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from archive_boards import answers, comments, reading, writers
from archive_boards.board import Board, this_board
from archive_boards.names import AnyRow
from archive_boards.pages.shared import optional_id, show, submission, to_post
from archive_boards.tables import ANSWER, COMMENT
from archive_chassis import forms
from archive_chassis.errors import Forbidden, NotFound
from archive_chassis.i18n import _
from archive_chassis.identity import login_required
from archive_chassis.templating import notice

blueprint = Blueprint("comments", __name__)


@blueprint.post("/<int:post_id>/comments")
@login_required
def add(post_id: int) -> ResponseReturnValue:
    return _add(post_id, COMMENT, optional_id("parent"))


@blueprint.post("/<int:post_id>/answers")
@login_required
def answer(post_id: int) -> ResponseReturnValue:
    if not this_board().answers:
        raise NotFound
    return _add(post_id, ANSWER, None)


def _add(post_id: int, kind: str, parent_id: int | None) -> ResponseReturnValue:
    board = this_board()
    writer = writers.acting(board)
    body, sent = forms.multiline("body"), submission()
    form = {"post_id": post_id, "comment_id": None, "parent_id": parent_id, "kind": kind, "body": body}
    forms.show_again("boards/comment.html", board=board, submission=sent, **form)
    comment_id = comments.add(board, writer, post_id, body, sent, parent_id=parent_id, kind=kind)
    if comments.find_any(board, comment_id).removed_at is not None:
        notice("info", _("링크가 있어 운영진이 살펴본 뒤에 보여 드려요"))
        return to_post(post_id, "#comments")
    notice("success", _("답변을 올렸어요") if kind == ANSWER else _("댓글을 남겼어요"))
    return _to_comment(board, post_id, parent_id or comment_id, comment_id)


@blueprint.get("/comments/<int:comment_id>")
def find(comment_id: int) -> ResponseReturnValue:
    """A comment's own address: it leads to the page of the discussion that shows it."""
    board = this_board()
    row = comments.find(board, comment_id)
    return _to_comment(board, row.post_id, row.parent_id or comment_id, comment_id)


@blueprint.get("/comments/<int:comment_id>/edit")
@login_required
def edit(comment_id: int) -> ResponseReturnValue:
    board = this_board()
    row = comments.find(board, comment_id)
    comments.require_author(writers.acting(board), row)
    return show("boards/comment.html", **_edit_form(row, row.body), errors={})


@blueprint.post("/comments/<int:comment_id>/edit")
@login_required
def save(comment_id: int) -> ResponseReturnValue:
    board = this_board()
    writer = writers.acting(board)
    row, body = comments.find(board, comment_id), forms.multiline("body")
    forms.show_again("boards/comment.html", board=board, **_edit_form(row, body))
    comments.edit(board, writer, comment_id, body)
    notice("success", _("수정했어요"))
    return _to_comment(board, row.post_id, row.parent_id or comment_id, comment_id)


@blueprint.get("/comments/<int:comment_id>/delete")
@login_required
def confirm_removal(comment_id: int) -> ResponseReturnValue:
    board = this_board()
    row = comments.find(board, comment_id)
    if not writers.may_remove(writers.acting(board), row.author_id):
        raise Forbidden("내가 쓴 댓글만 삭제할 수 있어요")
    return show("boards/comment_delete.html", comment=row)


@blueprint.post("/comments/<int:comment_id>/delete")
@login_required
def remove(comment_id: int) -> ResponseReturnValue:
    board = this_board()
    row = comments.find(board, comment_id)
    comments.remove(board, writers.acting(board), comment_id)
    notice("success", _("삭제했어요"))
    return to_post(row.post_id, "#comments")


@blueprint.post("/comments/<int:comment_id>/restore")
@login_required
def restore(comment_id: int) -> ResponseReturnValue:
    board = this_board()
    comments.restore(board, writers.acting(board), comment_id)
    row = comments.find(board, comment_id)
    notice("success", _("댓글을 복원했어요"))
    return _to_comment(board, row.post_id, row.parent_id or comment_id, comment_id)


@blueprint.post("/<int:post_id>/accept")
@login_required
def accept(post_id: int) -> ResponseReturnValue:
    board, answer_id = this_board(), optional_id("answer")
    if not board.answers:
        raise NotFound
    answers.accept(board, writers.acting(board), post_id, answer_id)
    notice("success", _("답변을 채택했어요") if answer_id else _("채택을 취소했어요"))
    return to_post(post_id, f"#comment-{answer_id}" if answer_id else "#answers")


def _edit_form(row: AnyRow, body: str) -> dict[str, Any]:
    place = {"post_id": row.post_id, "comment_id": row.id, "parent_id": row.parent_id, "kind": row.kind}
    return place | {"body": body, "submission": ""}


def _to_comment(board: Board, post_id: int, thread_id: int, comment_id: int) -> ResponseReturnValue:
    """The post's page, at the page of its comments that shows this one."""
    page = "" if reading.is_on_first_page(board, post_id, thread_id) else f"?after={thread_id - 1}"
    return to_post(post_id, f"{page}#comment-{comment_id}")
