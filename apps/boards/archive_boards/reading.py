"""What the pages show, read with narrow statements of a fixed number: two for a list, four for a post with comments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true, type_coerce

from archive_boards import announce, writers
from archive_boards.board import Board
from archive_boards.names import AnyRow, author_name
from archive_boards.tables import ANSWER, HELD, LEFT, LISTED, PINNED, REMOVED
from archive_chassis.database import Timestamp, reader
from archive_chassis.errors import NotFound
from archive_chassis.pagination import Cursor, Page, page, paged
from archive_chassis.templating import path
from archive_chassis.tokens import Member

PAGE_SIZE = 20
#: Pinned posts are few by nature; more than this would push the list off a phone's screen.
PINNED_SHOWN = 5
#: Ids of one list of the sitemap; sitemaps.org allows 50,000 addresses in one.
BLOCK = 10_000
#: Comments of the top level on one page, each with all its replies.
THREADS_SHOWN = 50

Sort = Literal["newest", "active", "votes", "unanswered"]
#: The columns that a list is ordered by, all descending; the last one is unique.
_KEYS: dict[Sort, tuple[str, str]] = {
    "newest": ("published_at", "id"),
    "active": ("active_at", "id"),
    "votes": ("score", "id"),
    "unanswered": ("published_at", "id"),
}


@dataclass(frozen=True)
class Wanted:
    """Which posts a list shows, and in which order. None: all."""

    category: str | None = None
    tag: str | None = None
    author: int | None = None
    sort: Sort = "newest"

    @property
    def is_narrowed(self) -> bool:
        return (self.category, self.tag, self.author) != (None, None, None) or self.sort == "unanswered"


@dataclass(frozen=True)
class Listing:
    """One page of a board's list: the pinned posts (first page only), and its own."""

    pinned: list[AnyRow]
    posts: Page[AnyRow]


def list_posts(board: Board, wanted: Wanted, cursor: Cursor | None) -> Listing:
    """A page of the board; two statements, one beyond the first page and for a tag's or an author's posts.

    Rows have id, title, category, the author's columns, tags, comments, views, score, published_at, active_at, the
    fields that lists show, and with answers: answers, accepted_id.
    """
    t = board.tables.post
    query, keys = _narrowed(board, wanted)
    connection = reader()
    listed = query.where(_stands(board, wanted) == LISTED)
    if cursor is None:
        rows = list(connection.execute(paged(listed, keys, None, PAGE_SIZE)))
    else:
        rows = list(connection.execute(_from_cursor(board, listed, keys, cursor)))
        rows.sort(key=attrgetter(*_KEYS[wanted.sort]), reverse=cursor.direction != "before")
    pinned: list[AnyRow] = []
    if cursor is None and wanted.tag is None and wanted.author is None:
        on_top = query.where(t.c.placement == PINNED).order_by(*(key.desc() for key in keys)).limit(PINNED_SHOWN)
        pinned = list(connection.execute(on_top))
    return Listing(pinned, page(rows, _KEYS[wanted.sort], cursor, PAGE_SIZE))


def _from_cursor(board: Board, listed: Select[Any], keys: list[ColumnElement[Any]], cursor: Cursor) -> Select[Any]:
    """A page's posts in no order: looked for in the index alone, and read afterwards.

    With all columns in one query, MySQL and MariaDB read the index from its beginning up to the cursor.
    """
    t = board.tables.post
    found = paged(listed.with_only_columns(t.c.id), keys, cursor, PAGE_SIZE).subquery()
    return select(*list_columns(board)).join(found, found.c.id == t.c.id)


def newest(board: Board, wanted: Wanted, count: int) -> list[AnyRow]:
    """The newest posts with `html`, for the feed; one statement."""
    t = board.tables
    query, keys = _narrowed(board, wanted)
    with_text: Select[Any] = query.add_columns(t.post.c.edited_at, t.text.c.html)
    with_text = with_text.join(t.text, t.text.c.post_id == t.post.c.id).where(_stands(board, wanted) == LISTED)
    return list(reader().execute(with_text.order_by(*(key.desc() for key in keys)).limit(count)))


