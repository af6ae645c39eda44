"""Home's index follows the boards' feeds from their beginning, through places of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select
from tests.apps.chassis import sample
from tests.apps.conftest import MakeUrl
from tests.apps.search.conftest import Ask, post
from tests.apps.serving import served
from werkzeug.serving import BaseWSGIServer

from archive_chassis import events
from archive_chassis.consumer import FeedError, FeedReader, apply_new
from archive_chassis.database import database, reader, session
from archive_chassis.search import merging
from archive_chassis.tables import event_offset
from archive_chassis.testing import INTERNAL_TOKEN, KEYS, SECRET_KEY, SITE, make_app, make_settings, public_key_set
from archive_home.application import service
from archive_home.search import learning, rebuild
from archive_home.search.tables import search_tables


@pytest.fixture
def board(tmp_path: Path) -> Flask:
    """A service called news that records events and serves them."""
    return make_app(sample.service, make_settings("news", tmp_path))


@pytest.fixture
def server(board: Flask) -> Generator[BaseWSGIServer, None, None]:
    with served(board) as made:
        yield made


@pytest.fixture
def app(database_url: MakeUrl, tmp_path: Path, server: BaseWSGIServer) -> Generator[Flask, None, None]:
    origins = {"news": f"http://127.0.0.1:{server.server_port}"}
    made = make_app("home", make_settings("home", tmp_path, database_url("home"), origins=origins))
    yield made
    with made.app_context():
        database().close()


def record(board: Flask, kind: str, **data: object) -> None:
    with board.app_context():
        events.record(session(), kind, post(**data) if kind != "post.removed" else data)  # type: ignore[arg-type]
        session().commit()


def learn(app: Flask, name: str = "news") -> None:
    consumer = next(each for each in service.consumers if each.place == learning.place(name))
    with app.app_context():
        feeds = FeedReader(app.extensions["archive_settings"])
        while apply_new(feeds, "home", consumer):
            pass


def places(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {row.source: row.position for row in reader().execute(select(event_offset))}


def test_it_reads_what_was_told_before_it_was_there(app: Flask, board: Flask, ask: Ask) -> None:
    record(board, "post.published", number=1, title="보스 공략", text="회피를")
    record(board, "post.published", number=2, title="지운 공략")
    record(board, "post.removed", id=2)
    with app.app_context():  # the front page has long read all of it
        session().execute(event_offset.insert().values(source="news", position=3))
        session().commit()
    learn(app)
    assert ask("공략") == ask("회피") == [1]
    assert places(app) == {"news": 3, "news search": 3}


def test_a_board_that_does_not_answer_keeps_nobody_up(app: Flask, server: BaseWSGIServer) -> None:
    with pytest.raises(FeedError):  # the worker tries again later; ARCHIVE_ORIGINS does not name it
        learn(app, "qa")
    learn(app)


def test_an_index_that_was_given_up_is_read_anew(app: Flask, board: Flask, ask: Ask) -> None:
    record(board, "post.published", number=1, title="보스 공략", text="옛 본문")
    record(board, "post.changed", number=1, title="보스 공략", text="새 본문")
    learn(app)
    with app.app_context():
        for table in (search_tables.document, search_tables.text, search_tables.posting):
            session().execute(delete(table))
        session().commit()
        rebuild.reread("news")
    assert ask("공략") == []
    learn(app)
    assert ask("공략") == ask("새 본문") == [1]
    assert ask("옛") == []


def test_reading_anew_never_brings_back_what_was_removed_since(app: Flask, board: Flask, ask: Ask) -> None:
    record(board, "post.published", number=1, title="보스 공략")
    learn(app)
    record(board, "post.removed", id=1)
    learn(app)
    with app.app_context():
        rebuild.reread("news")
        monitored: list[list[int]] = []
        original = merging.merge

    def watch(tables: object) -> int:
        monitored.append(ask("공략"))
        return original(search_tables)

    merging.merge = watch  # type: ignore[assignment]
    try:
        learn(app)
    finally:
        merging.merge = original
    assert monitored
    assert not any(monitored), "not even for a moment"


def test_the_command_rebuilds_and_rereads(app: Flask, board: Flask, tmp_path: Path) -> None:
    record(board, "post.published", number=1, title="보스 공략")
    learn(app)
    with app.app_context():
        url = app.extensions["archive_settings"].database_url.get_secret_value()
    own = {
        "ARCHIVE_SITE": " ".join(f"{name}={path}" for name, path in SITE.items()),
        "ARCHIVE_DATA_DIR": str(tmp_path),
        "ARCHIVE_SECRET_KEY": SECRET_KEY,
        "ARCHIVE_INTERNAL_TOKEN": INTERNAL_TOKEN,
        "ARCHIVE_VERIFICATION_KEYS": json.dumps(public_key_set(KEYS)),
        "ARCHIVE_HOME_DATABASE_URL": url,
    }
    done = subprocess.run(
        [sys.executable, "-m", "archive_home.search.rebuild", "--reread", "news"],
        env=dict(os.environ) | own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert json.loads(done.stdout) == {"blocks": 1, "documents": 1, "reread": ["news"]}, done.stderr
    assert "news search" not in places(app)
