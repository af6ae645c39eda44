"""Server-side request forgery: no address that a member gives is ever asked by a server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from tests.apps.abuse.community import BOARDS
from tests.apps.abuse.conftest import Filled

from archive_chassis.consumer import FeedError, FeedReader
from archive_chassis.testing import make_settings

pytestmark = pytest.mark.slow

INSIDE = (
    "http://127.0.0.1:22/",
    "http://localhost/metrics",
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[::ffff:127.0.0.1]:8080/internal/events",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://017700000001/",
    "http://localtest.me/",
    "http://metadata.google.internal/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "file:///etc/passwd",
    "dict://127.0.0.1:11211/stats",
    "ftp://127.0.0.1/",
    "https://evil.example/redirect?to=http://127.0.0.1/",
    "//127.0.0.1/x.png",
    "http://user:password@127.0.0.1/",
    "jar:http://127.0.0.1!/",
    "ldap://127.0.0.1/",
    "smb://127.0.0.1/share",
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every address that a socket was to be connected to, or a name that was to be resolved."""
    found: list[object] = []

    def connect(_self: socket.socket, address: object) -> None:
        found.append(address)
        raise OSError("no network in this test")

    def resolve(host: object, *_rest: object, **_more: object) -> list[object]:
        found.append(host)
        raise OSError("no names in this test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "gethostbyname", resolve)
    return found


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.parametrize("board", BOARDS)
def test_writing_an_address_asks_nobody(filled: Filled, asked: list[object], board: str, address: str) -> None:
    site = filled.community.boards[board]
    role = "moderator" if site.board.writers == "editors" else "member"
    number = 7_000 + INSIDE.index(address)
    writer = filled.community.member(board, number, f"쓴이{number}", role)
    words = f"{address}\n\n[링크]({address}) ![그림]({address})\n\n<{address}>"
    own = {"source": address} if board == "news" else {}
    form = site.form(title="주소", body=words, **own)
    assert writer.post(f"/{board}/write", data=form | {"preview": "1"}).status_code == 200
    assert writer.post(f"/{board}/write", data=form | {"image": address}).status_code in (303, 422)
    answer = writer.post(f"/{board}/write", data=form)
    assert answer.status_code in (303, 422)  # news takes web addresses alone as a source
    post_id = site.write(writer, body=words)
    assert writer.post(f"/{board}/{post_id}/comments", data={"body": words}).status_code == 303
    assert writer.post(f"/{board}/images", data={"picture": address, "url": address}).status_code in (404, 405, 422)
    for path in (f"/{post_id}", "/", "/feed.atom"):
        assert filled.community.visitor(board).get(f"/{board}{path}").status_code == 200
    assert asked == []


@pytest.mark.parametrize("address", INSIDE)
def test_an_account_asks_nobody(filled: Filled, asked: list[object], address: str) -> None:
    visitor = filled.community.visitor("auth")
    for path in ("register", "login", "reset"):
        form = {"nickname": address, "email": f"a@{address}", "name": address, "next": address, "password": "x" * 12}
        visitor.post(f"/auth/{path}", data=form, headers={"Referer": "http://localhost/"})
    filled.attackers["auth"].post("/auth/me/avatar", data={"avatar": address})
    filled.community.visitor("home").get("/search", query_string={"q": address})
    assert asked == []


def test_a_request_to_somewhere_would_be_seen(asked: list[object]) -> None:
    with pytest.raises(OSError, match="no names"):
        socket.create_connection(("example.com", 80))
    with socket.socket() as direct, pytest.raises(OSError, match="no network"):
        direct.connect(("127.0.0.1", 9))
    assert asked == ["example.com", ("127.0.0.1", 9)]


class _Redirecting(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the tests' own output stays readable."""


@pytest.fixture
def redirecting() -> Generator[str, None, None]:
    server = HTTPServer(("127.0.0.1", 0), _Redirecting)
    _Redirecting.asked.clear()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_feed_that_leads_elsewhere_is_not_followed(filled: Filled, redirecting: str) -> None:
    """The internal token goes where the settings say, and no further."""
    settings = make_settings("home", filled.community.folder, origins={"news": redirecting})
    with pytest.raises(FeedError, match="302"):
        FeedReader(settings).fetch("news", 0)
    assert _Redirecting.asked == ["/news/internal/events?after=0&limit=500"] or len(_Redirecting.asked) == 1
    assert "/elsewhere" not in _Redirecting.asked
