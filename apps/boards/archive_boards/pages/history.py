"""What posts and comments said before they were edited."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from archive_boards import comments, reading, revisions, writers
from archive_boards.board import Board, this_board
from archive_boards.names import AnyRow
from archive_boards.pages.shared import show
from archive_boards.tables import COMMENT, POST
from archive_chassis.errors import Gone
from archive_chassis.identity import login_required, require_member

blueprint = Blueprint("history", __name__)


@blueprint.get("/<int:post_id>/history")
@login_required
def of_post(post_id: int) -> ResponseReturnValue:
    """For members: what was taken back on purpose should not be what search engines find first."""
    board = this_board()
    post = _readable_post(board, post_id)
    edits = revisions.edits(board, POST, post_id, post.title, post.body)
    return show("boards/history.html", post_id=post_id, subject=post.title, edits=edits, anchor="")


@blueprint.get("/comments/<int:comment_id>/history")
@login_required
def of_comment(comment_id: int) -> ResponseReturnValue:
    board = this_board()
    row = comments.find(board, comment_id)
    _readable_post(board, row.post_id)
    edits = revisions.edits(board, COMMENT, comment_id, "", row.body)
    return show("boards/history.html", post_id=row.post_id, subject="", edits=edits, anchor=f"#comment-{comment_id}")


def _readable_post(board: Board, post_id: int) -> AnyRow:
    """The post, if this member may read it: what was said below goes with it. NotFound, Gone."""
    post = reading.find_post(board, post_id)
    if reading.is_removed(post) and not writers.may_see(require_member(), post):
        raise Gone
    return post
