"""Votes about posts and comments."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from archive_boards import votes, writers
from archive_boards.board import this_board
from archive_boards.pages.shared import to_post
from archive_chassis import forms
from archive_chassis.identity import login_required

blueprint = Blueprint("votes", __name__)


@blueprint.post("/<int:post_id>/vote")
@login_required
def on_post(post_id: int) -> ResponseReturnValue:
    board = this_board()
    votes.cast_on_post(board, writers.acting(board), post_id, _value())
    return to_post(post_id)


@blueprint.post("/comments/<int:comment_id>/vote")
@login_required
def on_comment(comment_id: int) -> ResponseReturnValue:
    board = this_board()
    post_id = votes.cast_on_comment(board, writers.acting(board), comment_id, _value())
    return to_post(post_id, f"#comment-{comment_id}")


def _value() -> int:
    """The vote in the form; what is none of the three becomes one that the kit refuses."""
    return {"1": 1, "-1": -1, "0": 0}.get(forms.text("vote"), 2)
