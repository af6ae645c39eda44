"""The outbox: recorded with the change, in the order of the commits, on both databases."""

from __future__ import annotations

import threading

from flask import Flask
from sqlalchemy import insert, select

from archive_chassis import events
from archive_chassis.database import session
from archive_chassis.tables import outbox, rate_limit
from archive_chassis.testing import Client, internal_headers


def feed(client: Client, after: int = 0, limit: int = 500) -> dict[str, object]:
    answer = client.get(f"/news/internal/events?after={after}&limit={limit}", headers=internal_headers())
    assert answer.status_code == 200
    return answer.get_json()


def test_an_event_is_served_after_its_commit(client: Client) -> None:
    client.login()
    assert feed(client) == {"events": [], "last": 0}
    client.post("/news/things", data={"name": "꽃"})
    body = feed(client)
    assert body["last"] == 1
    [event] = body["events"]  # type: ignore[misc]
    assert (event["id"], event["type"]) == (1, "thing.added")
    assert event["data"] == {"name": "꽃", "by": "새벽토끼"}
    assert event["at"].endswith("Z")


def test_an_event_is_forgotten_with_its_transaction(client: Client) -> None:
    client.login()
    client.post("/news/things", data={"name": "forgotten"})
    assert feed(client)["last"] == 0
    client.post("/news/things", data={"name": "kept"})
    assert [e["data"]["name"] for e in feed(client)["events"]] == ["kept"]  # type: ignore[attr-defined]


def test_the_feed_is_read_in_batches(client: Client) -> None:
    client.login()
    for number in range(5):
        client.post("/news/things", data={"name": f"n{number}"})
    first = feed(client, limit=3)
    assert [e["id"] for e in first["events"]] == [1, 2, 3]  # type: ignore[attr-defined]
    assert [e["id"] for e in feed(client, after=3)["events"]] == [4, 5]  # type: ignore[attr-defined]
    assert feed(client, after=5) == {"events": [], "last": 5}


def test_a_senseless_position_is_refused(client: Client) -> None:
    for word in ("-1", "x", "1e9", "9" * 30):
        assert client.get(f"/news/internal/events?after={word}", headers=internal_headers()).status_code == 422


def test_ids_follow_the_order_of_the_commits(app: Flask) -> None:
    """A reader that has seen event N never finds an event with a smaller id later: many writers, one watcher."""
    writers, each = 6, 15
    seen: list[int] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def write(number: int) -> None:
        try:
            for turn in range(each):
                with app.app_context():
                    current = session()
                    row = {"key": f"{number}-{turn}", "window": 0, "used": 1, "expires": 0}
                    current.execute(insert(rate_limit).values(row))  # a change of its own before the shared counter
                    events.record(current, "tick", {"by": number})
                    current.commit()
        except BaseException as error:
            failed.append(error)

    def watch() -> None:
        while not done.is_set():
            with app.app_context():
                seen.extend(e["id"] for e in events.read_after(seen[-1] if seen else 0, 500))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    watcher = threading.Thread(target=watch)
    for thread in (*threads, watcher):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    watcher.join()
    assert failed == []
    with app.app_context():
        seen.extend(e["id"] for e in events.read_after(seen[-1] if seen else 0, 500))
        stored = session().execute(select(outbox.c.id).order_by(outbox.c.id)).scalars().all()
    assert seen == list(range(1, writers * each + 1)) == list(stored)


def test_the_content_version_moves_with_every_change(app: Flask, client: Client) -> None:
    client.login()
    with app.app_context():
        before = events.content_version()
    client.post("/news/things", data={"name": "꽃"})
    with app.app_context():
        assert events.content_version() == before + 1
