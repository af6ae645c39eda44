"""Events cross from one service to another over real HTTP, each exactly once."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.apps.chassis import sample
from tests.apps.serving import served

from archive_chassis import events
from archive_chassis.consumer import FeedError, FeedReader, apply_new
from archive_chassis.database import session
from archive_chassis.events import MAX_BATCH
from archive_chassis.service import Consumer, Event
from archive_chassis.tables import event_offset
from archive_chassis.testing import make_app, make_settings


@pytest.fixture
def producer(tmp_path: Path) -> Flask:
    """The service that records events, on SQLite; what differs between databases is the consumer's side."""
    return make_app(sample.service, make_settings("news", tmp_path / "producer"))


@pytest.fixture
def origin(producer: Flask) -> Generator[str, None, None]:
    with served(producer) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def reader_of(origin: str, folder: Path) -> FeedReader:
    return FeedReader(make_settings("guides", folder, origins={"news": origin}))


def record(producer: Flask, *names: str) -> None:
    with producer.app_context():
        for name in names:
            events.record(session(), "thing.added", {"name": name})
        session().commit()


class Noted:
    """A consumer that applies by recording an event of its own service, in the same transaction as the offset."""

    def __init__(self) -> None:
        self.refuse = False
        self.consumer = Consumer("news", self.apply)

    def apply(self, current: Session, event: Event) -> None:
        if self.refuse:
            raise RuntimeError("on purpose")
        events.record(current, "noted", {"name": event.data["name"], "id": event.id})


def noted(app: Flask) -> list[str]:
    with app.app_context():
        return [event["data"]["name"] for event in events.read_after(0, 10_000)]


def position(app: Flask) -> int | None:
    with app.app_context():
        return session().execute(select(event_offset.c.position)).scalar_one_or_none()


def test_events_arrive_once_and_in_order(app: Flask, producer: Flask, origin: str, tmp_path: Path) -> None:
    feeds, into = reader_of(origin, tmp_path), Noted()
    with app.app_context():
        assert apply_new(feeds, "guides", into.consumer) == 0
    record(producer, "가", "나")
    record(producer, "다")
    with app.app_context():
        assert apply_new(feeds, "guides", into.consumer) == 3
        assert apply_new(feeds, "guides", into.consumer) == 0
    record(producer, "라")
    with app.app_context():
        assert apply_new(feeds, "guides", into.consumer) == 1
    assert noted(app) == ["가", "나", "다", "라"]


def test_more_than_a_batch_is_fetched_in_parts(app: Flask, producer: Flask, origin: str, tmp_path: Path) -> None:
    feeds, into = reader_of(origin, tmp_path), Noted()
    names = [str(number) for number in range(MAX_BATCH + 7)]
    record(producer, *names)
    with app.app_context():
        assert [apply_new(feeds, "guides", into.consumer) for _ in range(3)] == [MAX_BATCH, 7, 0]
    assert noted(app) == names


def test_a_failure_applies_nothing_and_is_made_good_later(
    app: Flask, producer: Flask, origin: str, tmp_path: Path
) -> None:
    feeds, into = reader_of(origin, tmp_path), Noted()
    record(producer, "가", "나")
    into.refuse = True
    with app.app_context(), pytest.raises(RuntimeError, match="on purpose"):
        apply_new(feeds, "guides", into.consumer)
    assert (noted(app), position(app)) == ([], None)
    into.refuse = False
    with app.app_context():
        assert apply_new(feeds, "guides", into.consumer) == 2
    assert (noted(app), position(app)) == (["가", "나"], 2)


def test_many_workers_at_once_apply_each_event_once(app: Flask, producer: Flask, origin: str, tmp_path: Path) -> None:
    names = [str(number) for number in range(40)]
    together, failures = threading.Barrier(4), list[BaseException]()

    def work() -> None:
        feeds, into = reader_of(origin, tmp_path), Noted()
        together.wait()
        for _ in range(10):
            try:
                with app.app_context():
                    apply_new(feeds, "guides", into.consumer)
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for start in range(0, 40, 5):
        record(producer, *names[start : start + 5])
    for thread in threads:
        thread.join()
    with app.app_context():
        apply_new(reader_of(origin, tmp_path), "guides", Noted().consumer)
    assert noted(app) == names
    assert not failures


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"internal_token": "not-the-token-that-the-services-share"}, "news answered 403"),
        ({"origins": {}}, "ARCHIVE_ORIGINS does not say where 'news' answers"),
        ({"origins": {"news": "http://127.0.0.1:1"}}, "news does not answer"),
    ],
)
def test_a_feed_that_cannot_be_read_says_why(
    origin: str, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    values: dict[str, Any] = {"origins": {"news": origin}} | changes
    settings = make_settings("guides", tmp_path, **values)
    with pytest.raises(FeedError, match=message):
        FeedReader(settings).fetch("news", 0)
