"""A log-in that ended is believed no more, however long its access token has left."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from tests.apps.boards.site import Site

from archive_chassis import clock, ended_sessions, i18n
from archive_chassis.testing import sent_statements
from archive_chassis.tokens import ACCESS_LIFETIME


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ended_sessions, "REREAD_S", 0.0)


def end(site: Site, sid: str, until: datetime | None = None) -> None:
    ends = i18n.iso(until or clock.naive_now() + ACCESS_LIFETIME)
    site.consume(("session.ended", {"sid": sid, "id": 1, "until": ends}))


def rows(site: Site) -> int:
    with site.database() as store, store.engine.connect() as connection:
        return len(connection.execute(select(ended_sessions.ended_session)).all())


def test_an_access_token_counts_until_its_log_in_ends(guides: Site) -> None:
    client, other = guides.member(), guides.member(2, nickname="반달곰")
    assert client.get("/guides/drafts").status_code == 200
    end(guides, "sid-1")
    assert client.get("/guides/drafts").location == "/auth/login?next=/guides/drafts"
    refused = client.post("/guides/write", data=guides.form())
    assert (refused.status_code, guides.count("post")) == (303, 0)
    assert other.get("/guides/drafts").status_code == 200


def test_it_may_be_told_twice(guides: Site) -> None:
    for _twice in range(2):
        end(guides, "sid-1")
    assert rows(guides) == 1


def test_the_row_goes_when_no_token_can_be_left(guides: Site) -> None:
    end(guides, "sid-1")
    with guides.app.app_context():
        ended_sessions.forget_expired()
        assert rows(guides) == 1
        with clock.moved(timedelta(hours=1)):
            ended_sessions.forget_expired()
    assert rows(guides) == 0


def test_a_feed_that_is_read_anew_leaves_no_rows_of_long_ago(guides: Site) -> None:
    end(guides, "sid-1", clock.naive_now() - timedelta(days=30))
    assert rows(guides) == 0


def test_a_process_asks_for_all_at_once_and_not_with_every_page(guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ended_sessions, "REREAD_S", 3600.0)
    ended_sessions.install(guides.app)
    client = guides.member()
    with sent_statements(guides.app, now_and_then=True) as sent:
        for _page in range(5):
            assert client.get("/guides/drafts").status_code == 200
        assert guides.visitor.get("/guides/").status_code == 200
    assert sum("ended_session" in statement for statement, _values in sent) == 1
