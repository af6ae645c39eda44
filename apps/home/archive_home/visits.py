"""When a member was here last, and what is new since: what the front page greets them with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import g
from markupsafe import Markup
from sqlalchemy import CompoundSelect, Select, bindparam, case, false, func, insert, literal, select, union_all, update
from sqlalchemy.exc import IntegrityError

from archive_chassis import clock, i18n
from archive_chassis.database import reader, session
from archive_chassis.holes import Hole
from archive_chassis.i18n import _
from archive_chassis.identity import require_member
from archive_chassis.tables import Id, Timestamp
from archive_home.front import Front, Post
from archive_home.tables import front_post, member_visit

#: Who comes back sooner is still on the same visit: reloading does not eat the news.
PAUSE = timedelta(minutes=30)
#: How exactly a visit's end is known: the front page writes no more often than this.
NOTED_EVERY = timedelta(minutes=5)
_KNOWN = select(member_visit.c.since_at, member_visit.c.seen_at).where(
    member_visit.c.member_id == bindparam("member", type_=Id)
)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the tables
#: Posts of a board that are counted; beyond this it is "99+".
MOST_COUNTED = 100


@dataclass(frozen=True)
class News:
    """What was published since a member's last visit (which ended at `since`, naive UTC): board → posts of others."""

    since: datetime
    counts: dict[str, int]

    @property
    def total(self) -> str:
        """All of them together, as it is shown."""
        many = any(count >= MOST_COUNTED for count in self.counts.values())
        return shown(MOST_COUNTED if many else sum(self.counts.values()))

    @property
    def days_ago(self) -> int:
        """How many days ago the last visit was, by the calendar of the site's time zone."""
        return (i18n.local(clock.now()).date() - i18n.local(self.since).date()).days

    @property
    def time(self) -> str:
        """The hour and the minute of it."""
        return f"{i18n.local(self.since):%H:%M}"


def shown(count: int) -> str:
    """A number of posts; one that was not counted to its end says so."""
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"


def with_dots(front: Front) -> Front:
    """The same posts; before the title of each is the place for its dot, if it is new to whoever reads the page."""

    def each(post: Post) -> Post:
        dot = _dot(f"{_microseconds(post.published_at)}-{post.author_id}")
        return post._replace(title=Markup("{}{}").format(dot, post.title))

    newest = {board: [each(post) for post in posts] for board, posts in front.newest.items()}
    return replace(front, hot=[each(post) for post in front.hot], newest=newest)


def _dot_of(post: str) -> str:
    """The dot of a post (when it was published, and by whom) that is new to the member; "" for any other."""
    published, _hyphen, author = post.rpartition("-")  # before 1970 the time has a hyphen, too
    since = last_visit()
    if since is None or int(published) <= _microseconds(since) or int(author) == require_member().id:
        return ""
    # A word for those who cannot see it.
    return Markup('<span class="new-dot"><span class="visually-hidden">{} </span></span>').format(_("새 글"))


_dot = Hole("new-dot", _dot_of)


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def last_visit() -> datetime | None:
    """When the last visit of the member who asks ended; they are hereby noted to be here, once in a request."""
    if "archive_last_visit" not in g:
        g.archive_last_visit = note(require_member().id)
    return g.archive_last_visit


def note(member_id: int) -> datetime | None:
    """Note that the member is here; when their last visit before this one ended (naive UTC), None for the first.

    One statement that reads; one that writes, no more often than NOTED_EVERY.
    """
    now = clock.naive_now()
    known = reader().execute(_KNOWN, {"member": member_id}).one_or_none()
    if known is None:
        _begin(member_id, now)
        return None
    if known.seen_at > now - NOTED_EVERY:
        return known.since_at
    _go_on(member_id, now)
    return known.seen_at if known.seen_at < now - PAUSE else known.since_at


def _begin(member_id: int, now: datetime) -> None:
    current = session()
    try:
        current.execute(insert(member_visit).values(member_id=member_id, since_at=None, seen_at=now))
        current.commit()
    except IntegrityError:
        current.rollback()  # another tab was faster


def _go_on(member_id: int, now: datetime) -> None:
    """Move the visit on. Of two tabs one does it: for the other the condition no longer holds."""
    t, current = member_visit.c, session()
    # In this order: MySQL sees in a later assignment what an earlier one has set.
    moves = (
        (t.since_at, case((t.seen_at < now - PAUSE, t.seen_at), else_=t.since_at)),
        (t.seen_at, now),
    )
    due = (t.member_id == member_id, t.seen_at <= now - NOTED_EVERY)
    current.execute(update(member_visit).where(*due).ordered_values(*moves))
    current.commit()


def news(member_id: int, since: datetime, boards: Sequence[str]) -> News:
    """What others have published on each board since then; one statement."""
    if not boards:
        return News(since, {})
    rows = reader().execute(_published(tuple(boards)), {"member": member_id, "since": since})
    found = {row.board: row.posts for row in rows}
    return News(since, {board: found[board] for board in boards})


@cache
def _published(boards: tuple[str, ...]) -> CompoundSelect[*tuple[Any, ...]]:
    """Kept, since putting it together costs more than it does."""
    return union_all(*(_count(board) for board in boards))


def _count(board: str) -> Select[str, int]:
    t = front_post.c
    since, member = bindparam("since", type_=Timestamp), bindparam("member", type_=Id)
    new = (
        select(literal(1).label("one"))
        .where(t.board == board, t.removed == false(), t.published_at > since, t.author_id != member)
        .limit(MOST_COUNTED)
        .subquery()
    )
    return select(literal(board).label("board"), func.count().label("posts")).select_from(new)
