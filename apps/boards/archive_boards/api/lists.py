"""Operations on lists: of posts, of tags and categories, and of the member's bookmarks."""

from __future__ import annotations

from typing import Any

from archive_boards import bookmarks, reading, tags
from archive_boards.api.models import BookmarkQuery, Categories, Category, Tag, Tags
from archive_boards.api.posting import listed_values, models
from archive_boards.board import Board, this_board
from archive_boards.reading import Wanted
from archive_chassis.api.models import Listing
from archive_chassis.api.operations import Api
from archive_chassis.i18n import _
from archive_chassis.identity import require_member
from archive_chassis.pagination import Cursor

LISTS, MINE = "목록", "내 것"


def declare(api: Api, board: Board) -> None:
    """Declare them for a board."""
    known = models(board)
    listing: Any = Listing[known.listed]

    @api.get("/posts", "글 목록", tag=LISTS, query=known.query, returns=listing, scope=None)
    def list_posts(query: Any) -> Any:
        names = tags.parse(query.tag or "")
        wanted = Wanted(query.category, names[0] if names else None, query.author, query.sort)
        found = reading.list_posts(board, wanted, Cursor.decode(query.cursor, 2))
        rows = [*found.pinned, *found.posts.rows]
        items = [known.listed(**listed_values(board, row)) for row in rows]
        return listing(items=items, next=found.posts.next, previous=found.posts.previous)

    @api.get("/bookmarks", "내 북마크", tag=MINE, query=BookmarkQuery, returns=listing)
    def list_bookmarks(query: BookmarkQuery) -> Any:
        found = bookmarks.of_member(board, require_member().id, Cursor.decode(query.cursor, 2))
        items = [known.listed(**listed_values(board, row)) for row in found.rows]
        return listing(items=items, next=found.next, previous=found.previous)

    @api.get("/tags", "많이 쓰인 태그", tag=LISTS, returns=Tags, scope=None)
    def list_tags() -> Tags:
        return Tags(items=[Tag(name=row.name, posts=row.posts) for row in tags.most_used(this_board())])

    @api.get("/categories", "분류", tag=LISTS, returns=Categories, scope=None)
    def list_categories() -> Categories:
        return Categories(items=[Category(key=key, title=_(title)) for key, title in board.category_titles.items()])
