"""Over HTTPS, cookies have names that only this host can give, and those without are dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, make_response, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from tests.apps.chassis import sample

from archive_chassis import cookie_names
from archive_chassis.csrf import COOKIE as CSRF_COOKIE
from archive_chassis.identity import ACCESS_COOKIE, REFRESH_COOKIE, SESSION_COOKIE
from archive_chassis.testing import Client, make_app, make_settings, new_client

SITE = "https://archive.example"


def served_by(folder: Path, public_url: str) -> Flask:
    app = make_app(sample.service, make_settings("news", folder, public_url=public_url))

    def given() -> ResponseReturnValue:
        response = make_response("")
        for name in (ACCESS_COOKIE, REFRESH_COOKIE, SESSION_COOKIE, "other"):
            response.set_cookie(name, "a=b")
        return response

    app.add_url_rule("/given", view_func=given)
    return app


@pytest.fixture
def secure(tmp_path: Path) -> Flask:
    return served_by(tmp_path, SITE)


def sender(app: Flask) -> FlaskClient:
    """Sends the cookies that are named in its headers, and no others."""
    return FlaskClient(app, app.response_class, use_cookies=False)


def page(app: Flask, cookies: str) -> str:
    """The page for staff, as whoever sends these cookies sees it: its status and where it leads."""
    headers = {"Cookie": cookies, "Accept": "text/html"}
    answer = sender(app).get("/news/staff", base_url=SITE, headers=headers)
    return f"{answer.status_code} {answer.location or ''}"


def access_token(app: Flask) -> str:
    client = new_client(app)
    client.login(role="moderator")
    kept = client.get_cookie(cookie_names.on_the_wire(ACCESS_COOKIE))
    assert kept
    return kept.value


def names_given(client: Client) -> list[str]:
    answer = client.get("/news/given", base_url=SITE)
    return [header.partition("=")[0] for header in answer.headers.getlist("Set-Cookie")]


def test_cookies_go_out_with_the_prefix_that_fits_their_path(secure: Flask) -> None:
    given = ["__Host-archive_access", "__Secure-archive_refresh", "__Host-archive_session", "other"]
    assert names_given(new_client(secure)) == given


def test_their_values_are_as_they_were(secure: Flask) -> None:
    first = new_client(secure).get("/news/given", base_url=SITE).headers.getlist("Set-Cookie")[0]
    assert first.partition("=")[2].partition(";")[0] == "a=b"


def test_without_https_they_keep_their_names(tmp_path: Path) -> None:
    """A browser would refuse the prefixes there."""
    app = served_by(tmp_path, "http://localhost")
    assert names_given(new_client(app))[:3] == [ACCESS_COOKIE, REFRESH_COOKIE, SESSION_COOKIE]


def test_a_log_in_is_believed_by_the_name_that_nobody_else_can_give(secure: Flask) -> None:
    token = access_token(secure)
    assert page(secure, f"__Host-archive_access={token}").startswith("200")
    assert page(secure, f"other=1; __Host-archive_access={token}; more").startswith("200")


@pytest.mark.parametrize(
    "name", ["archive_access", "__Secure-archive_access", "__host-archive_access", "x__Host-archive_access"]
)
def test_one_that_was_planted_is_dropped(secure: Flask, name: str) -> None:
    """By a neighbouring host, which cannot set `__Host-` cookies, or by a page without TLS, which can set neither."""
    token = access_token(secure)
    assert page(secure, f"{name}={token}") == "303 /auth/login?next=/news/staff"
    assert page(secure, f"{name}=planted; __Host-archive_access={token}").startswith("200")


def test_a_planted_form_token_is_none(secure: Flask) -> None:
    """Both its halves are the attacker's, as in a tossed cookie; only the name keeps it out."""
    client = new_client(secure)
    client.login()
    token = client.csrf_token()
    kept = client.get_cookie(cookie_names.on_the_wire(CSRF_COOKIE))
    assert kept
    access = access_token(secure)
    statuses: list[int] = []
    for name in ("__Host-archive_csrf", "archive_csrf"):
        headers = {
            "Cookie": f"__Host-archive_access={access}; {name}={kept.value}",
            "Origin": SITE,
            "X-CSRF-Token": token,
        }
        answer = sender(secure).post("/news/things", data={"name": "꽃"}, base_url=SITE, headers=headers)
        statuses.append(answer.status_code)
    assert statuses == [302, 403]


def test_other_peoples_cookies_pass(secure: Flask) -> None:
    """Such as a load balancer's, whose names we do not know."""
    seen: list[str] = []

    def look() -> ResponseReturnValue:
        seen.extend(f"{name}={value}" for name, value in request.cookies.items())
        return ""

    secure.add_url_rule("/look", view_func=look)
    sent = "AWSALB=x=y; __Host-theirs=2; __Host-archive_theme=dark"
    sender(secure).get("/news/look", base_url=SITE, headers={"Cookie": sent})
    assert seen == ["AWSALB=x=y", "__Host-theirs=2", "archive_theme=dark"]
