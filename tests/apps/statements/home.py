"""Home's pages, and a home that was told of a given number of everything."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert
from tests.apps.home.conftest import post
from tests.apps.home.members import NICKNAMES, House, consume_all
from tests.apps.search.conftest import fill as fill_index
from tests.apps.statements.visits import MEMBER, Place, Table, Visit, browsers

from archive_chassis import clock
from archive_chassis.database import database, session
from archive_chassis.search import Document
from archive_chassis.service import Event
from archive_chassis.testing import make_app, make_settings
from archive_home.notifications.tables import REPLY, SHOWN, notification
from archive_home.tables import BOARDS, member_visit

HOME_VISITS: Table = {
    "/": [Visit("/"), Visit("/", "member"), Visit("/", "other")],
    "/<any(about, rules, privacy):name>": [Visit("/about"), Visit("/rules", "member")],
    "/favicon.ico": [Visit("/favicon.ico", status=302)],
    "/feed.atom": [Visit("/feed.atom")],
    "/health/live": [Visit("/health/live")],
    "/health/ready": [Visit("/health/ready")],
    "/internal/events": [Visit("/internal/events", "service")],
    "/manifest.webmanifest": [Visit("/manifest.webmanifest", status=302)],
    "/members/<int(max=9223372036854775807):member_id>": [Visit("/members/1"), Visit("/members/1", "member")],
    "/metrics": [Visit("/metrics", "service")],
    "/notifications": [Visit("/notifications", "member")],
    "/notifications/<int(max=9223372036854775807):notification_id>": [Visit("/notifications/1", "member", 303)],
    "/notifications/settings": [Visit("/notifications/settings", "member")],
    "/notifications/unread": [Visit("/notifications/unread", "member")],
    "/opensearch.xml": [Visit("/opensearch.xml")],
    "/robots.txt": [Visit("/robots.txt")],
    "/search": [
        Visit("/search"),
        Visit("/search?q=보스"),
        Visit("/search?q=보스", "member"),
        Visit("/search?q=보스 공략 흔한&board=guides&author=1&tag=흔한"),
        Visit("/search?q=보스 공략&page=2"),
        Visit("/search?q=보수"),
        Visit("/search?q=ㅂㅅ"),
        Visit("/search?q=없는말뿐이에요"),
    ],
    "/search/similar": [
        Visit("/search/similar?board=qa&title=보스 공략"),
        Visit("/search/similar?board=qa&title=보수"),
    ],
    "/sitemap.xml": [Visit("/sitemap.xml")],
    "/static/<path:name>": [Visit("/static/base.css")],
    "/styleguide": [Visit("/styleguide")],
}


@contextmanager
def filled(folder: Path, rows: int) -> Generator[Place]:
    """Home with `rows` posts of each board in its read model and in its index, and as many notifications."""
    folder.mkdir()
    app = make_app("home", make_settings("home", folder))
    House(app).settle()
    numbers = range(1, rows + 1)
    for board in BOARDS:
        told = [_told(board, number) for number in numbers]
        assert consume_all(app, board, told) == rows
    fill_index(app, (_document(board, number) for board in BOARDS for number in numbers))
    now = clock.naive_now()
    with app.app_context():
        session().execute(insert(notification), [_notification(number) for number in numbers])
        # The member comes back after a day; the other one's first visit is still to come.
        earlier = {"since_at": now - timedelta(days=3), "seen_at": now - timedelta(days=1)}
        session().execute(insert(member_visit).values(member_id=MEMBER, **earlier))
        session().commit()
    yield Place(app, "", browsers(app))
    _close(app)


def _close(app: Flask) -> None:
    with app.app_context():
        database().close()


def _told(board: str, number: int) -> Event:
    """What a board tells of a post; every other one is the member's."""
    author = MEMBER if number % 2 else 2
    data = post(number, board=board, url=f"/{board}/{number}", published_at=_published(number).isoformat() + "Z")
    data |= {"author": {"id": author, "nickname": NICKNAMES[author], "avatar": ""}}
    return Event(number, "post.published", clock.now().isoformat(), data)


def _published(number: int) -> Any:
    return clock.naive_now() - timedelta(minutes=number)


def _document(board: str, number: int) -> Document:
    return Document(
        board=board,
        post_id=number,
        title=f"보스 공략 {number}",
        url=f"/{board}/{number}",
        author_id=MEMBER if number % 2 else 2,
        author="새벽토끼",
        published_at=_published(number),
        text=f"흔한 보스를 잡는 공략이에요. 여섯째 {number}번째 글.",
        tags=("흔한",),
    )


def _notification(number: int) -> dict[str, Any]:
    return {
        "member_id": MEMBER,
        "board": "news",
        "kind": REPLY,
        "subject": f"comment {number}",
        "action": "comment",
        "post_id": number,
        "comment_id": number,
        "actor_id": 2,
        "title": f"글 제목 {number}",
        "text": "댓글이에요",
        "url": f"/news/{number}#comment-{number}",
        "created_at": clock.naive_now(),
        "unread": True,
        "withdrawn": SHOWN,
    }
