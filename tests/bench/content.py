"""A news board with many posts, made through the real schema."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from archive_boards.tables import LISTED
from archive_chassis.database import Database
from archive_chassis.health import script_directory
from archive_chassis.migrate import upgrade
from archive_chassis.pagination import Cursor
from archive_chassis.service import find_service
from archive_news import BOARD

PAGE_SIZE = 20
BATCH = 5_000
FIRST = datetime(2025, 1, 1)  # noqa: DTZ001 - columns hold naive UTC
TITLES = ("확장팩 출시일 공개", "2.1 업데이트 정리", "서버 통합 안내", "인디 게임 전시 소식", "겨울 대회 대진표")


def fill(file: Path, posts: int) -> None:
    """Migrate an empty SQLite file and put `posts` posts with a text each into it."""
    url = f"sqlite:///{file}"
    upgrade(url, script_directory(find_service("news").versions))
    store, tables = Database(url), BOARD.tables
    categories = [category.key for category in BOARD.categories]
    own = {field.name: "" for field in BOARD.fields}
    with store.engine.begin() as connection:
        for start in range(1, posts + 1, BATCH):
            numbers = range(start, min(start + BATCH, posts + 1))
            rows = [
                own
                | {
                    "id": number,
                    "placement": LISTED,
                    "category": categories[number % len(categories)],
                    "title": f"{TITLES[number % len(TITLES)]} {number}",
                    "excerpt": "물때에 따라 길이 바뀌는 새 지역과 무기 4종이 추가됩니다.",
                    "author_id": number % 900 + 1,
                    "author_name": f"소식여우{number % 900}",
                    "author_avatar": "",
                    "author_role": "moderator",
                    "comments": number % 7,
                    "views": number % 3000,
                    "published_at": FIRST + timedelta(minutes=number),
                    "revision": 1,
                }
                for number in numbers
            ]
            connection.execute(insert(tables.post), rows)
            body = "## 새 지역\n\n물때에 따라 **길이 바뀝니다**. " + "다음 달에 만나요. " * 40
            html = f"<h2>새 지역</h2>\n<p>{body}</p>"
            connection.execute(insert(tables.text), [{"post_id": n, "body": body, "html": html} for n in numbers])
    store.close()


def cursor_after(number: int) -> str:
    """The cursor of a page that begins after the post with this number."""
    return Cursor("after", ((FIRST + timedelta(minutes=number)).isoformat(), number)).encode()
