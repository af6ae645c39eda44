"""Requests that no browser sends: each gets a refusal or a page, never a failure of ours."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from tests.apps.abuse.community import LEAVING, Route, forget_limits, form_fields, parameters, rows
from tests.apps.abuse.conftest import Filled
from tests.apps.abuse.hostile import FOR_DATABASES, PARTS, TEXTS, words

from archive_chassis.testing import Client, new_client

pytestmark = pytest.mark.slow

SERVICES = ("home", "auth", "news", "guides", "qa")
#: Statuses that say whose fault it is: the sender's.
REFUSED = (400, 401, 403, 404, 405, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 428, 429, 431)


def reached(filled: Filled, service: str, *methods: str) -> Iterator[tuple[Route, str]]:
    for route in filled.community.routes(service, methods=methods or None):
        if route.rule not in LEAVING:
            yield route, filled.things[service].address(route)


def failures(answers: Iterator[tuple[str, int]]) -> tuple[list[str], int]:
    """What was answered with a failure of ours, and how much was tried."""
    failed, tried = [], 0
    for what, status in answers:
        tried += 1
        if not (200 <= status < 400 or status in REFUSED):
            failed.append(f"{what}: {status}")
    return failed, tried


def clients(filled: Filled, service: str) -> list[Client]:
    return [filled.attackers[service], filled.community.visitor(service)]


def test_parts_of_an_address(on_both: Filled) -> None:
    def answers() -> Iterator[tuple[str, int]]:
        for service in SERVICES:
            ids = on_both.things[service].ids
            for route in on_both.community.routes(service):
                if route.rule.startswith("/static/"):
                    continue
                for place, part in itertools.product(route.places, PARTS):
                    address = route.address({name: ids.get(name, [1])[0] for name in route.places} | {place: part})
                    for client in clients(on_both, service):
                        answer = client.open(address, method=route.method, data={"body": "말", "vote": "1"})
                        yield f"{route.method} {address[:80]}", answer.status_code

    failed, tried = failures(answers())
    assert failed == []
    assert tried > 1_000


def texts(filled: Filled) -> tuple[str, ...]:
    """All of them on SQLite; on MariaDB, which the same code asks, those that a database may choke on."""
    return TEXTS if filled.on_sqlite else FOR_DATABASES


def test_texts_in_the_query(on_both: Filled) -> None:
    """Each parameter that a page reads, with each text."""

    def answers() -> Iterator[tuple[str, int]]:
        for service in SERVICES:
            client = on_both.attackers[service]
            for _route, address in reached(on_both, service, "GET"):
                forget_limits(on_both.community.apps[service])
                for name, text in itertools.product(parameters(client, address, "GET"), texts(on_both)):
                    answer = client.get(address, query_string={"q": "글", name: text})
                    yield f"GET {address}?{name}={text[:60]!r}", answer.status_code

    failed, tried = failures(answers())
    assert failed == []
    assert tried > 1_000


def test_texts_in_a_form(on_both: Filled) -> None:
    """Every field at once with each text, and each field that a view reads with those that databases choke on."""

    def answers() -> Iterator[tuple[str, int]]:
        for service in SERVICES:
            client, form = on_both.attackers[service], form_fields(on_both.community, service)
            for route, address in reached(on_both, service, "POST"):
                if route.is_for_programs:
                    continue
                fields = [*parameters(client, address, "POST", form), "place-1"]
                everything = [dict.fromkeys([*fields, "place-x"], text) for text in texts(on_both)]
                single = [form | {name: text} for name in fields for text in FOR_DATABASES]
                for data in (*everything, *single):
                    forget_limits(on_both.community.apps[service])
                    answer = client.post(address, data=data)
                    yield f"POST {address} {str(data)[-120:]}", answer.status_code

    failed, tried = failures(answers())
    assert failed == []
    assert tried > 1_000


_MULTIPART = "multipart/form-data; boundary=b"
_DISPOSITION = b"--b\r\nContent-Disposition: form-data; "
#: Forms as bytes, with the kind that they say they are.
BODIES: dict[str, tuple[bytes, str]] = {
    "invalid UTF-8": (b"title=%ff%fe&body=\xff\xfe&%ff=x", "application/x-www-form-urlencoded"),
    "half a surrogate": (b"title=%ed%a0%80&body=%ed%b0%80", "application/x-www-form-urlencoded"),
    "an overlong slash": (b"title=%c0%af&body=%c0%ae%c0%ae", "application/x-www-form-urlencoded"),
    "no name": (b"=x&=&&&;;", "application/x-www-form-urlencoded"),
    "broken escapes": (b"title=%&body=%2&x=%zz%u0041", "application/x-www-form-urlencoded"),
    "the same field often": (b"&".join([b"title=x", b"body=x"] * 500), "application/x-www-form-urlencoded"),
    "many fields": (b"&".join(b"a%d=1" % n for n in range(20_000)), "application/x-www-form-urlencoded"),
    "a long name": (b"a" * 100_000 + b"=1", "application/x-www-form-urlencoded"),
    "another charset": ("title=제목&body=본문".encode("euc-kr"), "application/x-www-form-urlencoded; charset=euc-kr"),
    "UTF-7": (b"title=+ADw-script+AD4-&body=x", "application/x-www-form-urlencoded; charset=utf-7"),
    "an unknown charset": (b"title=x&body=x", "application/x-www-form-urlencoded; charset=no-such"),
    "JSON": (b'{"title":"x"}', "application/json"),
    "deep JSON": (b"[" * 100_000, "application/json"),
    "text": (b"title=x", "text/plain"),
    "XML": (b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', "application/xml"),
    "no kind": (b"title=x", ""),
    "a broken kind": (b"title=x", "multipart/form-data"),
    "a long boundary": (b"--" + b"b" * 5_000, "multipart/form-data; boundary=" + "b" * 5_000),
    "parts without an end": (
        _DISPOSITION + b'name="title"\r\n\r\nx',
        _MULTIPART,
    ),
    "many parts": (
        b"".join(_DISPOSITION + b'name="a%d"\r\n\r\nx\r\n' % n for n in range(5_000)) + b"--b--",
        _MULTIPART,
    ),
    "a part of another charset": (
        _DISPOSITION + b'name="title"\r\nContent-Type: text/plain; charset=utf-16\r\n\r\nx\r\n--b--',
        _MULTIPART,
    ),
    "a part without a name": (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", _MULTIPART),
    "a part that is coded": (
        _DISPOSITION + b'name="title"\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--b--',
        _MULTIPART,
    ),
    "a file where a text belongs": (
        _DISPOSITION + b'name="title"; filename="../../x"\r\n\r\nx\r\n--b--',
        _MULTIPART,
    ),
    "a text where a file belongs": (
        _DISPOSITION + b'name="avatar"\r\n\r\nx\r\n--b--',
        _MULTIPART,
    ),
    "a name with line ends": (
        _DISPOSITION + b"name=\"a\\r\\nX-Evil: 1\"; filename*=utf-8''%ff%00\r\n\r\nx\r\n--b--",
        _MULTIPART,
    ),
    "parts within parts": (
        _DISPOSITION + b'name="x"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--',
        _MULTIPART,
    ),
    "a header of a part that never ends": (
        b"--b\r\nContent-Disposition: " + b"x" * 200_000 + b"\r\n\r\nx\r\n--b--",
        _MULTIPART,
    ),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("service", SERVICES)
def test_bodies(filled: Filled, service: str, body: str) -> None:
    data, kind = BODIES[body]

    def answers() -> Iterator[tuple[str, int]]:
        for route, address in reached(filled, service, "POST", "PUT", "PATCH", "DELETE"):
            # Auth has forms for strangers too; everywhere else they are sent to the log-in before anything is read.
            for client in clients(filled, service)[: 2 if service == "auth" else 1]:
                answer = client.open(address, method=route.method, data=data, content_type=kind)
                yield f"{route} {body}", answer.status_code

    failed, _tried = failures(answers())
    assert failed == []


#: Headers that break what does not expect them.
HEADERS: dict[str, dict[str, str]] = {
    "an origin that is no address": {"Origin": "http://[::1"},
    "an origin with a broken port": {"Origin": "http://localhost:port"},
    "a page before that is no address": {"Referer": "http://[", "Origin": ""},
    "a page before with a broken host": {"Referer": "http://[v1.x]/", "Sec-Fetch-Site": "same-origin"},
    "bytes in a header": {"Referer": "\u00ff\u00fe", "User-Agent": "\u00ff" * 5_000, "Origin": "\u00e9"},
    "a long agent": {"User-Agent": "x" * 60_000},
    "a strange kind wanted": {"Accept": "text/html;q=x, */*;q=9e9, ;;;,,,"},
    "many kinds wanted": {"Accept": ",".join(["text/html;q=0.1"] * 5_000)},
    "many languages": {"Accept-Language": ",".join(f"a{n}-b;q=0.{n}" for n in range(5_000))},
    "a strange language": {"Accept-Language": "ko;q=nan, \u00e9, *;q=-1"},
    "broken cookies": {"Cookie": '=;;;=x; a; b="; c=\\"; archive_access=; archive_session="\\073"; $Version=1'},
    "many cookies": {"Cookie": "; ".join(f"c{n}=x" for n in range(3_000))},
    "a long cookie": {"Cookie": "archive_access=" + "a" * 60_000},
    "bytes in a cookie": {"Cookie": "archive_access=\u00ff\u00fe; archive_theme=\u00e9; archive_language=\u00ff"},
    "quoted cookies": {"Cookie": 'archive_csrf="\\777\\000"; archive_flash="\\054"'},
    "a forged flash": {"Cookie": "archive_flash=eyJfZmxhc2hlcyI6W119.x.y"},
    "a flash of nonsense": {"Cookie": "archive_flash=" + "." * 4_000},
    "a session that is none": {"Cookie": "archive_session=1; archive_refresh=x; archive_access=x"},
    "a token that is none": {"Cookie": "archive_access=eyJhbGciOiJub25lIn0.e30."},
    "a token of a strange head": {"Cookie": "archive_access=W10.W10.W10"},
    "a token with a null head": {"Cookie": "archive_access=bnVsbA.bnVsbA.bnVsbA"},
    "somebody's credentials": {"Authorization": "Basic " + "A" * 5_000},
    "a broken bearer": {"Authorization": "Bearer ga_\u00ff"},
    "a bearer of nothing": {"Authorization": "Bearer"},
    "a range": {"Range": "bytes=0-0,1-1,2-2,5-"},
    "a strange range": {"Range": "bytes=-9223372036854775809", "If-Range": '"x"'},
    "many ranges": {"Range": "bytes=" + ",".join(f"{n}-{n}" for n in range(2_000))},
    "known before": {"If-None-Match": '*, W/"x", ' + '"y",' * 2_000, "If-Modified-Since": "Sun, 99 Foo 0000"},
    "a condition": {"If-Match": '"9" , *', "If-Unmodified-Since": "never"},
    "a length that is none": {"Content-Length": "x"},
    "a negative length": {"Content-Length": "-1"},
    "an endless length": {"Content-Length": "9" * 30},
    "another method": {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "PUT", "X-Method-Override": "TRACE"},
    "another address": {"X-Original-URL": "/admin", "X-Rewrite-URL": "/internal/events"},
    "an expectation": {"Expect": "200-maybe"},
    "an upgrade": {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x"},
    "a coded body": {"Content-Encoding": "gzip"},
    "a preflight": {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"},
    "a trace of another": {"traceparent": "x" * 5_000, "X-Request-ID": "\u00e9" * 100},
    "prefetch": {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch"},
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("service", SERVICES)
def test_headers(filled: Filled, service: str, name: str) -> None:
    def answers() -> Iterator[tuple[str, int]]:
        # What reads headers reads them for all routes: every fourth will do, another one for each header.
        start = list(HEADERS).index(name) % 4
        for route, address in list(reached(filled, service))[start::4]:
            for client in clients(filled, service):
                headers = dict(HEADERS[name])
                options: dict[str, Any] = {"headers": headers}
                if "Cookie" in headers:
                    client = new_client(filled.community.apps[service])
                    client._cookies = None  # type: ignore[assignment] - exactly the cookies of the header
                    options["headers"] = headers | {"Origin": "http://localhost"}
                    answer = super(Client, client).open(address, method=route.method, **options)
                else:
                    answer = client.open(address, method=route.method, **options)
                yield f"{route} {name}", answer.status_code

    failed, _tried = failures(answers())
    assert failed == []


METHODS = words(
    """
    HEAD OPTIONS TRACE TRACK CONNECT PUT PATCH DELETE PROPFIND DEBUG PURGE X
    """
)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("service", SERVICES)
def test_methods_that_an_address_does_not_have(filled: Filled, service: str, method: str) -> None:
    """Each address answers to its own methods alone; none does anything by another name."""
    app = filled.community.apps[service]
    before = rows(app, without=("notification", "member_visit"))
    known: dict[str, set[str]] = {}
    for route in filled.community.routes(service):
        known.setdefault(filled.things[service].address(route), set()).add(route.method)
    for address, methods in known.items():
        answer = filled.attackers[service].open(address, method=method)
        if method == "OPTIONS":
            assert answer.status_code in (200, 401, 403, 404, 405), address
            continue
        if method in methods or (method == "HEAD" and "GET" in methods):
            continue
        assert answer.status_code in (400, 401, 403, 404, 405, 410), f"{method} {address}: {answer.status_code}"
        if answer.status_code == 405 and method != "HEAD":
            assert set(answer.headers["Allow"].replace(" ", "").split(",")) >= methods - {method}
            assert "X-Evil" not in answer.text
    assert rows(app, without=("notification", "member_visit")) == before


@pytest.mark.parametrize("service", SERVICES)
def test_a_head_is_a_get_without_its_body(filled: Filled, service: str) -> None:
    for route, address in reached(filled, service, "GET"):
        if route.rule in ("/refresh", "/health/ready"):
            continue
        forget_limits(filled.community.apps[service])
        visitor = filled.community.visitor(service)
        full, head = visitor.get(address), visitor.head(address)
        assert (head.status_code, head.data) == (full.status_code, b""), route


def test_a_method_that_is_said_otherwise_is_not_heard(filled: Filled) -> None:
    """`_method` and the override headers are frameworks' habits; here they mean nothing."""
    site = filled.community.boards["guides"]
    post_id = filled.things["guides"].ids["post_id"][0]
    victim = filled.victims["guides"]
    for method in ("DELETE", "PUT", "POST"):
        headers = dict.fromkeys(("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"), method)
        answer = victim.get(f"/guides/{post_id}/delete", query_string={"_method": method}, headers=headers)
        assert answer.status_code == 200
        assert site.column("placement", int(str(post_id))) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_the_first_of_two_fields_counts_and_the_address_none(filled: Filled, service: str) -> None:
    """Parameter pollution: a form's field is read from the form, and twice is not another thing."""
    if service not in filled.community.boards:
        return
    site = filled.community.boards[service]
    post_id = int(str(filled.things[service].ids["post_id"][0]))
    client = filled.community.member(service, 6_000, "둘째")
    before = len(rows(site.app)["comment"])
    answer = client.post(f"/{service}/{post_id}/comments?body=from-the-address", data={"body": ""})
    assert (answer.status_code, len(rows(site.app)["comment"])) == (422, before)
    answer = client.post(f"/{service}/{post_id}/comments?body=b", data={"body": ["first-of-two", "second-of-two"]})
    assert answer.status_code == 303
    assert max(rows(site.app)["comment"], key=lambda row: row["id"])["body"] == "first-of-two"


