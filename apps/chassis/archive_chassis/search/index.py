"""Writing documents: in the caller's transaction, together with the change that they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from archive_chassis.search.folding import normalise
from archive_chassis.search.tables import SearchTables

LONGEST_TEXT = 20_000
_LENGTHS = {"title": 200, "url": 300, "author": 64, "category": 64, "game": 100}
#: These are searched for; a change of any other column leaves the terms as they are.
_SEARCHED = ("removed", "title", "game", "tags", "author_id")
_NEVER_SHOWN = datetime(2020, 1, 1)  # noqa: DTZ001 - naive UTC, as the column is


@dataclass(frozen=True)
class Document:
    """A post as search knows it.

    Attributes:
        published_at: naive UTC.
        text: None leaves the stored text as it is.
        otherwise: what stands in for the text of a document that never had one.
    """

    board: str
    post_id: int
    title: str
    url: str
    author_id: int
    author: str
    published_at: datetime
    text: str | None = None
    otherwise: str = ""
    category: str = ""
    game: str = ""
    tags: tuple[str, ...] = ()
    comments: int = 0
    score: int = 0

    def columns(self) -> dict[str, Any]:
        """What `search_document` holds of it, cut to the columns' lengths."""
        values = {name: str(getattr(self, name)) for name in _LENGTHS}
        for name in ("title", "game"):
            values[name] = normalise(values[name])
        shortened = {name: value[: _LENGTHS[name]] for name, value in values.items()}
        return {
            **shortened,
            "board": self.board,
            "post_id": self.post_id,
            "author_id": self.author_id,
            "tags": _joined(self.tags),
            "published_at": self.published_at,
            "comments": self.comments,
            "score": self.score,
            "removed": False,
        }


def store(current: Session, tables: SearchTables, document: Document, position: int) -> None:
    """Make a document what it is at `position`, a number that grows with every change; an older one changes nothing.

    It is found as soon as `current` commits.
    """
    t = tables.document
    values = document.columns() | {"position": position}
    known = current.execute(
        select(t.c.number, *(t.c[name] for name in _SEARCHED)).where(
            t.c.board == document.board, t.c.post_id == document.post_id
        )
    ).one_or_none()
    text = None if document.text is None else normalise(document.text)[:LONGEST_TEXT]
    if known is None:
        number = _insert(current, tables, values, normalise(document.otherwise) if text is None else text)
    else:
        number = known.number
        if not _update(current, tables, number, values):
            return
        if text is not None:
            current.execute(update(tables.text).where(tables.text.c.number == number).values(text=text))
        elif all(getattr(known, name) == values[name] for name in _SEARCHED):
            return
    _announce(current, tables, number)


def remove(current: Session, tables: SearchTables, board: str, post_id: int, position: int) -> None:
    """Nobody finds it any more once `current` commits, and its words are forgotten, until it is stored again."""
    t = tables.document
    known = current.execute(select(t.c.number).where(t.c.board == board, t.c.post_id == post_id)).one_or_none()
    forgotten = {"removed": True, "title": "", "game": "", "tags": "", "position": position}
    if known is None:
        empty = Document(board, post_id, title="", url="", author_id=0, author="", published_at=_NEVER_SHOWN)
        number = _insert(current, tables, empty.columns() | forgotten, "")
    else:
        number = known.number
        if not _update(current, tables, number, forgotten):
            return
        current.execute(update(tables.text).where(tables.text.c.number == number).values(text=""))
    _announce(current, tables, number)


def rename(current: Session, tables: SearchTables, author_id: int, author: str) -> None:
    """Show another name of a member, "" for one who has left. What is found by the member's id stays."""
    t = tables.document
    current.execute(update(t).where(t.c.author_id == author_id).values(author=author))


def _insert(current: Session, tables: SearchTables, values: dict[str, Any], text: str) -> int:
    added = current.execute(insert(tables.document).values(values))
    number = int(added.inserted_primary_key[0])  # type: ignore[attr-defined] - an INSERT of one row has it
    current.execute(insert(tables.text).values(number=number, text=text))
    return number


def _update(current: Session, tables: SearchTables, number: int, values: dict[str, Any]) -> bool:
    """Write the values, unless a newer change has been there: the database decides."""
    t = tables.document
    changed = current.execute(update(t).where(t.c.number == number, t.c.position < values["position"]).values(values))
    return changed.rowcount == 1  # type: ignore[attr-defined] - an UPDATE has one


def _announce(current: Session, tables: SearchTables, number: int) -> None:
    current.execute(insert(tables.pending).values(number=number))


def _joined(tags: tuple[str, ...]) -> str:
    """The tags that fit the column, whole."""
    joined = ""
    for tag in tags:
        longer = f"{joined} {'-'.join(normalise(tag).split())}".strip()
        if len(longer) > 200:
            break
        joined = longer
    return joined
