"""Which uploaded pictures are shown somewhere: those alone are kept."""

from __future__ import annotations

import re

from flask import current_app
from sqlalchemy import update
from sqlalchemy.orm import Session

from archive_boards.board import Board

#: The file of a picture: 128 random bits, and the one format that everything is stored in.
NAME = re.compile(r"[A-Za-z0-9_-]{22}\.webp")
#: The same, or the small one beside it.
FILE = re.compile(r"[A-Za-z0-9_-]{22}(_s)?\.webp")
_SOURCE = re.compile(r'src="([^"]{1,300})"')


def use(current: Session, board: Board, html: str, *more: str, board_path: str | None = None) -> None:
    """Mark the pictures that rendered `html` and the paths `more` show; within the transaction that publishes them."""
    names = {name_of(source, board_path) for source in (*_SOURCE.findall(html), *more)} - {""}
    if names:
        t = board.tables.image
        current.execute(update(t).where(t.c.name.in_(sorted(names))).values(used=True))


def is_own(path: str) -> bool:
    """Whether a path is that of a picture of this board."""
    return name_of(path) != ""


def name_of(path: str, board_path: str | None = None) -> str:
    """The name of this board's picture at `path`; "" for anything else. `board_path` as in "/news"; the app's own."""
    own = current_app.extensions["archive_settings"].path if board_path is None else board_path
    start = f"{own}/images/"
    name = path.removeprefix(start)
    return name if path.startswith(start) and NAME.fullmatch(name) else ""


def names_in(text: str) -> list[str]:
    """What looks like a picture's name in any text."""
    return NAME.findall(text)


def small(name: str) -> str:
    """The file with the small picture of the same."""
    return f"{name.removesuffix('.webp')}_s.webp"
