"""Host headers, cookies and caches: no page of one is shown to another, and every answer says how it may be kept."""

from __future__ import annotations

import itertools

import pytest
from tests.apps.abuse.community import SECRET, VICTIM_NAME, Route, forget_limits
from tests.apps.abuse.conftest import Filled
from tests.apps.abuse.hostile import words
from werkzeug.test import TestResponse

from archive_chassis import csrf
from archive_chassis.identity import ACCESS_COOKIE
from archive_chassis.testing import Client, make_app, make_settings, new_client

pytestmark = pytest.mark.slow

SERVICES = ("home", "auth", "news", "guides", "qa")
HOSTS = (
    "evil.example",
    "localhost:81",
    "localhost.evil.example",
    "evil.example:80",
    "localhost@evil.example",
    "127.0.0.1",
    "[::1]",
    "LOCALHOST",
    "localhost.",
    "a" * 300,
    "evil.example/path",
    "evil.example?x",
    "evil.example#x",
    "evil example",
    '"><script>alert(1)</script>',
    "evil.example\\",
    "%00",
    "\u00e9vil.example",
    "evil.example:99999999",
    "evil.example:port",
    "[",
    "",
)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("host", HOSTS)
def test_another_host_changes_no_page_and_poisons_no_cache(filled: Filled, service: str, host: str) -> None:
    for route in filled.community.routes(service, methods=("GET",)):
        if route.rule.startswith(("/health", "/internal", "/metrics", "/static")):
            continue
        address = filled.things[service].address(route)
        forget_limits(filled.community.apps[service])
        asked = filled.community.visitor(service).get(address, headers={"Host": host})
        assert asked.status_code < 500, f"{address} at {host!r}"
        names = {"X-Forwarded-Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil.example"}
        names |= {"Forwarded": f"host={host}", "X-Original-URL": "/evil.example", "X-Rewrite-URL": "/evil.example"}
        sent = {name: value for name, value in names.items() if value.isascii()}
        also = filled.community.visitor(service).get(address, headers=sent)
        plain = filled.community.visitor(service).get(address)
        for answer in (asked, also, plain):
            assert "evil.example" not in answer.text, address
            assert "evil.example" not in answer.headers.get("Location", ""), address
        assert also.status_code == plain.status_code


@pytest.mark.parametrize("service", SERVICES)
def test_a_members_page_is_kept_nowhere(filled: Filled, service: str) -> None:
    """Nor does anybody else get it; and each of them has the way out."""
    for route in filled.community.routes(service, methods=("GET",)):
        address = filled.things[service].address(route)
        answer = filled.victims[service].get(address)
        if "text/html" not in answer.content_type or 300 <= answer.status_code < 400:
            continue
        is_whole = "<html" in answer.text  # a piece for a script is the same for everybody, and names nobody
        if not is_whole:
            assert VICTIM_NAME not in answer.text, route
            continue
        assert answer.headers["Cache-Control"] in ("private, no-store", "no-store"), route
        if answer.status_code == 200:
            assert 'action="/auth/logout"' in answer.text, route
            assert VICTIM_NAME in answer.text, route
        for other in (filled.community.visitor(service), filled.attackers[service]):
            seen = other.get(address)
            if 'action="/auth/logout"' in seen.text:
                assert other is filled.attackers[service], route
                assert f'aria-label="{VICTIM_NAME}"' not in seen.text, route


DECEPTIONS = words(
    """
    /x.css /.css ;x.css %2fx.css %00x.css %0ax.css %3fx.css %23x.css .css /../x.js
    """
)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("ending", DECEPTIONS)
def test_a_page_that_looks_like_a_file_is_none(filled: Filled, service: str, ending: str) -> None:
    """Cache deception: what a careless cache would keep as a style sheet never shows anything of a member's."""
    for route in filled.community.routes(service, methods=("GET",)):
        if route.rule.startswith(("/static/", "/avatars/", "/images/")):
            continue
        answer = filled.victims[service].get(filled.things[service].address(route).rstrip("/") + ending)
        assert answer.status_code in (303, 307, 308, 400, 401, 403, 404, 410), f"{route}{ending}: {answer.status_code}"
        assert SECRET not in answer.text
        assert "public" not in answer.headers.get("Cache-Control", ""), route


@pytest.mark.parametrize("service", SERVICES)
def test_what_everybody_may_keep_gives_nobody_a_cookie(filled: Filled, service: str) -> None:
    clients = (filled.victims[service], filled.community.visitor(service))
    for route, client in itertools.product(filled.community.routes(service, methods=("GET",)), clients):
        answer = client.get(filled.things[service].address(route))
        if "public" in answer.headers.get("Cache-Control", ""):
            assert not answer.headers.getlist("Set-Cookie"), route
            assert "로그아웃" not in answer.text, route


@pytest.mark.parametrize("cookie", ["archive_theme", "archive_language", "archive_flash", "archive_csrf", "other"])
@pytest.mark.parametrize(
    "value", ["dark", "x" * 8_000, "|/1?", "fragment", '"><script>', "\u00e9", "ko\\054", "a=b; c"]
)
def test_no_cookie_of_ones_own_shows_somebody_else_another_page(filled: Filled, cookie: str, value: str) -> None:
    paths = ["/guides/", "/guides/1", "/guides/tags"]
    wanted = {path: filled.community.visitor("guides").get(path).text for path in paths}
    for path in paths:
        tosser = filled.community.visitor("guides")
        tosser.set_cookie(cookie, value)
        assert tosser.get(path).status_code == 200
    for path in paths:
        assert filled.community.visitor("guides").get(path).text == wanted[path]


