"""What the pages show, read with narrow statements of a fixed number: two for a list, four for a post with comments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from archive_boards.board import Board
from archive_boards.names import AnyRow, author_name
from archive_boards.tables import ANSWER, LISTED, PINNED, REMOVED
from archive_chassis.database import reader
from archive_chassis.errors import NotFound
from archive_chassis.pagination import Cursor, Page, page, paged

PAGE_SIZE = 20
#: Pinned posts are few by nature; more than this would push the list off a phone's screen.
PINNED_SHOWN = 5
#: Comments of the top level on one page, each with all its replies.
THREADS_SHOWN = 50

_KEYS = ("published_at", "id")


@dataclass(frozen=True)
class Listing:
    """One page of a board's list: the pinned posts (first page only), and its own."""

    pinned: list[AnyRow]
    posts: Page[AnyRow]


def list_posts(board: Board, category: str | None, cursor: Cursor | None, *, unanswered: bool = False) -> Listing:
    """A page of the board, newest first; two statements, one beyond the first page.

    Rows have id, title, category, author_name, author_role, comments, views, published_at, the fields that lists show,
    and with answers: answers, accepted_id.
    """
    t = board.tables.post
    narrowed: list[ColumnElement[bool]] = []
    if category is not None:
        narrowed.append(t.c.category == category)
    if unanswered:
        narrowed.append(t.c.answers == 0)
    query: Select[Any] = select(*_list_columns(board)).where(*narrowed)
    keys = [t.c[name] for name in _KEYS]
    connection = reader()
    rows = connection.execute(paged(query.where(t.c.placement == LISTED), keys, cursor, PAGE_SIZE)).all()
    pinned: list[AnyRow] = []
    if cursor is None:
        on_top = query.where(t.c.placement == PINNED).order_by(*(key.desc() for key in keys)).limit(PINNED_SHOWN)
        pinned = list(connection.execute(on_top))
    return Listing(pinned, page(rows, _KEYS, cursor, PAGE_SIZE))


def newest(board: Board, count: int) -> list[AnyRow]:
    """The newest posts with `html`, for the feed; one statement."""
    t = board.tables
    query: Select[Any] = (
        select(*_list_columns(board), t.post.c.edited_at, t.text.c.html)
        .join(t.text, t.text.c.post_id == t.post.c.id)
        .where(t.post.c.placement == LISTED)
        .order_by(t.post.c.published_at.desc(), t.post.c.id.desc())
        .limit(count)
    )
    return list(reader().execute(query))


def _list_columns(board: Board) -> list[ColumnElement[Any]]:
    t = board.tables.post
    names = ["id", "title", "category", "author_name", "author_role", "comments", "views", "published_at"]
    names += [own.name for own in board.fields if own.shown]
    names += ["answers", "accepted_id"] if board.answers else []
    return [t.c[name] for name in names]


def find_post(board: Board, post_id: int) -> AnyRow:
    """A post, removed or not, with its columns, `body` and `html`; one statement. NotFound for an unknown id."""
    t = board.tables
    left_out = {"submission", "import_key"}
    columns = [column for column in t.post.c if column.name not in left_out]
    query = select(*columns, t.text.c.body, t.text.c.html).join(t.text, t.text.c.post_id == t.post.c.id)
    row = reader().execute(query.where(t.post.c.id == post_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


@dataclass
class Comment:
    """A comment or an answer as its page shows it. `author` is in the reader's language for one who left."""

    id: int
    parent_id: int | None
    author_id: int
    author: str
    avatar: str
    html: str
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    kind: str
    replies: list[Comment] = field(default_factory=list["Comment"])


@dataclass(frozen=True)
class Discussion:
    """One page of what was said about a post, oldest first. The following page begins after the thread `next`."""

    answers: list[Comment]
    comments: list[Comment]
    next: int | None


def discussion(board: Board, post: AnyRow, after: int = 0) -> Discussion:
    """The comments of `post` (a row of `find_post`) after a thread; two statements, none if nobody has said a word.

    A removed comment is left out unless it has replies. The accepted answer is first among the answers of every page.
    """
    accepted: int | None = post.accepted_id if board.answers else None
    if not post.comments and not (board.answers and post.answers):
        return Discussion([], [], None)
    connection = reader()
    tops = connection.execute(_top_level(board, post.id, after)).all()
    shown = tops[:THREADS_SHOWN]
    threads = {row.id: _comment(row) for row in shown}
    for row in connection.execute(_below(board, post.id, list(threads), accepted)):
        if row.parent_id is None:
            threads.setdefault(row.id, _comment(row))
        elif row.parent_id in threads:
            threads[row.parent_id].replies.append(_comment(row))
    visible = [comment for comment in threads.values() if not comment.deleted or comment.replies]
    answers = [comment for comment in visible if comment.kind == ANSWER]
    answers.sort(key=lambda answer: (answer.id != accepted, answer.id))
    following = shown[-1].id if len(tops) > THREADS_SHOWN else None
    return Discussion(answers, [comment for comment in visible if comment.kind != ANSWER], following)


def _comment_columns(board: Board) -> Select[Any]:
    t = board.tables.comment
    names = ("id", "parent_id", "kind", "author_id", "author_name", "author_avatar", "author_role", "html")
    return select(*(t.c[name] for name in names), t.c.created_at, t.c.edited_at, t.c.removed_at)


def _top_level(board: Board, post_id: int, after: int) -> Select[Any]:
    t = board.tables.comment
    query = _comment_columns(board).where(t.c.post_id == post_id, t.c.parent_id.is_(None), t.c.id > after)
    return query.order_by(t.c.id).limit(THREADS_SHOWN + 1)


def _below(board: Board, post_id: int, threads: list[int], accepted: int | None) -> Select[Any]:
    """The visible replies to threads (ids, ascending), and the accepted answer (of whatever page) with its own."""
    t = board.tables.comment
    # A range, and not a list of ids: the statement stays the same for any number of threads, and uses the index.
    first, last = (threads[0], threads[-1]) if threads else (0, 0)
    wanted = and_(t.c.parent_id >= first, t.c.parent_id <= last)
    if accepted is not None:
        wanted = or_(wanted, t.c.parent_id == accepted, t.c.id == accepted)
    query = _comment_columns(board).where(t.c.post_id == post_id, wanted, t.c.removed_at.is_(None))
    # A parent comes before its replies.
    return query.order_by(t.c.id)


def _comment(row: AnyRow) -> Comment:
    return Comment(
        id=row.id,
        parent_id=row.parent_id,
        author_id=row.author_id,
        author=author_name(row),
        avatar=row.author_avatar,
        html=row.html,
        created_at=row.created_at,
        edited_at=row.edited_at,
        deleted=row.removed_at is not None,
        kind=row.kind,
    )


def is_removed(post: AnyRow) -> bool:
    """Whether a row of `find_post` is a soft-deleted post."""
    return post.placement == REMOVED


def is_on_first_page(board: Board, post_id: int, thread_id: int) -> bool:
    """Whether a thread is among the first of its post's comments; one statement."""
    t = board.tables.comment
    query = select(t.c.id).where(t.c.post_id == post_id, t.c.parent_id.is_(None)).order_by(t.c.id)
    beyond = reader().execute(query.offset(THREADS_SHOWN).limit(1)).scalar_one_or_none()
    return beyond is None or thread_id < beyond
