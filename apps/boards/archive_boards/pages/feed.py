"""The newest posts as an Atom feed (RFC 4287): of the board, or of one of its categories, tags or authors."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from archive_boards import listing, reading
from archive_boards.board import this_board
from archive_boards.names import author_name
from archive_boards.pages.shared import show
from archive_chassis import events
from archive_chassis.cache import cached_page

ENTRIES = 30

blueprint = Blueprint("feed", __name__)


@blueprint.get("/feed.atom")
@cached_page(events.content_version)
def feed() -> ResponseReturnValue:
    board = this_board()
    asked = listing.asked(board, request.args)
    rows = reading.newest(board, asked.wanted, ENTRIES)
    entries = [(row, author_name(row), row.edited_at or row.published_at) for row in rows]
    updated = max((changed for _, _, changed in entries), default=None)
    return Response(
        show("boards/feed.xml", asked=asked, entries=entries, updated=updated),
        content_type="application/atom+xml; charset=utf-8",
    )
