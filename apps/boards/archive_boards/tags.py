"""Tags: words that their writers give posts. Kept in `post.tags` for showing, in `post_tag` for finding."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.tables import REMOVED
from archive_chassis.database import reader

MOST = 5
LONGEST = 20
#: Tags on the page of tags.
SHOWN = 100

_SEPARATORS = re.compile(r"[\s,#]+")
_TAG = re.compile(r"[\w.+-]{1,20}")
#: The same for JSON Schema, where `\w` is ASCII alone.
PATTERN = r"^[\p{L}\p{Nd}_.+-]+$"


def parse(text: str) -> tuple[str, ...]:
    """The tags in what somebody typed ("#보스, 초보 보스"): NFKC, lower case, each once, in their order."""
    words = _SEPARATORS.split(unicodedata.normalize("NFKC", text).casefold())
    return tuple(dict.fromkeys(word for word in words if word))


def problem(tags: Sequence[str]) -> str:
    """What is wrong with them; "" when nothing is."""
    if len(tags) > MOST:
        return "태그는 5개까지 달 수 있어요"
    if any(not _TAG.fullmatch(tag) for tag in tags):
        return "태그는 20자까지, 글자와 숫자로 적어 주세요"
    return ""


def split(stored: str) -> tuple[str, ...]:
    """The tags in a stored `post.tags`."""
    return tuple(stored.split())


def attach(
    current: Session, board: Board, post_id: int, placement: int, published_at: datetime, tags: Sequence[str]
) -> None:
    """Give a new post its tags, and count them if it is shown."""
    if not tags:
        return
    rows = [
        {"tag": tag, "post_id": post_id, "placement": placement, "published_at": published_at} for tag in sorted(tags)
    ]
    current.execute(insert(board.tables.post_tag), rows)
    if placement > REMOVED:
        _count(current, board, tags, 1)


def change(
    current: Session,
    board: Board,
    post_id: int,
    before: Sequence[str],
    after: Sequence[str],
    placement: int,
    published_at: datetime,
) -> None:
    """Replace the tags of a post that stands at `placement`. The post is locked."""
    t = board.tables.post_tag
    dropped = sorted(set(before) - set(after))
    if dropped:
        current.execute(delete(t).where(t.c.post_id == post_id, t.c.tag.in_(dropped)))
        if placement > REMOVED:
            _count(current, board, dropped, -1)
    attach(current, board, post_id, placement, published_at, sorted(set(after) - set(before)))


def follow(current: Session, board: Board, post: AnyRow, placement: int, published_at: datetime | None = None) -> None:
    """A post (a row of `rows.find`, locked) goes to another placement, or another time: its tags go with it."""
    tags = split(post.tags)
    if not tags:
        return
    t = board.tables.post_tag
    values = {"placement": placement} | ({"published_at": published_at} if published_at else {})
    current.execute(update(t).where(t.c.post_id == post.id).values(values))
    if (post.placement > REMOVED) != (placement > REMOVED):
        _count(current, board, tags, 1 if placement > REMOVED else -1)


def most_used(board: Board) -> list[AnyRow]:
    """The tags that most posts carry: name, posts; one statement."""
    t = board.tables.tag
    query = select(t.c.name, t.c.posts).where(t.c.posts > 0).order_by(t.c.posts.desc(), t.c.name).limit(SHOWN)
    return list(reader().execute(query))


def _count(current: Session, board: Board, tags: Sequence[str], by: int) -> None:
    """Count posts in or out of tags, in the order of the names: two writers never wait for each other in a circle.

    One statement; both databases work its rows off in the order in which they are given.
    """
    t = board.tables.tag
    counted: ColumnElement[int] = t.c.posts + by
    rows = [{"name": tag, "posts": max(by, 0)} for tag in sorted(tags)]
    if current.connection().dialect.name == "sqlite":
        adding = sqlite_insert(t).values(rows)
        current.execute(adding.on_conflict_do_update(index_elements=["name"], set_={"posts": counted}))
    else:
        current.execute(mysql_insert(t).values(rows).on_duplicate_key_update(posts=counted))
