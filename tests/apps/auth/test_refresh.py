"""Refreshing: rotation, the race of two tabs, reuse, and nothing typed is lost."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from tests.apps.auth.site import Site, cookie, cookies_set, is_logged_in, log_in
from werkzeug.test import TestResponse

from archive_auth.models import LoginSession, RefreshToken
from archive_auth.services.expiry import forget_expired
from archive_chassis import clock
from archive_chassis.testing import Client

JSON = {"Accept": "application/json"}


def refresh(client: Client) -> TestResponse:
    return client.post("/auth/refresh", headers=JSON)


def with_token(site: Site, token: str | None) -> Client:
    """A browser that has only this refresh token."""
    client = site.visitor()
    client.set_cookie("archive_refresh", token or "", path="/auth")
    return client


def test_a_program_is_told_until_when(site: Site) -> None:
    client = site.join()
    answer = refresh(client)
    assert answer.status_code == 200
    until = datetime.fromisoformat(answer.get_json()["expires"])
    assert timedelta(minutes=14) < until - clock.now() <= timedelta(minutes=15)


def test_every_refresh_brings_another_token_and_keeps_the_log_in(site: Site) -> None:
    client = site.join()
    tokens = [cookie(client, "archive_refresh")]
    for hours in (1, 2, 3):
        with clock.moved(timedelta(hours=hours)):
            assert refresh(client).status_code == 200
            tokens.append(cookie(client, "archive_refresh"))
            assert is_logged_in(client)
    assert len(set(tokens)) == 4
    assert len(site.rows(select(LoginSession.id))) == 1


def test_only_hashes_of_tokens_are_stored(site: Site) -> None:
    client = site.join()
    token = cookie(client, "archive_refresh")
    assert token
    assert all(token not in str(row) for row in site.rows(select(RefreshToken.__table__)))


def test_a_used_token_shown_later_ends_the_whole_family(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    client = site.join()
    stolen = cookie(client, "archive_refresh")
    assert refresh(client).status_code == 200
    with clock.moved(timedelta(seconds=11)):
        assert refresh(with_token(site, stolen)).status_code == 401
        assert refresh(client).status_code == 401  # the newest token is worth nothing either
        assert not is_logged_in(client)
    stolen_of = site.member("새벽토끼").id
    assert f"event=refresh-token-reused member={stolen_of}" in caplog.messages
    assert stolen not in caplog.text


def test_another_log_in_of_the_member_survives_the_theft(site: Site) -> None:
    site.join()
    first, second = site.visitor(), site.visitor()
    log_in(first, "새벽토끼")
    log_in(second, "새벽토끼")
    stolen = cookie(first, "archive_refresh")
    refresh(first)
    with clock.moved(timedelta(minutes=1)):
        refresh(with_token(site, stolen))
        assert refresh(first).status_code == 401
        assert refresh(second).status_code == 200


def test_the_loser_of_a_race_gets_an_access_token_and_no_refresh_token(site: Site) -> None:
    client = site.join()
    token = cookie(client, "archive_refresh")
    assert "archive_refresh" in cookies_set(refresh(client))
    loser = with_token(site, token)
    with clock.moved(timedelta(seconds=9)):
        answer = refresh(loser)
        assert answer.status_code == 200
        assert set(cookies_set(answer)) == {"archive_access"}
        assert is_logged_in(loser)
        assert refresh(client).status_code == 200  # the winner goes on


def test_of_many_at_once_exactly_one_rotates(site: Site) -> None:
    client = site.join()
    token = cookie(client, "archive_refresh")
    browsers = [with_token(site, token) for _ in range(6)]
    barrier = threading.Barrier(len(browsers))
    answers: list[TestResponse] = []

    def run(browser: Client) -> None:
        barrier.wait()
        answers.append(refresh(browser))

    threads = [threading.Thread(target=run, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer.status_code for answer in answers] == [200] * 6
    assert sum("archive_refresh" in cookies_set(answer) for answer in answers) == 1
    alive = select(RefreshToken.token_hash).where(RefreshToken.rotated_at.is_(None))
    assert len(site.rows(alive)) == 1


def test_a_log_in_ends_after_a_week_without_use(site: Site) -> None:
    client = site.join()
    with clock.moved(timedelta(days=6)):
        assert refresh(client).status_code == 200
    token = cookie(client, "archive_refresh")
    with clock.moved(timedelta(days=12)):
        assert refresh(with_token(site, token)).status_code == 200
    with clock.moved(timedelta(days=20)):
        assert refresh(with_token(site, token)).status_code == 401


def test_a_log_in_ends_after_ninety_days_however_much_it_is_used(site: Site) -> None:
    token = cookie(site.join(), "archive_refresh")
    for day in range(6, 100, 6):
        with clock.moved(timedelta(days=day)):
            browser = with_token(site, token)
            answer = refresh(browser)
            token = cookie(browser, "archive_refresh")
        assert answer.status_code == (200 if day < 90 else 401), day
        if day >= 90:
            break


def test_a_page_whose_token_ran_out_comes_back_to_itself(site: Site) -> None:
    client = site.join()
    client.delete_cookie("archive_access")
    there = client.get("/auth/me?x=1")
    assert (there.status_code, there.location) == (303, "/auth/refresh?next=/auth/me%3Fx%3D1")
    back = client.get(there.location)
    assert (back.status_code, back.location) == (303, "/auth/me?x=1")
    assert client.get(back.location).status_code == 200


def test_a_form_comes_back_with_its_method_and_body(site: Site) -> None:
    client = site.join()
    client.delete_cookie("archive_access")
    answer = client.post("/auth/me/nickname", data={"nickname": "저녁토끼"})
    assert (answer.status_code, answer.location) == (307, "/auth/refresh?next=/auth/me/nickname")
    back = client.post(answer.location, data={"nickname": "저녁토끼"})
    assert (back.status_code, back.location) == (307, "/auth/me/nickname")
    assert client.post(back.location, data={"nickname": "저녁토끼"}).status_code == 303
    assert site.member("저녁토끼").nickname == "저녁토끼"


def test_a_page_without_a_log_in_left_is_shown_without_one(site: Site) -> None:
    client = site.visitor()
    client.set_cookie("archive_session", "1")
    answer = client.get("/auth/refresh?next=/news/")
    assert (answer.status_code, answer.location) == (303, "/news/")
    assert cookie(client, "archive_session") is None


def test_a_form_without_a_log_in_left_is_given_back_to_its_writer(site: Site) -> None:
    client = site.visitor()
    client.set_cookie("archive_session", "1")
    typed = {
        "title": "밤새 쓴 공략",
        "body": "<b>첫 줄</b>\n둘째 줄",
        "new_password": "a secret",
        "csrf_token": "f" * 64,
    }
    answer = client.post(
        "/auth/refresh?next=/guides/write", data=typed, headers={"Referer": "http://localhost/guides/write?draft=1"}
    )
    assert answer.status_code == 401
    assert "밤새 쓴 공략" in answer.text
    assert "&lt;b&gt;첫 줄&lt;/b&gt;\n둘째 줄" in answer.text
    assert "a secret" not in answer.text
    assert "f" * 64 not in answer.text
    assert "/auth/login?next=/guides/write%3Fdraft%3D1" in answer.text
    assert cookie(client, "archive_session") is None


def test_refreshing_never_leads_to_another_site(lite: Site) -> None:
    client = lite.join()
    assert client.get("/auth/refresh?next=//evil.example/").location == "/"
    assert client.get("/auth/refresh?next=https://evil.example/").location == "/"


def test_a_program_without_a_log_in_gets_a_problem(lite: Site) -> None:
    answer = refresh(lite.visitor())
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")


def test_a_forged_refresh_form_is_refused(lite: Site) -> None:
    client = lite.join()
    assert client.post("/auth/refresh", headers=JSON | {"Origin": "https://evil.example"}).status_code == 403


def test_refreshing_is_limited(lite: Site) -> None:
    client = lite.join()
    with clock.moved(timedelta(hours=1)):
        statuses = [refresh(client).status_code for _ in range(31)]
    assert statuses[:30] == [200] * 30
    assert statuses[30] == 429


def test_expired_tokens_and_log_ins_are_forgotten(site: Site) -> None:
    site.join("새벽토끼", "rabbit@example.com")
    with clock.moved(timedelta(days=9)):
        kept = site.join("낮토끼", "day@example.com")
        with site.app.app_context():
            forget_expired()
        assert refresh(kept).status_code == 200
    assert len(site.rows(select(LoginSession.id))) == 1
    assert len(site.rows(select(RefreshToken.token_hash))) == 2