def _sent(client: Client, path: str, cookies: str, **options: object) -> TestResponse:
    """One request with exactly these cookies."""
    plain = new_client(client.application)
    return super(Client, plain).open(path, headers={"Cookie": cookies, "Accept": "text/html"}, **options)  # type: ignore[arg-type]


def test_a_tossed_cookie_is_no_way_around_the_form_token(filled: Filled) -> None:
    """A neighbour under the same domain sets its own cookie beside ours, with the token that belongs to it."""
    victim = filled.victims["guides"]
    access = victim.get_cookie(ACCESS_COOKIE)
    mine = victim.get_cookie(csrf.COOKIE)
    assert access
    assert mine
    other = filled.community.visitor("guides")
    other.set_cookie(csrf.COOKIE, "a-seed-of-another-browser")
    tossed = f"{csrf.COOKIE}=a-seed-of-another-browser"
    both = (f"{tossed}; {csrf.COOKIE}={mine.value}", f"{csrf.COOKIE}={mine.value}; {tossed}", tossed)
    for cookies in both:
        headers = {
            "Cookie": f"{ACCESS_COOKIE}={access.value}; {cookies}",
            "Origin": "https://neighbour.example",
            csrf.HEADER: other.csrf_token(),
        }
        plain = new_client(filled.community.apps["guides"])
        answer = super(Client, plain).open("/guides/1/vote", method="POST", data={"vote": "1"}, headers=headers)
        assert answer.status_code == 403


def test_two_log_ins_in_one_request_are_one(filled: Filled) -> None:
    victim, attacker = (side["guides"].get_cookie(ACCESS_COOKIE) for side in (filled.victims, filled.attackers))
    assert victim
    assert attacker
    client = filled.community.visitor("guides")
    seen = _sent(client, "/guides/drafts", f"{ACCESS_COOKIE}={attacker.value}; {ACCESS_COOKIE}={victim.value}")
    assert SECRET not in seen.text
    for broken in ("", "x", "a.b.c", "..", "é", "a" * 9_000, f"{victim.value}x", victim.value[:-2], f'"{victim.value}'):
        answer = _sent(client, "/guides/drafts", f"{ACCESS_COOKIE}={broken}")
        assert (answer.status_code, SECRET in answer.text) == (303, False), broken


#: For every answer, whatever it is.
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CHARSETS = ("text/", "application/xml", "+xml", "application/javascript")


def _requests(filled: Filled, service: str) -> list[tuple[Route, TestResponse]]:
    found: list[tuple[Route, TestResponse]] = []
    for route in filled.community.routes(service):
        for client in (filled.attackers[service], filled.community.visitor(service)):
            for accept in ("text/html", "application/json"):
                address = filled.things[service].address(route)
                found.append((route, client.open(address, method=route.method, headers={"Accept": accept})))
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_says_how_to_take_it(filled: Filled, service: str) -> None:
    answers = _requests(filled, service)
    assert len(answers) > 30
    for route, answer in answers:
        for name, value in ALWAYS.items():
            assert answer.headers.get(name) == value, f"{route}: {name}"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, route  # objects, frames and all else that is not named
        assert "frame-ancestors 'none'" in policy, route
        assert "unsafe" not in policy, route
        assert "*" not in policy, route
        assert "base-uri 'none'" in policy or "sandbox" in policy, route
        assert answer.headers["Referrer-Policy"] in ("same-origin", "strict-origin"), route
        assert answer.headers["Cache-Control"], route
        assert not any(name.lower().startswith("access-control-") for name, _value in answer.headers), route
        assert "Server" not in answer.headers, route
        assert "X-Powered-By" not in answer.headers, route
        if answer.data:
            kind = answer.headers["Content-Type"]
            if kind.startswith(CHARSETS[:1]) or any(mark in kind for mark in CHARSETS[1:]):
                assert "charset=utf-8" in kind.lower(), f"{route}: {kind}"
        for header in answer.headers.getlist("Set-Cookie"):
            assert "SameSite=Lax" in header, header
            assert "Domain=" not in header, header
            assert "HttpOnly" in header or header.startswith("archive_language="), header


@pytest.mark.parametrize("service", SERVICES)
def test_over_https_every_answer_stays_there(filled: Filled, service: str, tmp_path: object) -> None:
    folder = filled.community.folder / f"https-{service}"
    folder.mkdir(exist_ok=True)
    app = make_app(service, make_settings(service, folder, public_url="https://archive.example"))
    app.test_client_class = Client
    for route in filled.community.routes(service, methods=("GET",)):
        answer = new_client(app).get(filled.things[service].address(route), base_url="https://archive.example")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", route
        for header in answer.headers.getlist("Set-Cookie"):
            assert "Secure" in header, header


FORGED = ("1.2.3.4", "127.0.0.1", "::1", "1.2.3.4, 5.6.7.8", "unknown", '"><script>', "1.2.3.4\u00e9", "a" * 4_000)


@pytest.mark.parametrize("address", FORGED)
def test_a_visitor_does_not_choose_their_address(filled: Filled, address: str) -> None:
    """Limits are counted by address: without a proxy in the settings nothing that is sent changes it."""
    from flask import request

    app = filled.community.apps["auth"]
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP")
    with app.test_client() as client:
        client.get("/auth/login", headers=dict.fromkeys(names, address))
        assert request.remote_addr == "127.0.0.1"


def test_behind_a_proxy_its_word_counts_and_the_visitors_does_not(filled: Filled) -> None:
    from flask import request

    folder = filled.community.folder / "proxied"
    folder.mkdir(exist_ok=True)
    app = make_app("auth", make_settings("auth", folder, trusted_proxies=1))
    with app.test_client() as client:
        client.get("/auth/login", headers={"X-Forwarded-For": "6.6.6.6, 1.2.3.4"})
        assert request.remote_addr == "1.2.3.4"  # what the proxy itself wrote, the last
