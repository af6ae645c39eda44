"""The board's lists: of posts, and of tags."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from archive_boards import listing, tags, writers
from archive_boards.board import this_board
from archive_boards.guides import popular
from archive_boards.pages.shared import show
from archive_boards.reading import Wanted
from archive_chassis import events
from archive_chassis.cache import cached_fragment, cached_page, everybody
from archive_chassis.identity import current_member

blueprint = Blueprint("lists", __name__)


@blueprint.get("/")
@cached_page(events.content_version, alike=everybody)
def index() -> ResponseReturnValue:
    board, member = this_board(), current_member()
    asked = listing.asked(board, request.args)
    may_publish = board.writers == "members" if member is None else writers.may_publish(board, member)

    def posts_shown() -> str:
        liked = popular.of_week(board) if board.guides and asked.name == listing.address(Wanted()) else []
        rows = [listing.list_row(board, row) for row in liked]
        view = listing.read(board, asked)
        return show("boards/list_posts.html", view=view, popular=rows, may_publish=may_publish)

    main = cached_fragment(events.content_version, f"{asked.name}|{may_publish}", posts_shown)
    return show("boards/list.html", asked=asked, main=main)


@blueprint.get("/tags")
@cached_page(events.content_version, alike=everybody)
def tags_in_use() -> ResponseReturnValue:
    """The tags that most posts carry."""
    board = this_board()
    return show("boards/tags.html", tags=tags.most_used(board))
