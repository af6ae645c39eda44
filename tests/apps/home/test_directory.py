"""Home's directory of members: read from the beginning of auth's feed, whatever home had read of it before."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from tests.apps.boards.test_races import at_once
from tests.apps.chassis import sample
from tests.apps.home.members import House
from tests.apps.serving import served
from werkzeug.serving import BaseWSGIServer, make_server

from archive_chassis import events
from archive_chassis.consumer import FeedReader, apply_new
from archive_chassis.database import reader, session
from archive_chassis.testing import make_app, make_settings, new_client
from archive_chassis.worker import Task
from archive_home import directory, service
from archive_home.tables import directory_member


@pytest.fixture
def auth(tmp_path: Path) -> Flask:
    """A service called auth that records events and serves them."""
    return make_app(sample.service, make_settings("auth", tmp_path / "auth"))


@pytest.fixture
def server(auth: Flask) -> Generator[BaseWSGIServer, None, None]:
    with served(auth) as made:
        yield made


def record(auth: Flask, kind: str, **data: Any) -> None:
    with auth.app_context():
        events.record(session(), kind, data)
        session().commit()


def read_from(app: Flask, server: BaseWSGIServer) -> None:
    """Home asks this server for auth's feed."""
    settings = app.extensions["archive_settings"]
    origins = {"auth": f"http://127.0.0.1:{server.server_port}"}
    app.extensions["archive_settings"] = settings.model_copy(update={"origins": origins})


def learn(app: Flask) -> str:
    """What the background process does with the directory's consumer."""
    with app.app_context():
        while apply_new(FeedReader(app.extensions["archive_settings"]), "home", directory.consumer):
            pass
    return "done"


def entries(app: Flask) -> list[Any]:
    t = directory_member.c
    with app.app_context():
        return [tuple(row) for row in reader().execute(select(t.id, t.nickname, t.gone).order_by(t.id))]


def test_members_from_before_the_directory_are_in_it(app: Flask, auth: Flask, server: BaseWSGIServer) -> None:
    read_from(app, server)
    record(auth, "member.registered", id=1, nickname="새벽토끼", avatar="")
    record(auth, "member.registered", id=2, nickname="달빛기사", avatar="")
    record(auth, "member.renamed", id=2, nickname="한낮기사", avatar="/auth/avatars/a.webp")
    consumer = next(each for each in service.consumers if each.source == "auth")
    with app.app_context():  # the release before has read all of it, and passed over the registrations
        assert apply_new(FeedReader(app.extensions["archive_settings"]), "home", consumer) == 3
        assert entries(app) == []
    learn(app)
    assert entries(app) == [(1, "새벽토끼", False), (2, "한낮기사", False)]
    record(auth, "member.deleted", id=1)
    learn(app)
    assert entries(app) == [(1, "", True), (2, "한낮기사", False)]


def test_two_workers_learn_the_same_once(app: Flask, auth: Flask, server: BaseWSGIServer) -> None:
    read_from(app, server)
    for number in range(1, 31):
        record(auth, "member.registered", id=number, nickname=f"회원{number}", avatar="")

    assert at_once(*[partial(learn, app)] * 3) == ["done"] * 3
    assert len(entries(app)) == 30


def test_auth_that_does_not_answer_leaves_every_page_as_it_is(app: Flask, auth: Flask, server: BaseWSGIServer) -> None:
    house = House(app)
    house.settle()
    unused = make_server("127.0.0.1", 0, auth)
    read_from(app, unused)
    unused.server_close()
    task = Task("home consumes auth", app, 1, partial(learn, app))
    task.attempt()
    assert task.failures == 1
    for address in ("/", "/members/1", "/about"):
        assert new_client(app).get(address).status_code == 200
    for address in ("/", "/members/1", "/notifications", "/notifications/settings", "/notifications/unread"):
        assert house.browser(1).get(address).status_code == 200
