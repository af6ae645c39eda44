"""Home's background process against a real feed: another service's app, served over HTTP on 127.0.0.1."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from flask import Flask
from tests.apps.chassis import sample
from tests.apps.home.conftest import post
from tests.apps.serving import served
from werkzeug.serving import BaseWSGIServer, make_server

from archive_chassis import events
from archive_chassis.consumer import FeedReader, apply_new
from archive_chassis.database import session
from archive_chassis.settings import Settings
from archive_chassis.testing import make_app, make_settings, new_client
from archive_chassis.worker import Task, run_until
from archive_home import service

NEWS = next(consumer for consumer in service.consumers if consumer.source == "news")


@pytest.fixture
def board(tmp_path: Path) -> Flask:
    """A service called news that records events and serves them."""
    return make_app(sample.service, make_settings("news", tmp_path))


@pytest.fixture
def server(board: Flask) -> Generator[BaseWSGIServer, None, None]:
    with served(board) as made:
        yield made


@pytest.fixture
def feeds(server: BaseWSGIServer, tmp_path: Path) -> FeedReader:
    return FeedReader(reading_from(tmp_path, server.server_port))


def reading_from(folder: Path, port: int) -> Settings:
    return make_settings("home", folder, origins={"news": f"http://127.0.0.1:{port}"})


def record(board: Flask, *numbers: int, kind: str = "post.published") -> None:
    with board.app_context():
        for number in numbers:
            events.record(session(), kind, post(number))
        session().commit()


def test_the_worker_brings_what_a_board_tells_to_the_front_page(app: Flask, board: Flask, feeds: FeedReader) -> None:
    record(board, 1, 2)
    stopped = threading.Event()

    def consume() -> None:
        apply_new(feeds, "home", NEWS)
        if "글 제목 3" in new_client(app).get("/").get_data(as_text=True):
            stopped.set()

    task = Task("home consumes news", app, 0.05, consume)
    worker = threading.Thread(target=run_until, args=(stopped, [task]))
    worker.start()
    record(board, 3)
    worker.join(20)
    assert stopped.is_set(), "the third post never arrived"
    assert not worker.is_alive()
    page = new_client(app).get("/").get_data(as_text=True)
    assert all(f"글 제목 {number}" in page for number in (1, 2, 3))


def test_a_board_that_does_not_answer_leaves_the_front_page_as_it_is(
    app: Flask, board: Flask, feeds: FeedReader, server: BaseWSGIServer, tmp_path: Path
) -> None:
    record(board, 1)
    with app.app_context():
        assert apply_new(feeds, "home", NEWS) == 1
    unused = make_server("127.0.0.1", 0, board)
    silent = FeedReader(reading_from(tmp_path, unused.server_port))
    unused.server_close()
    task = Task("home consumes news", app, 1, lambda: apply_new(silent, "home", NEWS))
    task.attempt()
    assert task.failures == 1
    assert "글 제목 1" in new_client(app).get("/").get_data(as_text=True)
    record(board, 2)
    Task("home consumes news", app, 1, lambda: apply_new(feeds, "home", NEWS)).attempt()
    assert "글 제목 2" in new_client(app).get("/").get_data(as_text=True)
