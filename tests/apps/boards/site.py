"""A board as its tests see it: the app, browsers that are members, and the shortest ways to content."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from archive_boards.board import Board
from archive_boards.service import find_board
from archive_boards.transfer import importing
from archive_boards.transfer.lines import Rules
from archive_boards.views import ViewCounter, counter
from archive_chassis.database import Database, database
from archive_chassis.events import read_after
from archive_chassis.service import Event, find_service
from archive_chassis.settings import Settings
from archive_chassis.testing import Client, make_app, make_settings, new_client, sent_statements

#: What each board's own form needs beside title, body and category.
OWN = {"news": {}, "guides": {"game": "잿빛 왕관", "difficulty": "hard"}, "qa": {}}
WRITER, OTHER, MODERATOR, ADMIN = 1, 2, 8, 9


def shown(site: Site, post_id: int) -> str:
    """What a visitor sees of a post's page: without its head, which holds some of it again for search engines."""
    return site.visitor.get(f"/{site.name}/{post_id}").text.split("</head>", 1)[1]


class Site:
    """One board's app on one database."""

    def __init__(self, name: str, folder: Path, url: str | None = None) -> None:
        self.name = name
        self.settings: Settings = make_settings(name, folder, url)
        self.app: Flask = make_app(name, self.settings)
        self.board: Board = find_board(name)
        self.visitor = new_client(self.app)

    def another_process(self) -> Flask:
        """A second app on the same database, with memory of its own."""
        app = find_service(self.name).create_app(self.settings)
        app.test_client_class = Client
        return app

    def views(self, app: Flask | None = None) -> ViewCounter:
        with (app or self.app).app_context():
            return counter()

    def close(self) -> None:
        self.views().close()
        with self.database() as store:
            store.close()

    def member(self, number: int = WRITER, nickname: str = "", role: str = "member", **more: Any) -> Client:
        client = new_client(self.app)
        client.login(number, nickname or f"회원{number}", role, **more)
        return client

    def moderator(self) -> Client:
        return self.member(MODERATOR, "지킴이", "moderator")

    def admin(self) -> Client:
        return self.member(ADMIN, "운영자", "admin")

    def form(self, **changes: str) -> dict[str, str]:
        base = {"title": "제목입니다", "body": "본문입니다", "category": self.board.categories[0].key}
        return base | OWN[self.name] | changes

    def write(self, client: Client, **changes: str) -> int:
        """Publish a post; its id."""
        answer = client.post(f"/{self.name}/write", data=self.form(**changes))
        assert answer.status_code == 303, answer.text
        return int(answer.location.rsplit("/", 1)[1])

    def comment(
        self, client: Client, post_id: int, body: str = "댓글이에요", kind: str = "comments", **more: Any
    ) -> int:
        """Comment, reply or answer; its id."""
        answer = client.post(f"/{self.name}/{post_id}/{kind}", data={"body": body, **more})
        assert answer.status_code == 303, answer.text
        return int(answer.location.rsplit("-", 1)[1])

    def fill(self, lines: Sequence[dict[str, Any]]) -> None:
        """Import posts, as a transfer does."""
        source = io.BytesIO("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())
        with self.app.app_context(), database().sessions() as current:
            importing.write(current, self.board, source, Rules.of(self.board), 0, f"/{self.name}")
            current.commit()

    def many(self, count: int, **changes: Any) -> None:
        """`count` posts, 글 1 the oldest, a minute apart."""
        self.fill([self.line(f"글 {n}", published_at=f"-PT{count - n + 1}M", **changes) for n in range(1, count + 1)])

    def line(self, title: str, **changes: Any) -> dict[str, Any]:
        author = {"id": 100, "nickname": "소식여우"}
        base = {"title": title, "body": "본문", "category": self.board.categories[0].key, "author": author}
        return base | {"published_at": "-PT1H"} | OWN[self.name] | changes

    def column(self, name: str, post_id: int) -> Any:
        t = self.board.tables.post
        with self.database() as store, store.engine.connect() as connection:
            return connection.execute(select(t.c[name]).where(t.c.id == post_id)).scalar_one()

    def count(self, table: str) -> int:
        with self.database() as store, store.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(getattr(self.board.tables, table))).scalar_one()

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        with self.app.app_context():
            return [one for one in read_after(0, 5000) if kind in ("", one["type"])]

    def consume(self, *events: tuple[str, dict[str, Any]]) -> None:
        """Apply auth's events, as the background process does."""
        (consumer,) = find_service(self.name).consumers
        with self.app.app_context(), database().sessions() as current:
            for kind, data in events:
                consumer.apply(current, Event(id=1, type=kind, at="2026-01-01T00:00:00Z", data=data))
            current.commit()

    def eventually(self, check: Callable[[], bool], seconds: float = 10) -> bool:
        """Whether `check` becomes true before the deadline."""
        deadline = time.monotonic() + seconds
        while not check():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    @contextmanager
    def database(self) -> Iterator[Database]:
        with self.app.app_context():
            yield database()

    def statements(self) -> AbstractContextManager[list[tuple[str, Any]]]:
        """The SQL that the app sends within the block, each with its values."""
        return sent_statements(self.app)
