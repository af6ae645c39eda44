"""What guides have beyond other posts: series, and the word that one still works."""

from __future__ import annotations

import re

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from archive_boards import listing, writers
from archive_boards.board import this_board
from archive_boards.guides import confirmations, series
from archive_boards.pages.shared import show, to_board, to_post
from archive_chassis import events, forms
from archive_chassis.cache import cached_page
from archive_chassis.errors import Invalid, NotFound
from archive_chassis.i18n import _
from archive_chassis.identity import current_member, login_required
from archive_chassis.templating import notice

blueprint = Blueprint("guides", __name__)

_PLACE = "place-"
_NUMBER = re.compile("[0-9]{1,18}")


@blueprint.get("/series/<int:series_id>")
@cached_page(events.content_version)
def show_series(series_id: int) -> ResponseReturnValue:
    board, member = this_board(), current_member()
    found = series.find(board, series_id)
    rows = series.guides(board, series_id)
    is_own = member is not None and (member.id == found.member_id or member.is_moderator)
    if not rows and not is_own:
        raise NotFound  # its title may be what is kept back
    may_order = is_own and len(rows) > 1
    return show(
        "boards/series.html",
        found=found,
        guides=[(listing.list_row(board, row), row.series_place) for row in rows],
        may_order=may_order,
    )


@blueprint.post("/series/<int:series_id>")
@login_required
def reorder(series_id: int) -> ResponseReturnValue:
    board = this_board()
    series.reorder(board, writers.acting(board), series_id, _places())
    notice("success", _("순서를 바꿨어요"))
    return to_board(f"/series/{series_id}")


@blueprint.post("/<int:post_id>/confirm")
@login_required
def confirm(post_id: int) -> ResponseReturnValue:
    board = this_board()
    works = forms.text("works") == "1"
    confirmations.confirm(board, writers.acting(board), post_id, forms.text("version"), works=works)
    notice("success", _("알려 줘서 고마워요"))
    return to_post(post_id, "#works")


def _places() -> dict[int, int]:
    """The places in the form: post id → place."""
    places: dict[int, int] = {}
    for name, value in request.form.items():
        if not name or not name.startswith(_PLACE):  # a part of a form may have no name
            continue
        post_id = name.removeprefix(_PLACE)
        if not (_NUMBER.fullmatch(post_id) and _NUMBER.fullmatch(value) and 0 < int(value) <= series.MOST):
            raise Invalid({"": _("순서는 1부터 100까지의 숫자로 적어 주세요")})
        places[int(post_id)] = int(value)
    if len(places) > series.MOST:
        raise Invalid({"": _("순서는 1부터 100까지의 숫자로 적어 주세요")})
    return places
