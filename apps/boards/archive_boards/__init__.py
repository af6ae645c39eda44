"""The board kit: a list of posts with comments, made into a service by a definition of a page.

`Board` says what is particular about a board; `board_service` makes the service. `archive_qa` is a small example.
"""

from archive_boards.board import Board, Category, Field, Labels
from archive_boards.service import board_service

__all__ = ["Board", "Category", "Field", "Labels", "board_service"]
