"""A member's page: who they are, how much they have written on each board, and their newest posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import false, func, select

from archive_chassis.cache import cached_page
from archive_chassis.database import reader
from archive_chassis.i18n import _
from archive_chassis.identity import require_member
from archive_chassis.pagination import Cursor, Page, page, paged
from archive_chassis.templating import path, render
from archive_home import boards, directory, front
from archive_home.front import Post
from archive_home.tables import front_post

blueprint = Blueprint("profiles", __name__)

PAGE_SIZE = 20


@dataclass(frozen=True)
class Profile:
    """What `profile.html` shows. found: a row of `directory.find`. counts: board → posts, where there are any."""

    found: Any
    counts: dict[str, int]
    posts: Page[Post]


def _is_somebody_else(member_id: int) -> bool:
    return require_member().id != member_id


@blueprint.get("/members/<int(max=9223372036854775807):member_id>")
@cached_page(front.version, alike=_is_somebody_else)
def show_member(member_id: int) -> ResponseReturnValue:
    cursor, titles = Cursor.decode(request.args.get("cursor"), 3), boards.titles()
    profile = read(member_id, cursor, titles)
    # Each leads to the board's own list of what they wrote.
    links = [
        (f"{_(titles[board])} {count}", path(board, f"/?author={member_id}"), False)
        for board, count in profile.counts.items()
    ]
    return render("profile.html", profile=profile, first=cursor is None, links=links)


def read(member_id: int, cursor: Cursor | None, titles: dict[str, str]) -> Profile:
    """A member's page; three statements. NotFound, Gone for one who has left."""
    found = directory.find(member_id)
    t = front_post.c
    theirs = (t.author_id == member_id, t.removed == false())
    counted = select(t.board, func.count().label("posts")).where(*theirs).group_by(t.board)
    counts: dict[str, int] = {row.board: row.posts for row in reader().execute(counted)}
    query = select(*(t[name] for name in Post._fields), t.post_id).where(*theirs)
    rows = reader().execute(paged(query, [t.published_at, t.board, t.post_id], cursor, PAGE_SIZE)).all()
    posts = page(rows, ["published_at", "board", "post_id"], cursor, PAGE_SIZE)
    return Profile(
        found=found,
        counts={board: counts[board] for board in titles if board in counts},
        posts=Page([_beside_its_board(row, titles) for row in posts.rows], posts.previous, posts.next),
    )


def _beside_its_board(row: Any, titles: dict[str, str]) -> Post:
    """A post whose category says on which board it is."""
    post = Post.of(row[:-1])
    board = _(titles.get(post.board, post.board))
    return post._replace(category=f"{board} · {post.category}" if post.category else board)
