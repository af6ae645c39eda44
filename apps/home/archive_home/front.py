"""What the front page, the sitemap and the feed read: one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, false, literal, select, union_all

from archive_chassis.database import reader
from archive_chassis.i18n import _
from archive_home import directory
from archive_home.tables import BOARDS, front_post

HOT_POSTS = 7
NEWEST_POSTS = {"news": 10, "guides": 6, "qa": 6}
NEWEST_POSTS_ELSEWHERE = 6
SITEMAP_POSTS = 5_000
FEED_POSTS = 40


class Post(NamedTuple):
    """A post as the front page shows it: the columns of the same names."""

    board: str
    title: str
    summary: str
    url: str
    author: str
    category: str
    image: str
    published_at: datetime
    comments: int
    score: int
    views: int
    hot: float
    author_id: int = 0

    @classmethod
    def of(cls, values: Sequence[Any]) -> Post:
        """From a row's values, in the request's language: the category, and words for a member who has left."""
        post = cls(*values)
        return post._replace(author=post.author or _("탈퇴한 회원"), category=_(post.category))


# "= false", not "IS FALSE": MySQL uses an index for the former alone.
_LISTED = front_post.c.removed == false()
_SHOWN = tuple(front_post.c[name] for name in Post._fields)

#: Plain text, as in `events.content_version`: on this, the one statement of a kept page, building one would show.
_SOURCES = ", ".join(f"'{source}'" for source in (*BOARDS, "auth", directory.READING))
_VERSION = f"SELECT COALESCE(SUM(position), 0) FROM event_offset WHERE source IN ({_SOURCES})"  # noqa: S608 - constants


@dataclass(frozen=True)
class Front:
    """The front page's posts: the hottest of all boards, and each board's newest (newest first)."""

    hot: Sequence[Post]
    newest: dict[str, list[Post]]

    @property
    def empty(self) -> bool:
        return not self.hot


def version() -> int:
    """Moves whenever an event that a page shows was applied: offsets only grow, so equal sums mean equal offsets."""
    return int(reader().exec_driver_sql(_VERSION).scalar_one())


def heard() -> int:
    """Moves whenever any event was applied here, by the search index too."""
    return int(reader().exec_driver_sql("SELECT COALESCE(SUM(position), 0) FROM event_offset").scalar_one())


def read_front(boards: Sequence[str]) -> Front:
    """The posts of the front page, all in one statement: a limited read through an index for each section."""
    parts = [_section("hot", select(*_SHOWN), front_post.c.hot, HOT_POSTS)]
    for board in boards:
        of_board = select(*_SHOWN).where(front_post.c.board == board)
        parts.append(
            _section(board, of_board, front_post.c.published_at, NEWEST_POSTS.get(board, NEWEST_POSTS_ELSEWHERE))
        )
    sections: dict[str, list[Post]] = {name: [] for name in ("hot", *boards)}
    for name, *values in reader().execute(union_all(*parts)):
        sections[name].append(Post.of(values))
    hot = sections.pop("hot")
    hot.sort(key=lambda post: post.hot, reverse=True)  # a UNION promises no order
    for posts in sections.values():
        posts.sort(key=lambda post: post.published_at, reverse=True)
    return Front(hot=hot, newest=sections)


def read_newest(limit: int) -> Sequence[Post]:
    """The newest posts of all boards."""
    query = select(*_SHOWN).where(_LISTED).order_by(front_post.c.published_at.desc())
    return [Post.of(row) for row in reader().execute(query.limit(limit))]


def _section(name: str, query: Select[Any], key: ColumnElement[Any], size: int) -> Select[Any]:
    found = query.where(_LISTED).order_by(key.desc()).limit(size).subquery()
    return select(literal(name).label("section"), *found.c)
