"""A member's own saved drafts."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from archive_boards import saved_drafts
from archive_boards.board import this_board
from archive_boards.pages.shared import show, to_board
from archive_chassis.i18n import _
from archive_chassis.identity import login_required, require_member
from archive_chassis.templating import notice

blueprint = Blueprint("drafts", __name__)


@blueprint.get("/drafts")
@login_required
def mine() -> ResponseReturnValue:
    board = this_board()
    return show("boards/drafts.html", drafts=saved_drafts.of_member(board, require_member().id))


@blueprint.post("/drafts/<int:draft_id>/discard")
@login_required
def discard(draft_id: int) -> ResponseReturnValue:
    saved_drafts.discard(this_board(), require_member().id, draft_id)
    notice("success", _("초안을 버렸어요"))
    return to_board("/drafts")
