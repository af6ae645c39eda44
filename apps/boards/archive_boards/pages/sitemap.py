"""Every post's address for search engines (sitemaps.org): an index, and a list for each block of ids.

A block's list changes only when one of its posts does, so engines that read it again find little new.
"""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from archive_boards import reading
from archive_boards.board import this_board
from archive_boards.pages.shared import show
from archive_chassis import events
from archive_chassis.cache import cached_page
from archive_chassis.errors import NotFound

blueprint = Blueprint("sitemap", __name__)

XML = "application/xml; charset=utf-8"


@blueprint.get("/sitemap.xml")
@cached_page(events.content_version)
def index() -> ResponseReturnValue:
    blocks = reading.newest_id(this_board()) // reading.BLOCK + 1
    return Response(show("boards/sitemap_index.xml", blocks=range(blocks)), content_type=XML)


@blueprint.get("/sitemap-<int:block>.xml")
@cached_page(events.content_version)
def posts(block: int) -> ResponseReturnValue:
    board = this_board()
    if block > reading.newest_id(board) // reading.BLOCK:
        raise NotFound
    return Response(show("boards/sitemap.xml", posts=reading.block(board, block)), content_type=XML)