PROBES = words(
    r"""
    /.git/config /.git/HEAD /.svn/entries /.env /.env.production /.DS_Store /.htaccess /.archive/
    /.well-known/../.env /console /debug /_debug_toolbar/ /admin.php /wp-login.php /phpinfo.php /server-status
    /actuator/env /graphql /swagger.json /backup.sql /db.sqlite3 /news.sqlite3 /static/ /static
    /static/../application.py /static/%2e%2e/application.py /static/..%2fapplication.py /static/.%00./x
    /static//etc/passwd /static/%2fetc%2fpasswd /static/..\application.py /static/css/ /pyproject.toml /uv.lock
    /application.py /templates/layout.html /locales/en.po /migrations/ /avatars/ /avatars/../x
    /images/..%2f..%2fx.webp /images/ /internal /internal/ /health /health/
    """
)


@pytest.mark.parametrize("probe", PROBES)
def test_what_is_not_there_is_not_there(filled: Filled, probe: str) -> None:
    for service in SERVICES:
        prefix = filled.community.apps[service].extensions["archive_settings"].path
        for start in dict.fromkeys((prefix + probe, probe)):
            answer = filled.community.visitor(service).get(start)
            assert answer.status_code in (303, 308, 400, 403, 404, 405), f"{service} {start}: {answer.status_code}"
            for leaked in ("Traceback", "[core]", "import ", "SECRET", "root:x:", "Index of", "Directory listing"):
                assert leaked not in answer.text, f"{service} {start}"


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_runs_in_debug_mode(filled: Filled, service: str) -> None:
    app = filled.community.apps[service]
    assert not app.debug
    assert not app.testing
    assert app.config["PROPAGATE_EXCEPTIONS"] is None
    assert "EXPLAIN_TEMPLATE_LOADING" not in app.config or not app.config["EXPLAIN_TEMPLATE_LOADING"]
