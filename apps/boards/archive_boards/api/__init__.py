"""The board's JSON API under `/api/v1`: the same functions, and so the same rules, as behind the pages.

models.py    what every board's operations give and take
posting.py   the models of posts, which have each board's own fields
posts.py     operations on posts, comments.py on comments and answers, lists.py on lists, tags and bookmarks
"""

from __future__ import annotations

from archive_boards.api import comments, lists, posts
from archive_boards.board import Board
from archive_chassis.api.operations import Api

__all__ = ["board_api", "without"]


def board_api(board: Board) -> Api:
    """The operations of a board."""
    api = Api()
    lists.declare(api, board)
    posts.declare(api, board)
    comments.declare(api)
    return api


def without(board: Board) -> set[str]:
    """The operations that this board has no use for."""
    left_out = set[str]() if board.answers else {"add_answer", "accept_answer"}
    return left_out if board.guides else left_out | {"confirm_guide"}
