"""A transaction that InnoDB ends to break a deadlock is run again, and what it does is done once."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select
from tests.apps.chassis import sample
from tests.mariadb import MariaDB

from archive_chassis.database import database, session
from archive_chassis.tables import rate_limit
from archive_chassis.testing import make_app, make_settings, new_client


@pytest.fixture
def innodb(mariadb_server: MariaDB, tmp_path: Path) -> Generator[Flask, None, None]:
    settings = make_settings("news", tmp_path, mariadb_server.create_schema("test_deadlock"))
    app = make_app(sample.service, settings)
    sample.attempts.clear()
    sample.both_hold_one.reset()
    yield app
    with app.app_context():
        database().close()
    mariadb_server.drop_schema("test_deadlock")


def test_both_requests_of_a_deadlock_succeed(innodb: Flask) -> None:
    with innodb.app_context():
        rows = [{"key": key, "window": 0, "used": 0, "expires": 0} for key in ("a", "b")]
        session().execute(insert(rate_limit), rows)
        session().commit()
    answers: list[int] = []

    def use(first: str, second: str) -> None:
        client = new_client(innodb)
        client.login()
        answers.append(client.post(f"/news/pair/{first}/{second}").status_code)

    threads = [threading.Thread(target=use, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sample.attempts) == 3, "there was a deadlock, and its victim tried once more"
    assert answers == [200, 200]
    with innodb.app_context():
        assert session().execute(select(rate_limit.c.used)).scalars().all() == [2, 2]
