"""The list page: what its address asks for, and the rows, filters and links it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from archive_boards import announce, reading, tags
from archive_boards.board import Board
from archive_boards.names import AnyRow, author_name
from archive_boards.reading import Sort, Wanted
from archive_chassis.errors import NotFound
from archive_chassis.i18n import _
from archive_chassis.pagination import Cursor
from archive_chassis.typed import whole_number

#: A link of a row of links: its text, its address, whether it leads to this very page.
Choice = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class ListRow:
    """A post as `post_row` of the design system draws it, and its badge."""

    id: int
    title: str
    category: str
    author: str
    published_at: datetime
    comments: int
    views: int
    score: int
    badge: str
    badge_kind: str


@dataclass(frozen=True)
class Asked:
    """What a list's address asks for. `cursor` is None on the first page."""

    wanted: Wanted
    cursor: Cursor | None

    @property
    def address(self) -> str:
        """The address of the list's first page."""
        return address(self.wanted)

    @property
    def feed(self) -> str:
        """The address of the feed of the same posts."""
        return _with_query("/feed.atom", _narrowing(replace(self.wanted, sort="newest")))

    @property
    def name(self) -> str:
        """Tells this page of the list from every other."""
        return address(self.wanted, self.cursor.encode() if self.cursor else None)


@dataclass(frozen=True)
class ListView:
    """What `list.html` shows. Links are paths; None where there is nothing to lead to."""

    wanted: Wanted
    pinned: list[ListRow]
    rows: list[ListRow]
    categories: list[Choice]
    sorts: list[Choice]
    first: str | None
    previous: str | None
    next: str | None

    @property
    def author(self) -> str:
        """Whose posts these are, for an author's list; "" if there are none."""
        return self.rows[0].author if self.rows else ""


def asked(board: Board, arguments: Mapping[str, str]) -> Asked:
    """What the query `arguments` ask for.

    NotFound for a category, an order or an author that cannot be, Invalid for a foreign cursor.
    """
    category, author = arguments.get("category") or None, arguments.get("author") or None
    if category is not None and category not in board.category_titles:
        raise NotFound
    author_id = whole_number(author) if author else None
    if author and author_id is None:
        raise NotFound
    names = tags.parse(arguments.get("tag", "")[:100])
    sort = arguments.get("sort") or ("unanswered" if "unanswered" in arguments else "newest")
    if sort not in _sorts(board):
        raise NotFound
    wanted = Wanted(category, names[0] if names else None, author_id, sort)
    return Asked(wanted, Cursor.decode(arguments.get("cursor"), 2))


def read(board: Board, asked: Asked) -> ListView:
    """That page of the list."""
    wanted, cursor = asked.wanted, asked.cursor
    found = reading.list_posts(board, wanted, cursor)

    def further(word: str | None) -> str | None:
        return address(wanted, word) if word else None

    return ListView(
        wanted=wanted,
        pinned=[list_row(board, row) for row in found.pinned],
        rows=[list_row(board, row) for row in found.posts.rows],
        categories=_categories(board, wanted),
        sorts=_orders(board, wanted),
        first=asked.address if cursor else None,
        previous=further(found.posts.previous),
        next=further(found.posts.next),
    )


def address(wanted: Wanted, cursor: str | None = None) -> str:
    """The address of a list, or of the page of it that `cursor` leads to."""
    return _with_query("/", _narrowing(wanted) | {"cursor": cursor})


_SORT_TITLES: Mapping[Sort, str] = {
    "newest": "최신순",
    "active": "활발한 순",
    "votes": "추천순",
    "unanswered": "답변 대기",
}


def _sorts(board: Board) -> list[Sort]:
    return [one for one in _SORT_TITLES if one != "unanswered" or board.answers]


def _orders(board: Board, wanted: Wanted) -> list[Choice]:
    def ordered(sort: Sort) -> Choice:
        return _(_SORT_TITLES[sort]), address(replace(wanted, sort=sort)), sort == wanted.sort

    return [ordered(sort) for sort in _sorts(board)]


def _categories(board: Board, wanted: Wanted) -> list[Choice]:
    everything = (_("전체"), address(replace(wanted, category=None)), wanted.category is None)
    return [everything] + [
        (_(one.title), address(replace(wanted, category=one.key)), one.key == wanted.category)
        for one in board.categories
    ]


def _narrowing(wanted: Wanted) -> dict[str, str | None]:
    return {
        "category": wanted.category,
        "tag": wanted.tag,
        "author": str(wanted.author) if wanted.author is not None else None,
        "sort": wanted.sort if wanted.sort != "newest" else None,
    }


def _with_query(rest: str, values: Mapping[str, str | None]) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return announce.board_path() + rest + ("?" if query else "") + query


def list_row(board: Board, row: AnyRow) -> ListRow:
    """A row of `reading` as lists draw it, in the reader's language."""
    beside = [_(board.category_title(row.category))]
    badge, kind = "", ""
    for own in board.fields:
        if own.shown == "beside" and (value := getattr(row, own.name)):
            beside.append(_(own.text(value)) if own.kind == "choice" else value)
        elif own.shown == "badge":
            badge = getattr(row, own.name)
    comments = row.comments
    if board.answers:
        badge, kind = _answer_badge(row)
        comments += row.answers
    return ListRow(
        id=row.id,
        title=row.title,
        category=" · ".join(beside),
        author=author_name(row),
        published_at=row.published_at,
        comments=comments,
        views=row.views,
        score=row.score,
        badge=badge,
        badge_kind=kind,
    )


def _answer_badge(row: AnyRow) -> tuple[str, str]:
    """The badge of a question in the list: its text and kind."""
    if row.accepted_id is not None:
        return _("해결"), "success"
    if row.answers:
        return _("답변 {count}", count=row.answers), "accent"
    return _("답변 대기"), ""