def newest_id(board: Board) -> int:
    """The newest post's id, shown or not; 0 for none."""
    return int(reader().execute(select(func.max(board.tables.post.c.id))).scalar_one() or 0)


def block(board: Board, number: int) -> list[AnyRow]:
    """The shown posts with ids of one block: id, changed_at; one statement."""
    t = board.tables.post
    changed = func.coalesce(t.c.edited_at, t.c.published_at).label("changed_at")
    query = select(t.c.id, type_coerce(changed, Timestamp).label("changed_at"))
    first = number * BLOCK
    query = query.where(t.c.id >= first, t.c.id < first + BLOCK, t.c.placement > REMOVED)
    return list(reader().execute(query.order_by(t.c.id)))


def list_columns(board: Board) -> list[ColumnElement[Any]]:
    """The columns of `post` that a row of a list shows."""
    t = board.tables.post
    names = ["id", "title", "category", "author_id", "author_name", "author_avatar", "author_role", "tags"]
    names += ["comments", "views", "score"]
    names += ["published_at", "active_at"] + [own.name for own in board.fields if own.shown]
    names += ["answers", "accepted_id"] if board.answers else []
    return [t.c[name] for name in names]


def _narrowed(board: Board, wanted: Wanted) -> tuple[Select[Any], list[ColumnElement[Any]]]:
    """The posts that are wanted, wherever they stand, and the columns to order them by."""
    t, tagged = board.tables.post, board.tables.post_tag
    keys: list[ColumnElement[Any]] = [t.c[name] for name in _KEYS[wanted.sort]]
    query: Select[Any] = select(*list_columns(board))
    if wanted.category is not None:
        query = query.where(t.c.category == wanted.category)
    if wanted.author is not None:
        query = query.where(t.c.author_id == wanted.author)
    if wanted.sort == "unanswered":
        query = query.where(t.c.answers == 0)
    if wanted.tag is not None:
        query = query.join(tagged, tagged.c.post_id == t.c.id).where(tagged.c.tag == wanted.tag)
        if wanted.sort in ("newest", "unanswered"):
            keys = [tagged.c.published_at, tagged.c.post_id]  # in the order of the tag's own index
    return query, keys


def _stands(board: Board, wanted: Wanted) -> ColumnElement[int]:
    """Where a wanted post stands: the tag's own copy, which its index holds, or the post's."""
    return board.tables.post.c.placement if wanted.tag is None else board.tables.post_tag.c.placement


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
    """A comment or an answer as its page shows it. `author` is in the reader's language for one who left.

    deleted: only the line that says so is shown. waiting: it is held, and shown to its author and moderators alone.
    restorable: the reader may bring it back.
    """

    id: int
    parent_id: int | None
    author_id: int
    author: str
    author_href: str  # "" for one who left
    avatar: str
    html: str
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    waiting: bool
    restorable: bool
    kind: str
    score: int
    history: str  # the address of what it said before, "" if it was never edited
    replies: list[Comment] = field(default_factory=list["Comment"])


@dataclass(frozen=True)
class Discussion:
    """One page of what was said about a post, oldest first. The following page begins after the thread `next`."""

    answers: list[Comment]
    comments: list[Comment]
    next: int | None


def discussion(board: Board, post: AnyRow, after: int = 0, viewer: Member | None = None) -> Discussion:
    """The comments of `post` (a row of `find_post`) after a thread; two statements, none if nobody has said a word.

    A removed comment is left out unless it has replies, or the viewer may see or restore it. The accepted answer is
    first among the answers of every page, the others of a page follow by their votes.
    """
    accepted: int | None = post.accepted_id if board.answers else None
    if viewer is None and not post.comments and not (board.answers and post.answers):
        return Discussion([], [], None)
    connection = reader()
    tops = connection.execute(_top_level(board, post.id, after, viewer)).all()
    shown = tops[:THREADS_SHOWN]
    threads = {row.id: _comment(row, viewer) for row in shown}
    for row in connection.execute(_below(board, post.id, list(threads), accepted, viewer)):
        if row.parent_id is None:
            threads.setdefault(row.id, _comment(row, viewer))
        elif row.parent_id in threads:
            threads[row.parent_id].replies.append(_comment(row, viewer))
    visible = [one for one in threads.values() if not one.deleted or one.replies or one.restorable]
    answers = [comment for comment in visible if comment.kind == ANSWER]
    answers.sort(key=lambda answer: (answer.id != accepted, -answer.score, answer.id))
    following = shown[-1].id if len(tops) > THREADS_SHOWN else None
    return Discussion(answers, [comment for comment in visible if comment.kind != ANSWER], following)


