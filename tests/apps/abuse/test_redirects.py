"""Open redirects: whatever `next` says, nobody is ever led to another site."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import pytest
from tests.apps.abuse.community import ATTACKER_MAIL, forget_limits
from tests.apps.abuse.conftest import Filled
from tests.apps.auth.site import cookie, log_in
from werkzeug.test import TestResponse

from archive_chassis.identity import REFRESH_COOKIE, SESSION_COOKIE

pytestmark = pytest.mark.slow

HOST = "localhost"
#: Ways to name another site, as they stand in `next` once it is decoded.
ELSEWHERE = (
    "https://evil.example/",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE/",
    "//evil.example",
    "//evil.example/%2f..",
    "///evil.example",
    "////evil.example/",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "/\x0b/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "evil.example",
    "evil.example/path",
    "@evil.example",
    "https://localhost@evil.example/",
    "https://localhost:80@evil.example/",
    "https://localhost.evil.example/",
    "//localhost@evil.example/",
    "//evil.example#localhost",
    "//evil.example?localhost",
    "/.\\evil.example",
    "/%5cevil.example\\x",
    "/\u2044/evil.example\\",
    "//\u3002evil.example",
    "/\ufeff\\/evil.example",
    "//[::1]/",
    "//2130706433/",
    "?next=//evil.example",
    "#//evil.example",
    "",
    "/guides/1\r\nLocation: https://evil.example/",
    "/guides/1\x00\\evil.example",
    "ftp://evil.example/",
    "///\\;@evil.example",
)
#: What stays here and must go on working.
HERE = ("/", "/guides/1", "/guides/?tag=보스&cursor=abc", "/qa/1#comment-2", "/a//b", "/a@b:c", "/%2f%2fevil.example")


def leads_elsewhere(location: str) -> bool:
    """Whether a browser on our site would leave it (WHATWG URL: tabs and line ends vanish, "\\" is "/")."""
    text = re.sub(r"[\t\r\n]", "", location).strip("\x00\x01\x02\x03\x0b\x0c\x1f ").replace("\\", "/")
    if text.startswith("//"):
        return True
    found = re.match(r"([a-z][a-z0-9+.-]*):", text, re.IGNORECASE)
    return found is not None and urlsplit(text).netloc.partition(":")[0] != HOST


def test_the_check_knows_elsewhere() -> None:
    assert all(map(leads_elsewhere, ("//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:x")))
    assert not any(map(leads_elsewhere, ("/", "/guides/1", "http://localhost/x", "/a//b")))


@pytest.mark.parametrize("where", ELSEWHERE)
@pytest.mark.parametrize(
    "way", ["the log-in page", "the log-in form", "refresh", "a form that is refreshed", "no log-in"]
)
def test_nobody_is_led_elsewhere(filled: Filled, where: str, way: str) -> None:
    attacker = filled.attackers["auth"]
    match way:
        case "the log-in page":
            answer = attacker.get("/auth/login", query_string={"next": where})
        case "the log-in form":
            answer = _logged_in(filled, where)
        case "refresh":
            answer = filled.community.visitor("auth").get("/auth/refresh", query_string={"next": where})
        case "a form that is refreshed":
            answer = _refreshed(filled, where)
        case _:
            answer = filled.community.visitor("auth").get("/auth/login", query_string={"next": where})
            assert "evil.example" not in answer.text or "value=" not in answer.text.partition("evil.example")[0][-40:]
            return
    assert answer.status_code in (303, 307)
    assert not leads_elsewhere(answer.location), answer.location
    assert "evil.example" not in answer.location.partition("/guides/1")[0]
    assert answer.headers.getlist("Location") == [answer.location]


def _logged_in(filled: Filled, where: str) -> TestResponse:
    """The answer to a log-in; its `next` is in the form."""
    forget_limits(filled.community.apps["auth"])
    return log_in(filled.community.visitor("auth"), ATTACKER_MAIL, next_path=where)


def _refreshed(filled: Filled, where: str) -> TestResponse:
    forget_limits(filled.community.apps["auth"])
    victim = filled.victims["auth"]
    token = cookie(victim, REFRESH_COOKIE)
    assert token
    victim.set_cookie(REFRESH_COOKIE, token, path="/auth")
    victim.set_cookie(SESSION_COOKIE, "1")
    return victim.post("/auth/refresh", query_string={"next": where}, data={"title": "쓰던 글"})


@pytest.mark.parametrize("where", HERE)
def test_a_page_of_this_site_is_reached(filled: Filled, where: str) -> None:
    answer = filled.attackers["auth"].get("/auth/login", query_string={"next": where})
    assert answer.status_code == 303
    assert answer.location == quote(where, safe="/?=&#@:%")


@pytest.mark.parametrize("referer", [f"http://{HOST}{path}" for path in ("//evil.example/", "/\\evil.example")])
def test_the_page_before_is_one_of_ours(filled: Filled, referer: str) -> None:
    visitor = filled.community.visitor("auth")
    answer = visitor.post("/auth/refresh", data={"body": "쓰던 글"}, headers={"Referer": referer})
    assert answer.status_code == 401
    assert "evil.example" not in answer.text


@pytest.mark.parametrize("service", ["home", "auth", "news", "guides", "qa"])
@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/..", "/%2fevil.example", "/\\evil.example", "/.//evil.example"]
)
def test_an_address_that_names_another_site_is_none(filled: Filled, service: str, path: str) -> None:
    """What mends addresses (a slash too many, a slash too few) may not lead away either."""
    prefix = filled.community.apps[service].extensions["archive_settings"].path
    for start in (path, prefix + path):
        for cookies in ({}, {SESSION_COOKIE: "1"}):
            client = filled.community.visitor(service)
            for name, value in cookies.items():
                client.set_cookie(name, value)
            answer = client.get("/", environ_overrides={"PATH_INFO": start})  # as it stands in the request's first line
            assert answer.status_code < 500
            assert not leads_elsewhere(answer.headers.get("Location", "/")), answer.location


def test_there_are_enough_shapes() -> None:
    assert len(set(ELSEWHERE)) >= 40
