"""When a member was here last, and what is new since: what the front page greets them with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from markupsafe import Markup
from sqlalchemy import Select, case, false, func, insert, literal, select, union_all, update
from sqlalchemy.exc import IntegrityError

from archive_chassis import clock, i18n
from archive_chassis.database import reader, session
from archive_chassis.i18n import _
from archive_home.front import Front, Post
from archive_home.tables import front_post, member_visit

#: Who comes back sooner is still on the same visit: reloading does not eat the news.
PAUSE = timedelta(minutes=30)
#: How exactly a visit's end is known: the front page writes no more often than this.
NOTED_EVERY = timedelta(minutes=5)
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


def greet(member_id: int, front: Front, boards: Sequence[str]) -> tuple[Front, News | None]:
    """The front page as the member sees it, who is hereby noted to be here; no news on a first visit."""
    since = note(member_id)
    if since is None:
        return front, None
    return marked(front, member_id, since), news(member_id, since, boards)


def note(member_id: int) -> datetime | None:
    """Note that the member is here; when their last visit before this one ended (naive UTC), None for the first.

    One statement that reads; one that writes, no more often than NOTED_EVERY.
    """
    t, now = member_visit.c, clock.naive_now()
    known = reader().execute(select(t.since_at, t.seen_at).where(t.member_id == member_id)).one_or_none()
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
    parts = [_count(board, member_id, since) for board in boards]
    found = {row.board: row.posts for row in reader().execute(union_all(*parts))} if parts else {}
    return News(since, {board: found[board] for board in boards})


def _count(board: str, member_id: int, since: datetime) -> Select[str, int]:
    t = front_post.c
    new = (
        select(literal(1).label("one"))
        .where(t.board == board, t.removed == false(), t.published_at > since, t.author_id != member_id)
        .limit(MOST_COUNTED)
        .subquery()
    )
    return select(literal(board).label("board"), func.count().label("posts")).select_from(new)


def marked(front: Front, member_id: int, since: datetime) -> Front:
    """The same posts; a dot stands before the title of each that is new to the member."""

    def each(post: Post) -> Post:
        if post.published_at <= since or post.author_id == member_id:
            return post
        return post._replace(title=_dot() + post.title)

    newest = {board: [each(post) for post in posts] for board, posts in front.newest.items()}
    return replace(front, hot=[each(post) for post in front.hot], newest=newest)


def _dot() -> Markup:
    """The dot, with a word for those who cannot see it. What is put behind it is escaped."""
    return Markup('<span class="new-dot"><span class="visually-hidden">{} </span></span>').format(_("새 글"))
