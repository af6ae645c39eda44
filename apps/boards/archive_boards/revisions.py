"""What posts and comments said before they were edited, and the differences that a reader is shown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.rows import rows_changed
from archive_boards.writers import Writer
from archive_chassis import clock
from archive_chassis.database import reader
from archive_chassis.errors import NotFound

#: Edits on a page of history. A post that was edited more often shows its newest.
SHOWN = 30

#: A piece of text: the same in both versions, only in the later one, or only in the earlier one.
Piece = tuple[Literal["same", "added", "dropped"], str]

_WORDS = re.compile(r"\s+|[^\s]+")
#: Longer texts are compared by the line alone: comparing words takes time that grows with the square of their number.
_MOST_WORDS = 4_000
#: Texts of more lines than this are shown as replaced as a whole.
_MOST_LINES = 4_000


@dataclass(frozen=True)
class Edit:
    """One edit: the revision it replaced, who made it and when, and what changed. `erased` shows nothing any more."""

    number: int
    editor: str
    at: datetime
    title: list[Piece]
    body: list[Piece]
    erased: bool


def keep(
    current: Session, board: Board, writer: Writer, subject: str, subject_id: int, number: int, title: str, body: str
) -> None:
    """Keep the revision that `writer` is about to replace. Its key decides if two do so at once."""
    current.execute(
        insert(board.tables.revision).values(
            subject=subject,
            subject_id=subject_id,
            number=number,
            title=title,
            body=body,
            editor_id=writer.id,
            editor_name=writer.nickname,
            until=clock.naive_now(),
        )
    )


def edits(board: Board, subject: str, subject_id: int, title: str, body: str) -> list[Edit]:
    """The edits of something that now says `title` and `body`, newest first; one statement."""
    t = board.tables.revision
    query = select(t).where(t.c.subject == subject, t.c.subject_id == subject_id).order_by(t.c.number.desc())
    found: list[Edit] = []
    later_title, later_body = title, body
    for row in reader().execute(query.limit(SHOWN)):
        erased = not row.body and not row.title
        found.append(_edit(row, later_title, later_body, erased))
        if not erased:
            later_title, later_body = row.title, row.body
    return found


def erase(current: Session, board: Board, subject: str, subject_id: int, number: int) -> None:
    """Take away for good what a revision said, such as an address that should never have been there. NotFound."""
    t = board.tables.revision
    one = update(t).where(t.c.subject == subject, t.c.subject_id == subject_id, t.c.number == number)
    if not rows_changed(current.execute(one.values(title="", body=""))):
        raise NotFound


def differences(before: str, after: str) -> list[Piece]:
    """`before` and `after` as one text: by words, or by lines when they are long."""
    lines_before, lines_after = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if len(lines_before) + len(lines_after) > _MOST_LINES:
        return _pieces("replace", lines_before, lines_after)
    pieces: list[Piece] = []
    for kind, old, new in _compared(lines_before, lines_after):
        if kind == "replace" and len(old) + len(new) < _MOST_WORDS:
            old_words, new_words = _WORDS.findall("".join(old)), _WORDS.findall("".join(new))
            if len(old_words) + len(new_words) <= _MOST_WORDS:
                for inner, was, now in _compared(old_words, new_words):
                    pieces += _pieces(inner, was, now)
                continue
        pieces += _pieces(kind, old, new)
    return pieces


def _edit(row: AnyRow, later_title: str, later_body: str, erased: bool) -> Edit:
    title = [] if erased or row.title == later_title else differences(row.title, later_title)
    body = [] if erased or row.body == later_body else differences(row.body, later_body)
    return Edit(row.number, row.editor_name, row.until, title, body, erased)


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=True)
    for kind, a, b, c, d in matcher.get_opcodes():
        yield kind, before[a:b], after[c:d]


def _pieces(kind: str, old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    if kind == "equal":
        return [("same", "".join(old))]
    pieces: list[Piece] = [("dropped", "".join(old)), ("added", "".join(new))]
    return [piece for piece in pieces if piece[1]]
