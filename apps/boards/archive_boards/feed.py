"""The board's newest posts as an Atom feed (RFC 4287)."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from archive_boards import reading
from archive_boards.board import this_board
from archive_boards.names import author_name
from archive_boards.pages import show
from archive_chassis import events
from archive_chassis.cache import cached_page

ENTRIES = 30

blueprint = Blueprint("feed", __name__)


@blueprint.get("/feed.atom")
@cached_page(events.content_version)
def feed() -> ResponseReturnValue:
    rows = reading.newest(this_board(), ENTRIES)
    entries = [(row, author_name(row), row.edited_at or row.published_at) for row in rows]
    updated = max((changed for _, _, changed in entries), default=None)
    return Response(show("boards/feed.xml", entries=entries, updated=updated), content_type="application/atom+xml")
