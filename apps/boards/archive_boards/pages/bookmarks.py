"""Bookmarks: set and dropped on a post's page, listed for their member."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from archive_boards import announce, bookmarks, listing
from archive_boards.board import this_board
from archive_boards.pages.shared import show, to_post
from archive_chassis import forms
from archive_chassis.i18n import _
from archive_chassis.identity import login_required, require_member
from archive_chassis.pagination import Cursor
from archive_chassis.templating import notice

blueprint = Blueprint("bookmarks", __name__)


@blueprint.post("/<int:post_id>/bookmark")
@login_required
def change(post_id: int) -> ResponseReturnValue:
    board, member = this_board(), require_member()
    if forms.checked("keep"):
        bookmarks.keep(board, member.id, post_id)
        notice("success", _("북마크에 담았어요"))
    else:
        bookmarks.drop(board, member.id, post_id)
        notice("success", _("북마크에서 뺐어요"))
    return to_post(post_id)


@blueprint.get("/bookmarks")
@login_required
def mine() -> ResponseReturnValue:
    board = this_board()
    cursor = Cursor.decode(request.args.get("cursor"), 2)
    found = bookmarks.of_member(board, require_member().id, cursor)
    address = announce.board_path() + "/bookmarks"
    return show(
        "boards/bookmarks.html",
        rows=[listing.list_row(board, row) for row in found.rows],
        first=address if cursor else None,
        previous=f"{address}?cursor={found.previous}" if found.previous else None,
        next=f"{address}?cursor={found.next}" if found.next else None,
    )
