"""What the search page shows: the results, and the addresses of everything that narrows or widens them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from archive_chassis.i18n import _
from archive_chassis.search import LAST_PAGE, Filters, Query, Results, find, parse
from archive_chassis.search.folding import fold, normalise
from archive_chassis.templating import path
from archive_home import boards
from archive_home.search.tables import search_tables

#: (text, address, whether it is the current one), as the macro `chips` takes it.
Choice = tuple[str, str, bool]

_LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Asked:
    """A search, as the address of its page says it."""

    text: str = ""
    board: str = ""
    author: int | None = None
    tag: str = ""
    page: int = 1

    @property
    def address(self) -> str:
        """The address of its page."""
        values = {
            "q": self.text,
            "board": self.board,
            "author": "" if self.author is None else str(self.author),
            "tag": self.tag,
            "page": str(self.page) if self.page > 1 else "",
        }
        query = urlencode({name: value for name, value in values.items() if value})
        return path("home", "/search") + (f"?{query}" if query else "")


@dataclass(frozen=True)
class SearchView:
    """The page. `removable` are the filters beside the board, with the address of the search without each."""

    asked: Asked
    query: Query
    results: Results
    boards: Sequence[Choice]
    titles: Mapping[str, str]
    removable: Sequence[tuple[str, str]]
    previous: str | None
    next: str | None

    @property
    def is_asked(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.query.words or self.query.tags or self.asked.author is not None or self.asked.tag)


def asked(arguments: Mapping[str, str]) -> Asked:
    """The search that a page's arguments ask for. What cannot be meant (an unknown board) is left out."""
    board, author, page = (arguments.get(name, "") for name in ("board", "author", "page"))
    tag = "".join(fold(normalise(arguments.get("tag", "")[:40])).lstrip("#").split())
    return Asked(
        text=normalise(arguments.get("q", "")[:400]),
        board=board if board in boards.titles() else "",
        author=int(author) if _is_number(author) else None,
        tag=tag[:20],
        page=max(1, min(int(page), LAST_PAGE)) if _is_number(page) else 1,
    )


def read(wanted: Asked) -> SearchView:
    """The page of a search, with its results."""
    query = parse(wanted.text)
    wanted = replace(wanted, text=query.typed)
    filters = Filters(wanted.board, wanted.author, (wanted.tag,) if wanted.tag else ())
    meant = query.words or query.tags or wanted.author is not None or wanted.tag
    results = find(search_tables, query, filters, wanted.page) if meant else Results()
    titles = boards.titles()
    first = replace(wanted, page=1)
    return SearchView(
        asked=wanted,
        query=query,
        results=results,
        boards=[
            (_("모든 게시판"), replace(first, board="").address, not wanted.board),
            *(
                (_(title), replace(first, board=board).address, wanted.board == board)
                for board, title in titles.items()
            ),
        ],
        titles=titles,
        removable=_removable(first, results),
        previous=replace(wanted, page=wanted.page - 1).address if wanted.page > 1 else None,
        next=replace(wanted, page=wanted.page + 1).address if results.has_next else None,
    )


def _removable(first: Asked, results: Results) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if first.author is not None:
        name = results.hits[0].author if results.hits else ""
        text = _("{nickname}님의 글", nickname=name) if name else _("한 사람의 글")
        found.append((text, replace(first, author=None).address))
    if first.tag:
        found.append((f"#{first.tag}", replace(first, tag="").address))
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
