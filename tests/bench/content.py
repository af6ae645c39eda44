"""A news board with many posts and three times as many comments, and home's copies of the same posts.

Everything goes through the real schema. The numbers of posts decide what each is: its category, tags, author, comments
and votes, and whether it is on top of the list, deleted or hidden. So every run measures the same board.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert
from tests.bench import databases
from tests.bench.korean import Korean

from archive_boards.tables import COMMENT, DELETED, HIDDEN, LISTED, PINNED, POST, REMOVED
from archive_chassis import clock, markdown
from archive_chassis.database import Database
from archive_chassis.health import script_directory
from archive_chassis.migrate import upgrade
from archive_chassis.pagination import Cursor
from archive_chassis.service import find_service
from archive_news import BOARD

PAGE_SIZE = 20
BATCH = 2_000
MEMBERS = 900
TAGS = tuple(
    f"{kind}{number}" for kind in ("신작", "패치", "대회", "인디", "콘솔", "모바일") for number in range(1, 11)
)
#: Comments of the posts whose number ends in 0 to 9: three for each in the mean.
COMMENTS = (0, 0, 1, 1, 2, 2, 3, 3, 6, 12)
#: The last digit of the posts with the most comments.
BUSY = 9
PINNED_POSTS = 3
#: Of every thousand posts, the numbers that were deleted by their author and hidden by a moderator.
DELETED_AT, HIDDEN_AT = 7, 14
#: Every hundredth post is liked by many, the others by a few.
LIKES, MOST_LIKES = 3, 40


@dataclass(frozen=True)
class Written:
    """A post: `row` holds its columns on the board, `body` and `html` are its text."""

    number: int
    row: dict[str, Any]
    body: str
    html: str

    @property
    def is_shown(self) -> bool:
        return bool(self.row["placement"] > REMOVED)


@dataclass(frozen=True)
class Content:
    """A filled board: how many posts it has, and when the one before the first was published (naive UTC)."""

    posts: int
    begin: datetime

    @classmethod
    def of(cls, posts: int) -> Content:
        """A board whose newest post is a minute old."""
        return cls(posts, clock.naive_now() - timedelta(minutes=posts + 1))

    def published_at(self, number: int) -> datetime:
        return self.begin + timedelta(minutes=number)

    def cursor_after(self, number: int) -> str:
        """The cursor of a page that begins after the post with this number."""
        return Cursor("after", (self.published_at(number).isoformat(), number)).encode()

    def busy(self, place: int) -> int:
        """A post with many comments; `place` 0 is the oldest, and counting begins anew after the newest."""
        return BUSY + 10 * (place % max((self.posts + 10 - BUSY) // 10, 1))


def fill(url: str, content: Content) -> Iterator[list[Written]]:
    """Migrate an empty database and fill the board, batch by batch; yields the posts of each once they are there."""
    upgrade(url, script_directory(find_service("news").versions))
    store, korean, first_comment = Database(url), Korean(), 1
    counts = dict.fromkeys(TAGS, 0)
    try:
        for start in range(1, content.posts + 1, BATCH):
            numbers = range(start, min(start + BATCH, content.posts + 1))
            written = [_write(korean, content, number) for number in numbers]
            with store.engine.begin() as connection:
                _insert_posts(connection, written)
                first_comment = _insert_comments(connection, korean, written, first_comment)
            for post in written:
                for tag in post.row["tags"].split() if post.is_shown else ():
                    counts[tag] += 1
            yield written
        with store.engine.begin() as connection:
            connection.execute(insert(BOARD.tables.tag), [{"name": tag, "posts": n} for tag, n in counts.items()])
        databases.prepared(store, [table.name for table in BOARD.tables.metadata.sorted_tables])
    finally:
        store.close()


def _write(korean: Korean, content: Content, number: int) -> Written:
    body = korean.body()
    html = markdown.render(body)
    published = content.published_at(number)
    author = number % MEMBERS + 1
    tags = dict.fromkeys((TAGS[number % len(TAGS)], TAGS[number // 7 % len(TAGS)]))
    placement, withheld = _standing(content, number)
    row = {
        "id": number,
        "placement": placement,
        "withheld": withheld,
        "category": BOARD.categories[number % len(BOARD.categories)].key,
        "title": korean.title(),
        "excerpt": markdown.plain(html, 160),
        "author_id": author,
        "author_name": f"소식여우{author}",
        "author_avatar": "",
        "author_role": "member",
        "comments": COMMENTS[number % 10],
        "views": number * 7919 % 3000,
        "score": _likes(number),
        "published_at": published,
        "active_at": published,
        "removed_at": None if placement else published,
        "removed_by": None if placement else author,
        "revision": 1,
        "tags": " ".join(tags),
        **{field.name: "" for field in BOARD.fields},
    }
    return Written(number, row, body, html)


def _standing(content: Content, number: int) -> tuple[int, str]:
    """Where a post stands, and why nowhere."""
    if number % 1_000 == DELETED_AT:
        return REMOVED, DELETED
    if number % 1_000 == HIDDEN_AT:
        return REMOVED, HIDDEN
    is_pinned = number % max(content.posts // PINNED_POSTS, 1) == 1 and number > 1
    return (PINNED if is_pinned else LISTED), DELETED


def _likes(number: int) -> int:
    return MOST_LIKES if number % 100 == 0 else number % LIKES


def _insert_posts(connection: Connection, written: Sequence[Written]) -> None:
    t = BOARD.tables
    connection.execute(insert(t.post), [post.row for post in written])
    connection.execute(insert(t.text), [{"post_id": one.number, "body": one.body, "html": one.html} for one in written])
    tagged = [
        {"tag": tag, "post_id": one.number, "placement": one.row["placement"], "published_at": one.row["published_at"]}
        for one in written
        for tag in one.row["tags"].split()
    ]
    connection.execute(insert(t.post_tag), tagged)
    liked = [
        {"subject": POST, "subject_id": one.number, "member_id": member, "value": 1, "at": one.row["published_at"]}
        for one in written
        for member in range(1, one.row["score"] + 1)
    ]
    connection.execute(insert(t.vote), liked)


def _insert_comments(connection: Connection, korean: Korean, written: Sequence[Written], first: int) -> int:
    """Every third comment answers the one two before it. `first` is the id of the first one; returns the next."""
    rows: list[dict[str, Any]] = []
    for post in written:
        for place in range(COMMENTS[post.number % 10]):
            body, author = korean.comment(), (post.number + place * 31) % MEMBERS + 1
            number = first + len(rows)
            rows.append(
                {
                    "id": number,
                    "post_id": post.number,
                    "parent_id": number - 2 if place % 3 == 2 else None,
                    "kind": COMMENT,
                    "author_id": author,
                    "author_name": f"소식여우{author}",
                    "author_avatar": "",
                    "author_role": "member",
                    "body": body,
                    "html": markdown.render(body),
                    "created_at": post.row["published_at"] + timedelta(minutes=place),
                }
            )
    if rows:
        connection.execute(insert(BOARD.tables.comment), rows)
    return first + len(rows)
