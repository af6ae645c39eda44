"""The list page: what its address asks for, and the rows, filters and links it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from archive_boards import announce, reading
from archive_boards.board import Board
from archive_boards.names import AnyRow, author_name
from archive_chassis.errors import NotFound
from archive_chassis.i18n import _
from archive_chassis.pagination import Cursor

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
    score: int | None
    badge: str
    badge_kind: str


@dataclass(frozen=True)
class Asked:
    """What a list's address asks for. `cursor` is None on the first page."""

    category: str | None
    waiting: bool
    cursor: Cursor | None

    @property
    def address(self) -> str:
        """The address of the list's first page."""
        return _address(self.category, self.waiting)

    @property
    def name(self) -> str:
        """Tells this page of the list from every other."""
        return _address(self.category, self.waiting, self.cursor.encode() if self.cursor else None)


@dataclass(frozen=True)
class ListView:
    """What `list.html` shows. Links are paths; None where there is nothing to lead to."""

    category: str | None
    pinned: list[ListRow]
    rows: list[ListRow]
    categories: list[Choice]
    filters: list[Choice]
    first: str | None
    previous: str | None
    next: str | None

    @property
    def is_filtered(self) -> bool:
        return self.category is not None or any(current for _text, _href, current in self.filters[1:])


def asked(board: Board, arguments: Mapping[str, str]) -> Asked:
    """What the query `arguments` ask for. NotFound for a category the board has not, Invalid for a foreign cursor."""
    category = arguments.get("category") or None
    if category is not None and category not in board.category_titles:
        raise NotFound
    return Asked(category, board.answers and "unanswered" in arguments, Cursor.decode(arguments.get("cursor"), 2))


def read(board: Board, asked: Asked) -> ListView:
    """That page of the list."""
    category, waiting, cursor = asked.category, asked.waiting, asked.cursor
    found = reading.list_posts(board, category, cursor, unanswered=waiting)

    def further(word: str | None) -> str | None:
        return _address(category, waiting, word) if word else None

    return ListView(
        category=category,
        pinned=[_row(board, row) for row in found.pinned],
        rows=[_row(board, row) for row in found.posts.rows],
        categories=_categories(board, category, waiting),
        filters=_filters(board, category, waiting),
        first=asked.address if cursor else None,
        previous=further(found.posts.previous),
        next=further(found.posts.next),
    )


def _categories(board: Board, category: str | None, waiting: bool) -> list[Choice]:
    everything = (_("전체"), _address(None, waiting), category is None)
    return [everything] + [(_(one.title), _address(one.key, waiting), one.key == category) for one in board.categories]


def _filters(board: Board, category: str | None, waiting: bool) -> list[Choice]:
    if not board.answers:
        return []
    return [
        (_("모든 질문"), _address(category, False), not waiting),
        (_("답변을 기다리는 질문"), _address(category, True), waiting),
    ]


def _address(category: str | None, waiting: bool, cursor: str | None = None) -> str:
    asked = {"category": category, "unanswered": "1" if waiting else None, "cursor": cursor}
    query = urlencode({name: value for name, value in asked.items() if value})
    return announce.board_path() + ("/?" if query else "/") + query


def _row(board: Board, row: AnyRow) -> ListRow:
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
        score=None,
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
