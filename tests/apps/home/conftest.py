"""Home's app, on SQLite and on MariaDB, and helpers to tell it of posts."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.apps.conftest import MakeUrl
from tests.apps.home.telling import Tell, teller

from archive_chassis.database import database
from archive_chassis.testing import Client, make_app, make_settings, new_client
from archive_home.tables import BOARDS


@pytest.fixture
def app(database_url: MakeUrl, tmp_path: Path) -> Generator[Flask, None, None]:
    made = make_app("home", make_settings("home", tmp_path, database_url("home")))
    yield made
    with made.app_context():
        database().close()


@pytest.fixture
def client(app: Flask) -> Client:
    return new_client(app)


def post(number: int, **changes: Any) -> dict[str, Any]:
    """The data of a post's event."""
    data = {
        "id": number,
        "board": "news",
        "title": f"글 제목 {number}",
        "summary": f"글 요약 {number}",
        "url": f"/news/{number}",
        "author": {"id": 7, "nickname": "새벽토끼", "avatar": ""},
        "category": "업데이트",
        "image": "",
        "published_at": f"2026-03-01T09:{number % 60:02d}:00Z",
        "comments": 0,
        "score": 0,
        "views": 0,
    }
    return data | changes


@pytest.fixture
def tell(app: Flask) -> Tell:
    """tell(source, type, data, event_id=next)"""
    return teller(app)


def fill(tell: Tell, per_board: int = 12) -> None:
    """Posts on every board, with distinct ids, titles and times."""
    for place, board in enumerate(BOARDS):
        for number in range(place * 100 + 1, place * 100 + 1 + per_board):
            tell(board, "post.published", post(number, board=board, url=f"/{board}/{number}"))
