"""What reports and moderators are about: a post or a comment, told apart by its kind (POST or COMMENT)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal, select, update
from sqlalchemy.orm import Session

from archive_boards import announce, comments, rows
from archive_boards.board import Board
from archive_boards.names import AnyRow, author_name
from archive_boards.rows import rows_changed
from archive_boards.tables import COMMENT, HELD, HIDDEN, POST, REMOVED, SCHEDULED
from archive_chassis import markdown
from archive_chassis.database import reader
from archive_chassis.errors import NotFound

#: A post or a comment: its kind and its id.
Key = tuple[str, int]

#: How a post or a comment stands. Those that stand nowhere are called by what they are withheld for.
SHOWN, DELETED = "shown", "deleted"
STANDINGS = (SHOWN, HIDDEN, HELD, SCHEDULED, DELETED)

EXCERPT_LENGTH = 400
#: Links of one text that a moderator is shown, and characters of each.
MOST_LINKS, LINK_LENGTH = 20, 200

_LINK = re.compile(r'(?:href|src)="((?:https?:)?//[^"]+)"', re.IGNORECASE)


@dataclass(frozen=True)
class Subject:
    """A post or a comment as it stands now. `row` is that of `rows.find` or of `comments.find_any`."""

    kind: str
    row: AnyRow
    post_id: int
    title: str
    post_shown: bool

    @property
    def id(self) -> int:
        return int(self.row.id)

    @property
    def key(self) -> Key:
        return self.kind, self.id

    @property
    def standing(self) -> str:
        return standing(self.kind, self.row)

    @property
    def is_shown(self) -> bool:
        """Whether others see it: a comment below a removed post is seen by nobody."""
        return self.post_shown and self.standing == SHOWN


def standing(kind: str, row: AnyRow) -> str:
    """One of STANDINGS, for a row with placement (a post's) or removed_at (a comment's), and withheld."""
    shown = row.placement > REMOVED if kind == POST else row.removed_at is None
    return SHOWN if shown else row.withheld or DELETED


def find(board: Board, kind: str, subject_id: int) -> Subject:
    """A post or a comment, shown or not. NotFound."""
    if kind == POST:
        post = rows.find(board, subject_id)
        return Subject(POST, post, post.id, post.title, post.placement > REMOVED)
    comment = comments.find_any(board, subject_id)
    post = rows.find(board, comment.post_id)
    return Subject(COMMENT, comment, post.id, post.title, post.placement > REMOVED)


def lock(current: Session, board: Board, kind: str, subject_id: int) -> Subject:
    """The same, locked for this transaction: with the post, everything that is done with it and its comments waits."""
    post_id = subject_id if kind == POST else comments.find_any(board, subject_id).post_id
    lock_posts(current, board, [post_id])
    return find(board, kind, subject_id)


def lock_posts(current: Session, board: Board, post_ids: Iterable[int]) -> None:
    """Lock posts, wherever they stand, in the order of their ids. NotFound for an unknown one."""
    t = board.tables.post
    # One statement walks through the primary key from below: two that lock the same posts do so in the same order.
    wanted = sorted(set(post_ids))
    if rows_changed(current.execute(update(t).where(t.c.id.in_(wanted)).values(revision=t.c.revision))) < len(wanted):
        raise NotFound


@dataclass(frozen=True)
class Card:
    """A post or a comment as moderators are shown it. `title` is the post's; category is "" for a comment."""

    kind: str
    id: int
    post_id: int
    title: str
    author_id: int
    author: str
    author_role: str
    at: datetime
    standing: str
    post_shown: bool
    revision: int
    locked: bool
    category: str
    excerpt: str
    links: tuple[str, ...]

    @property
    def key(self) -> Key:
        return self.kind, self.id

    @property
    def address(self) -> str:
        """Where it is read."""
        anchor = f"#comment-{self.id}" if self.kind == COMMENT else ""
        return f"{announce.board_path()}/{self.post_id}{anchor}"

    @property
    def desk(self) -> str:
        """The page for moderators about it."""
        return desk(self.kind, self.id)


def desk(kind: str, subject_id: int) -> str:
    """The address of the moderators' page about a post or a comment."""
    return f"{announce.board_path()}/moderation/{'posts' if kind == POST else 'comments'}/{subject_id}"


def cards(board: Board, keys: Sequence[Key], *, with_text: bool = True) -> dict[Key, Card]:
    """What moderators are shown of each; two statements. Without texts, excerpts and links are empty."""
    found: dict[Key, Card] = {}
    for kind, query in ((POST, _posts(board, with_text)), (COMMENT, _comments(board, with_text))):
        ids = sorted({subject_id for one, subject_id in keys if one == kind})
        key = board.tables.post.c.id if kind == POST else board.tables.comment.c.id
        if ids:
            found |= {(kind, row.id): _card(kind, row) for row in reader().execute(query.where(key.in_(ids)))}
    return found


def links(rendered: str) -> tuple[str, ...]:
    """The addresses elsewhere that rendered HTML leads to, each once."""
    addresses = dict.fromkeys(html.unescape(found) for found in _LINK.findall(rendered))
    return tuple(one[:LINK_LENGTH] for one in addresses)[:MOST_LINKS]


def _posts(board: Board, with_text: bool) -> Select[Any]:
    t, text = board.tables.post, board.tables.text
    columns = ("id", "title", "author_id", "author_name", "author_role", "revision", "locked", "category")
    columns += ("placement", "withheld")
    query: Select[Any] = select(*(t.c[name] for name in columns), t.c.id.label("post_id"), t.c.published_at.label("at"))
    if not with_text:
        return query.add_columns(literal("").label("html"))
    return query.add_columns(text.c.html).join(text, text.c.post_id == t.c.id)


def _comments(board: Board, with_text: bool) -> Select[Any]:
    t, post = board.tables.comment, board.tables.post
    columns = ("id", "post_id", "author_id", "author_name", "author_role", "revision", "removed_at", "withheld")
    query: Select[Any] = select(
        *(t.c[name] for name in columns), t.c.created_at.label("at"), post.c.title, post.c.placement
    ).join(post, post.c.id == t.c.post_id)
    return query.add_columns(t.c.html if with_text else literal("").label("html"))


def _card(kind: str, row: AnyRow) -> Card:
    return Card(
        kind=kind,
        id=row.id,
        post_id=row.post_id,
        title=row.title,
        author_id=row.author_id,
        author=author_name(row),
        author_role=row.author_role,
        at=row.at,
        standing=standing(kind, row),
        post_shown=row.placement > REMOVED,
        revision=row.revision,
        locked=bool(row.locked) if kind == POST else False,
        category=row.category if kind == POST else "",
        excerpt=markdown.plain(row.html, EXCERPT_LENGTH),
        links=links(row.html),
    )
