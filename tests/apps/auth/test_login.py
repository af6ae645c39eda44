"""Logging in and out: cookies, one message for every failure, limits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update
from sqlalchemy.orm import Session
from tests.apps.auth.site import OTHER_PASSWORD, PASSWORD, Site, cookie, cookies_set, is_logged_in, log_in

from archive_auth.models import Member
from archive_auth.services import login, passwords
from archive_chassis import clock, security_log
from archive_chassis.csrf import COOKIE as CSRF_COOKIE
from archive_chassis.database import database
from archive_chassis.settings import SettingsError
from archive_chassis.testing import make_app, make_settings


@pytest.mark.parametrize("name", ["SilverRabbit", "silverrabbit", "rabbit@example.com", " Rabbit@Example.COM "])
def test_a_member_logs_in_by_nickname_or_email(site: Site, name: str) -> None:
    site.join("SilverRabbit", "rabbit@example.com")
    client = site.visitor()
    answer = log_in(client, name, next_path="/news/12?page=2")
    assert (answer.status_code, answer.location) == (303, "/news/12?page=2")
    assert is_logged_in(client)


def test_the_cookies_are_those_of_the_contract(lite: Site) -> None:
    lite.join()
    client = lite.visitor()
    client.csrf_token()
    before = cookie(client, CSRF_COOKIE)
    given = cookies_set(log_in(client, "새벽토끼"))
    for name, path, seconds in (
        ("archive_access", "/", 900),
        ("archive_refresh", "/auth", 604800),
        ("archive_session", "/", 604800),
    ):
        parts = given[name].split("; ")[1:]
        assert {"HttpOnly", "SameSite=Lax", f"Path={path}", f"Max-Age={seconds}"} <= set(parts)
        assert "Secure" not in parts
    assert cookie(client, CSRF_COOKIE) != before


def test_cookies_are_secure_behind_https(lite: Site) -> None:
    settings = lite.app.extensions["archive_settings"].model_copy(update={"public_url": "https://archive.example"})
    secure = Site(make_app("auth", settings))
    secure.register(secure.visitor(), "새벽토끼", "rabbit@example.com")
    answer = secure.visitor().post(
        "/auth/register/finish",
        data={
            "token": secure.link("rabbit@example.com", "/register/finish").partition("token=")[2],
            "password": PASSWORD,
        },
        base_url="https://localhost",
        headers={"Origin": "https://localhost"},
    )
    assert answer.status_code == 303
    assert all("Secure" in header for header in cookies_set(answer).values())


def test_every_failure_reads_the_same(site: Site) -> None:
    site.join("새벽토끼", "rabbit@example.com")
    answers = [
        log_in(site.visitor(), name, password)
        for name, password in (
            ("새벽토끼", OTHER_PASSWORD),
            ("rabbit@example.com", OTHER_PASSWORD),
            ("없는토끼", PASSWORD),
            ("nobody@example.com", PASSWORD),
            ("", ""),
            ("새벽토끼", "x" * 5000),
        )
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert all(login.WRONG in answer.text for answer in answers)
    assert all(set(cookies_set(answer)) <= {"archive_csrf"} for answer in answers)


def test_a_failure_does_the_same_work_whoever_it_is(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.join("새벽토끼", "rabbit@example.com")
    work: list[bool] = []
    real = passwords._hasher.verify  # pyright: ignore[reportPrivateUsage]

    class Counting:
        def verify(self, *given: str) -> bool:
            work.append(True)
            return real(*given)

        def __getattr__(self, name: str) -> object:
            return getattr(PasswordHasher, name)

    passwords._dummy()  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(passwords, "_hasher", Counting())
    done: list[int] = []
    for name in ("새벽토끼", "없는토끼", "rabbit@example.com", "nobody@example.com"):
        work.clear()
        log_in(site.visitor(), name, OTHER_PASSWORD)
        done.append(len(work))
    assert done == [2, 2, 2, 2]


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "",
        "news",
        "/a\nLocation: x",
        "/\t/evil.example",
    ],
)
def test_one_is_never_sent_to_another_site(lite: Site, target: str) -> None:
    lite.join()
    assert log_in(lite.visitor(), "새벽토끼", next_path=target).location == "/"


def test_guesses_are_limited_per_name_and_address_and_others_are_not_locked_out(site: Site) -> None:
    site.join("새벽토끼", "rabbit@example.com")
    with clock.moved(timedelta(minutes=30)):
        guesser = site.visitor()
        statuses = [log_in(guesser, "새벽토끼", OTHER_PASSWORD).status_code for _ in range(11)]
        assert statuses == [422] * 10 + [429]
        assert log_in(guesser, "새벽토끼").status_code == 429
        from_elsewhere = site.visitor().post(
            "/auth/login",
            data={"name": "새벽토끼", "password": PASSWORD},
            environ_base={"REMOTE_ADDR": "192.0.2.7"},
        )
        assert from_elsewhere.status_code == 303


def test_an_old_hash_is_renewed_at_log_in(site: Site) -> None:
    site.join("새벽토끼")
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with site.app.app_context(), Session(database().engine) as opened:
        opened.execute(update(Member).values(password_hash=old))
        opened.commit()
    assert log_in(site.visitor(), "새벽토끼").status_code == 303
    renewed = site.member("새벽토끼").password_hash
    assert renewed is not None
    assert "m=19456,t=2,p=1" in renewed
    assert log_in(site.visitor(), "새벽토끼").status_code == 303


def test_logging_out_ends_the_log_in_and_clears_the_cookies(site: Site) -> None:
    client = site.join()
    token = cookie(client, "archive_refresh")
    answer = client.post("/auth/logout")
    assert (answer.status_code, answer.location) == (303, "/")
    assert {"archive_access", "archive_refresh", "archive_session"} <= set(cookies_set(answer))
    assert cookie(client, "archive_refresh") is None
    thief = site.visitor()
    thief.set_cookie("archive_refresh", token or "", path="/auth")
    assert thief.post("/auth/refresh", headers={"Accept": "application/json"}).status_code == 401


def test_logging_out_by_a_link_is_not_possible(lite: Site) -> None:
    client = lite.join()
    assert client.get("/auth/logout").status_code == 405
    assert client.post("/auth/logout", headers={"Origin": "https://evil.example"}).status_code == 403
    assert is_logged_in(client)


def test_logging_in_again_ends_the_browsers_earlier_log_in(site: Site) -> None:
    client = site.join()
    first = cookie(client, "archive_refresh")
    log_in(client, "새벽토끼")
    other = site.visitor()
    other.set_cookie("archive_refresh", first or "", path="/auth")
    assert other.post("/auth/refresh", headers={"Accept": "application/json"}).status_code == 401
    assert is_logged_in(client)


def test_the_log_in_page_sends_a_member_on(lite: Site) -> None:
    client = lite.join()
    answer = client.get("/auth/login?next=/guides/3")
    assert (answer.status_code, answer.location) == (303, "/guides/3")


def test_starting_without_signing_keys_says_which_variable_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ARCHIVE_SIGNING_KEYS is not set"):
        make_app("auth", make_settings("auth", tmp_path, signing_keys=None))
    with pytest.raises(SettingsError, match="ARCHIVE_SIGNING_KEYS is not a JSON Web Key Set"):
        make_app("auth", make_settings("auth", tmp_path, signing_keys='{"keys": [{"d": "secret-part"}]}'))


def test_log_ins_are_lines_for_whoever_guards_the_site(lite: Site, caplog: pytest.LogCaptureFixture) -> None:
    """By the member's number alone: a name that was typed may be a password in the wrong field."""
    lite.join()
    known = lite.member("새벽토끼").id
    caplog.clear()
    log_in(lite.visitor(), "새벽토끼")
    log_in(lite.visitor(), "새벽토끼", OTHER_PASSWORD)
    log_in(lite.visitor(), OTHER_PASSWORD, OTHER_PASSWORD)
    lines = [record.getMessage() for record in caplog.records if record.name == security_log.log.name]
    assert lines == [f"event=login member={known}", f"event=login-failed member={known}", "event=login-failed"]
    assert all(secret not in caplog.text for secret in ("새벽토끼", PASSWORD, OTHER_PASSWORD))


def test_what_a_member_proves_and_changes_is_a_line(lite: Site, caplog: pytest.LogCaptureFixture) -> None:
    client = lite.join()
    known = lite.member("새벽토끼").id
    caplog.clear()
    for old in (OTHER_PASSWORD, PASSWORD):
        client.post("/auth/me/password", data={"current_password": old, "new_password": "새로 지은 긴 비밀번호 하나"})
    client.post("/auth/me/delete", data={"delete_password": "새로 지은 긴 비밀번호 하나"})
    lines = [record.getMessage() for record in caplog.records if record.name == security_log.log.name]
    events = ("password-wrong", "password-changed", "account-deleted")
    assert lines == [f"event={event} member={known}" for event in events]
