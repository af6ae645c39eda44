"""Home's app on SQLite and on MariaDB, its index, and helpers to fill and to ask it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert
from tests.apps.conftest import MakeUrl
from tests.apps.home.telling import Tell, teller

from archive_chassis.database import database, session
from archive_chassis.search import Document, Filters, Results, find, merge_all, parse
from archive_chassis.search.folding import normalise
from archive_chassis.testing import Client, make_app, make_settings, new_client
from archive_home.search import learning
from archive_home.search.tables import search_tables

Ask = Callable[..., list[int]]


@pytest.fixture
def app(database_url: MakeUrl, tmp_path: Path) -> Generator[Flask, None, None]:
    made = make_app("home", make_settings("home", tmp_path, database_url("home")))
    yield made
    with made.app_context():
        database().close()


@pytest.fixture
def lite(tmp_path: Path) -> Generator[Flask, None, None]:
    """On SQLite alone, for what does not depend on the database."""
    made = make_app("home", make_settings("home", tmp_path))
    yield made
    with made.app_context():
        database().close()


@pytest.fixture
def client(app: Flask) -> Client:
    return new_client(app)


def post(number: int, **changes: Any) -> dict[str, Any]:
    """The data of a post's event."""
    data: dict[str, Any] = {
        "id": number,
        "board": "guides",
        "title": f"글 제목 {number}",
        "summary": "글 요약",
        "text": f"본문 {number}",
        "url": f"/guides/{number}",
        "author": {"id": 7, "nickname": "새벽토끼", "avatar": ""},
        "category": "보스",
        "game": "",
        "tags": [],
        "image": "",
        "published_at": f"2026-03-01T09:{number % 60:02d}:00Z",
        "comments": 0,
        "score": 0,
        "views": 0,
    }
    return data | changes


@pytest.fixture
def tell(app: Flask) -> Tell:
    """tell(board, type, data, event_id=next): to the index alone."""
    told = teller(app)
    return lambda board, *event, **more: told(learning.place(board), *event, **more)


@pytest.fixture
def ask(app: Flask) -> Ask:
    """ask(query, board=, author_id=, tags=): the ids of the posts on the first page, the best first."""
    return lambda text, **filters: [hit.post_id for hit in results(app, text, **filters).hits]


def results(app: Flask, text: str, page: int = 1, *, particles: bool = True, **filters: Any) -> Results:
    with app.app_context():
        return find(search_tables, parse(text, particles=particles), Filters(**filters), page)


def fill(app: Flask, documents: Iterable[Document]) -> None:
    """Put documents into an empty index all at once."""
    rows = list(enumerate(documents, start=1))
    texts = [{"number": number, "text": normalise(document.text or "")} for number, document in rows]
    heads = [document.columns() | {"number": number, "position": number} for number, document in rows]
    with app.app_context():
        session().execute(insert(search_tables.document), heads)
        session().execute(insert(search_tables.text), texts)
        session().execute(insert(search_tables.pending), [{"number": number} for number, _ in rows])
        session().commit()
        merge_all(search_tables)


def merge(app: Flask) -> None:
    with app.app_context():
        merge_all(search_tables)


def shown(pieces: Sequence[Any]) -> str:
    """A title or snippet with brackets around what is marked."""
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in pieces)
