"""Markdown as this board shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from archive_boards.board import Board
from archive_boards.images.usage import name_of
from archive_chassis import markdown
from archive_chassis.database import reader

_PICTURE = re.compile(r'<img src="([^"]*)"([^>]*)>')

Size = tuple[int, int]


def render(board: Board, text: str) -> str:
    """`text` as safe HTML, whose pictures are this board's own and keep their place while they load.

    Any other picture becomes a link, even one of this site: every reader's browser would ask for it, with the reader's
    cookies, and not everything here that can be asked for is a picture. One statement, and none without pictures.
    """
    return render_outside(reader(), board, text, None)


def render_outside(current: Session | Connection, board: Board, text: str, board_path: str | None) -> str:
    """The same where there is no app, as in an import. `board_path` is where the board lives, as in "/news"."""
    html = markdown.render(text)
    names = {name_of(source, board_path) for source, _rest in _PICTURE.findall(html)} - {""}
    sizes = _sizes(current, board, names) if names else {}

    def shown(found: re.Match[str]) -> str:
        return _picture(found, name_of(found[1], board_path), sizes)

    return _PICTURE.sub(shown, html)


def _picture(found: re.Match[str], name: str, sizes: Mapping[str, Size]) -> str:
    source, rest = found[1], found[2]
    if not name:
        return markdown.link_to_picture(source, rest)
    if name not in sizes:
        return found[0]
    width, height = sizes[name]
    return f'<img src="{source}"{rest} width="{width}" height="{height}">'


def _sizes(current: Session | Connection, board: Board, names: set[str]) -> dict[str, Size]:
    t = board.tables.image
    rows = current.execute(select(t.c.name, t.c.width, t.c.height).where(t.c.name.in_(sorted(names))))
    return {row.name: (row.width, row.height) for row in rows}
