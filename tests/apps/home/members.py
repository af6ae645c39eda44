"""Home as its members' tests see it: who there is, what boards tell of, and the browsers of members."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Table, func, insert, select, update
from tests.apps.home.conftest import post

from archive_chassis import clock
from archive_chassis.consumer import FeedReader, apply_new
from archive_chassis.database import database, session
from archive_chassis.i18n import iso
from archive_chassis.service import Consumer, Event
from archive_chassis.tables import event_offset
from archive_chassis.testing import Client, new_client
from archive_home import consume, directory
from archive_home.tables import BOARDS

#: The members of the tests: id → nickname.
NICKNAMES = {1: "새벽토끼", 2: "달빛기사", 3: "느린달팽이", 4: "Pathfinder", 8: "지킴이"}
AUTHOR, OTHER, THIRD, LATIN, MODERATOR = NICKNAMES


class House:
    """Home's app on one database, told of things as its background process would be."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._numbers = itertools.count(1)

    def tell(self, source: str, kind: str, data: dict[str, Any], event_id: int | None = None, at: str = "") -> None:
        """Apply one event of a board or of auth."""
        event = Event(event_id or next(self._numbers), kind, at or clock.now().isoformat(), data)
        consumers = [consume.member_event, directory.member_event]
        if source in BOARDS:
            consumers = [consume.post_events(source)]
        with self.app.app_context():
            for apply in consumers:
                apply(session(), event)
            session().commit()
            self._move_on()

    @staticmethod
    def _move_on() -> None:
        """Move an offset, as the background process does with every event: kept pages are made anew."""
        own = event_offset.c.source == "auth"
        moved = session().execute(update(event_offset).where(own).values(position=event_offset.c.position + 1))
        if not moved.rowcount:  # type: ignore[attr-defined] - an UPDATE has one
            session().execute(insert(event_offset).values(source="auth", position=1))
        session().commit()

    def settle(self) -> None:
        """The members of NICKNAMES register."""
        for number, nickname in NICKNAMES.items():
            self.tell("auth", "member.registered", {"id": number, "nickname": nickname, "avatar": ""})

    def browser(self, number: int) -> Client:
        client = new_client(self.app)
        client.login(number, NICKNAMES.get(number, f"회원{number}"))
        return client

    def page(self, number: int) -> str:
        """The member's page of notifications."""
        return self.browser(number).get("/notifications").text

    def told(self, number: int) -> list[str]:
        """What that page says, the newest first."""
        return sentences(self.page(number))

    def unread(self, number: int) -> int:
        return self.browser(number).get("/notifications/unread", headers={"Accept": "application/json"}).json["unread"]

    def count(self, table: Table, **values: Any) -> int:
        """The rows of a table with these values."""
        where = [table.c[name] == value for name, value in values.items()]
        with self.database() as connection:
            return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

    @contextmanager
    def database(self) -> Iterator[Any]:
        with self.app.app_context(), database().engine.connect() as connection:
            yield connection


class Told(FeedReader):
    """A feed that tells what it was given, to whoever asks."""

    def __init__(self, app: Flask, events: list[Event]) -> None:
        super().__init__(app.extensions["archive_settings"])
        self._events = events

    def fetch(self, source: str, after: int) -> list[Event]:  # noqa: ARG002 - it has one feed alone
        return [event for event in self._events if event.id > after][:500]


def consume_all(app: Flask, board: str, events: list[Event]) -> int:
    """Apply a board's events with home's own consumer, its offset and all; how many were new."""
    with app.app_context():
        applied = 0
        while step := apply_new(Told(app, events), "home", Consumer(board, consume.post_events(board))):
            applied += step
        return applied


def sentences(page: str) -> list[str]:
    """What the notifications of a page say, the newest first."""
    found = re.findall(r'class="notification__title"[^>]*>(.*?)</a>', page, re.DOTALL)
    return [re.sub(r"<span class=\"new-dot\">.*?</span></span>", "", each).strip() for each in found]


def links(page: str) -> list[str]:
    """Where the notifications of a page lead."""
    return re.findall(r'class="notification__title" href="([^"]+)"', page)


def comment(number: int, by: int = OTHER, **changes: Any) -> dict[str, Any]:
    """The data of `comment.added`: a comment on AUTHOR's post 7."""
    data = {
        "id": number,
        "board": "guides",
        "kind": "comment",
        "url": f"/guides/7#comment-{number}",
        "author": {"id": by, "nickname": NICKNAMES.get(by, "?"), "avatar": ""},
        "post": {"id": 7, "title": "글 제목 7", "author_id": AUTHOR},
        "parent_author_id": None,
        "excerpt": f"댓글 {number}의 첫머리",
        "mentions": [],
    }
    return data | changes


def written(number: int = 7, by: int = AUTHOR, **changes: Any) -> dict[str, Any]:
    """The data of `post.published` and `post.changed`: a post of AUTHOR's, of now."""
    author = {"id": by, "nickname": NICKNAMES.get(by, "?"), "avatar": ""}
    at = iso(clock.naive_now())
    return post(number, board="guides", url=f"/guides/{number}", author=author, published_at=at, mentions=[]) | changes


def accepted(number: int = 30, by: int = AUTHOR, answerer: int = OTHER) -> dict[str, Any]:
    """The data of `answer.accepted`."""
    return {
        "board": "qa",
        "id": number,
        "answerer_id": answerer,
        "by": {"id": by, "nickname": NICKNAMES[by]},
        "post": {"id": 5, "title": "질문 5"},
        "url": f"/qa/5#comment-{number}",
    }


def moderated(action: str = "hide", member: int = AUTHOR, **changes: Any) -> dict[str, Any]:
    """The data of `moderated`: something was done with post 7."""
    data = {
        "board": "guides",
        "action": action,
        "member_id": member,
        "subject": "post",
        "post": {"id": 7, "title": "글 제목 7"},
        "reason": "",
        "url": "/guides/7",
    }
    return data | changes