def _comment_columns(board: Board) -> Select[Any]:
    t = board.tables.comment
    names = ("id", "parent_id", "kind", "author_id", "author_name", "author_avatar", "author_role", "html")
    names += ("created_at", "edited_at", "removed_at", "removed_by", "withheld", "score")
    return select(*(t.c[name] for name in names))


def _viewers(board: Board, viewer: Member | None) -> ColumnElement[bool]:
    """The comments that the viewer may see whatever became of them: a moderator all, a member their own."""
    if viewer is None:
        return false()
    return true() if viewer.is_moderator else board.tables.comment.c.author_id == viewer.id


def _top_level(board: Board, post_id: int, after: int, viewer: Member | None) -> Select[Any]:
    t = board.tables.comment
    reply = t.alias("reply")
    answered = exists().where(reply.c.parent_id == t.c.id, reply.c.post_id == post_id, reply.c.removed_at.is_(None))
    # A removed one takes no place on the page, unless it has replies or is the viewer's to restore.
    seen = or_(t.c.removed_at.is_(None), answered, _viewers(board, viewer))
    query = _comment_columns(board).where(t.c.post_id == post_id, t.c.parent_id.is_(None), t.c.id > after, seen)
    return query.order_by(t.c.id).limit(THREADS_SHOWN + 1)


def _below(board: Board, post_id: int, threads: list[int], accepted: int | None, viewer: Member | None) -> Select[Any]:
    """The replies to threads (ids, ascending) that the viewer may see, and the accepted answer (of whatever page)."""
    t = board.tables.comment
    # A range, and not a list of ids: the statement stays the same for any number of threads, and uses the index.
    first, last = (threads[0], threads[-1]) if threads else (0, 0)
    wanted = and_(t.c.parent_id >= first, t.c.parent_id <= last)
    if accepted is not None:
        wanted = or_(wanted, t.c.parent_id == accepted, t.c.id == accepted)
    seen = or_(t.c.removed_at.is_(None), _viewers(board, viewer))
    query = _comment_columns(board).where(t.c.post_id == post_id, wanted, seen)
    # A parent comes before its replies.
    return query.order_by(t.c.id)


def _comment(row: AnyRow, viewer: Member | None) -> Comment:
    removed = row.removed_at is not None
    waiting = removed and row.withheld == HELD and writers.may_see(viewer, row)
    return Comment(
        id=row.id,
        parent_id=row.parent_id,
        author_id=row.author_id,
        author=author_name(row),
        author_href="" if row.author_role == LEFT else path("home", f"/members/{row.author_id}"),
        avatar=row.author_avatar,
        html=row.html,
        created_at=row.created_at,
        edited_at=row.edited_at,
        deleted=removed and not waiting,
        waiting=waiting,
        restorable=removed and viewer is not None and writers.may_restore(viewer, row),
        kind=row.kind,
        score=row.score,
        history=f"{announce.board_path()}/comments/{row.id}/history" if row.edited_at else "",
    )


def is_removed(post: AnyRow) -> bool:
    """Whether a row of `find_post` is a post that stands nowhere."""
    return post.placement <= REMOVED


def is_on_first_page(board: Board, post_id: int, thread_id: int) -> bool:
    """Whether a thread is among the first of its post's comments; one statement."""
    t = board.tables.comment
    query = select(t.c.id).where(t.c.post_id == post_id, t.c.parent_id.is_(None)).order_by(t.c.id)
    beyond = reader().execute(query.offset(THREADS_SHOWN).limit(1)).scalar_one_or_none()
    return beyond is None or thread_id < beyond
