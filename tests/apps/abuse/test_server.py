"""What only a real server can be asked: how it reads requests, and how much of them it keeps in memory."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.ports import free_port

from archive_chassis.health import script_directory
from archive_chassis.migrate import upgrade
from archive_chassis.service import find_service
from archive_chassis.testing import INTERNAL_TOKEN, KEYS, SECRET_KEY, SITE, public_key_set

pytestmark = pytest.mark.slow

SERVICES = ("home", "guides")
PATIENCE_S = 60
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Server:
    """Granian with one worker, as it runs in production."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def send(self, *pieces: bytes, patience: float = PATIENCE_S) -> bytes:
        """What comes back for these bytes; b"" where the connection is closed without a word."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=patience)) as line:
            try:
                for piece in pieces:
                    line.sendall(piece)
            except OSError:
                pass  # it has answered already, and hears no more
            return _read(line)

    def status(self, *pieces: bytes) -> int:
        """The status of the first answer; 0 where there is none."""
        found = re.match(rb"HTTP/1\.[01] (\d{3})", self.send(*pieces))
        return int(found[1]) if found else 0

    def lives(self) -> bool:
        return self.process.poll() is None and self.status(_get("/guides/")) == 200

    def memory(self) -> int:
        """The most memory that any of its processes ever had, in bytes."""
        return max(_peak(pid) for pid in _family(self.process.pid))


def _read(line: socket.socket) -> bytes:
    found = b""
    try:
        while piece := line.recv(65_536):
            found += piece
    except OSError:
        pass
    return found


def _family(pid: int) -> list[int]:
    found = [pid]
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == pid:
            found.append(int(path.parent.name))
    return found


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def _get(path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", "Accept: text/html", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _post(path: str, *headers: str) -> bytes:
    own = ("Host: localhost", "Connection: close", "Origin: http://localhost", "Accept: text/html")
    kind = "Content-Type: application/x-www-form-urlencoded"
    return ("\r\n".join([f"POST {path} HTTP/1.1", *own, kind, *headers]) + "\r\n\r\n").encode("latin-1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server, None, None]:
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    own = {
        "ENVIRONMENT": "production",
        "SITE": " ".join(f"{name}={path}" for name, path in SITE.items()),
        "MOUNT": " ".join(SERVICES),
        "PUBLIC_URL": "http://localhost",
        "DATA_DIR": str(folder / "data"),
        "MAIL_DIR": str(folder / "mail"),
        "SECRET_KEY": SECRET_KEY,
        "INTERNAL_TOKEN": INTERNAL_TOKEN,
        "VERIFICATION_KEYS": json.dumps(public_key_set(KEYS)),
    }
    own |= {f"{name.upper()}_DATABASE_URL": f"sqlite:///{folder}/{name}.sqlite3" for name in SERVICES}
    for name in SERVICES:
        upgrade(own[f"{name.upper()}_DATABASE_URL"], script_directory(find_service(name).versions))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
    environment |= {f"ARCHIVE_{name}": value for name, value in own.items()}
    log = folder / "server.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "archive_chassis.serve", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    started = Server(port, process, log)
    try:
        _wait_for(started)
        yield started
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _wait_for(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            pytest.fail(server.log.read_text(errors="replace"))
        try:
            if server.lives():
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"it did not answer:\n{server.log.read_text(errors='replace')}")


@pytest.mark.parametrize("megabytes", [13, 300])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"])
def test_a_body_too_large_is_refused_and_never_kept(server: Server, megabytes: int, kind: str) -> None:
    assert server.lives()
    before = server.memory()
    size = megabytes * MEGABYTE
    head = _post("/guides/write", f"Content-Length: {size}").replace(
        b"application/x-www-form-urlencoded", kind.encode()
    )
    start = b'--b\r\nContent-Disposition: form-data; name="body"\r\n\r\n' if "multipart" in kind else b"body="
    pieces = [head, start, *[b"a" * MEGABYTE] * megabytes]
    assert server.status(*pieces) in (403, 413)
    assert server.memory() - before < 64 * MEGABYTE
    assert server.lives()


def test_a_body_that_only_says_it_is_large_is_refused_at_once(server: Server) -> None:
    answer = server.status(
        _post("/guides/write", f"Content-Length: {10**12}", "X-CSRF-Token:", "Cookie: archive_csrf=x")
    )
    assert answer in (403, 413)


def test_a_body_in_pieces_is_no_way_around_the_limit(server: Server) -> None:
    before = server.memory()
    chunk = b"100000\r\n" + b"a" * MEGABYTE + b"\r\n"
    pieces = [_post("/guides/write", "Transfer-Encoding: chunked"), *[chunk] * 200, b"0\r\n\r\n"]
    assert server.status(*pieces) in (0, 400, 403, 411, 413)
    assert server.memory() - before < 64 * MEGABYTE
    assert server.lives()


SMUGGLED = (
    ("Content-Length: 6", "Transfer-Encoding: chunked"),
    ("Transfer-Encoding: chunked", "Content-Length: 6"),
    ("Content-Length: 0", "Content-Length: 44"),
    ("Content-Length: 0, 44",),
    ("Content-Length: +0",),
    ("Content-Length: 0x0",),
    ("Content-Length : 0",),
    ("Transfer-Encoding: xchunked",),
    ("Transfer-Encoding: chunked, identity",),
    ("Transfer-Encoding: identity, chunked", "Content-Length: 6"),
    ("Transfer-Encoding\t: chunked",),
    ("Transfer-Encoding: \x0bchunked",),
    ("Transfer-Encoding: chunked", "Transfer-Encoding: x"),
    ("X: y\nTransfer-Encoding: chunked",),
    ("X: y\rTransfer-Encoding: chunked", "Content-Length: 6"),
    (" Content-Length: 6",),
    ("Content-Length: 6", " folded: x"),
)


@pytest.mark.parametrize("headers", SMUGGLED, ids=str)
def test_two_requests_are_never_one(server: Server, headers: tuple[str, ...]) -> None:
    """Smuggling: what hides behind a body of doubtful length is never answered as a request of its own."""
    hidden = b"0\r\n\r\nGET /guides/tags?smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    head = _post("/guides/write", *headers).replace(b"Connection: close", b"Connection: keep-alive")
    answer = server.send(head + hidden, patience=3)
    statuses = re.findall(rb"HTTP/1\.1 (\d{3})", answer)
    if (
        len(statuses) > 1
    ):  # only where the length was clear to everybody: Transfer-Encoding wins, and the rest is another
        lines = [line for one in headers for line in one.split("\n")]  # a bare line end is one (RFC 9112, section 2.2)
        assert any(line == "Transfer-Encoding: chunked" for line in lines)
        assert not any(line.startswith("Content-Length") for line in lines), answer
    assert server.lives()


CLOSE = b"Connection: close\r\n\r\n"
LINES = (
    b"GET /guides/ HTTP/1.1\r\n\r\n",
    b"GET /guides/\r\n\r\n",
    b"GET  /guides/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /guides/ HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET http://evil.example/guides/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET //evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /guides/\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /guides/\xff\xfe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /guides/%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /guides/%ff%fe?tag=%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /guides/?tag=\xea\xb0\x80 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"get /guides/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"TRACE /guides/ HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\nConnection: close\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n",
    b"GET /guides/ HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    b"GET /guides/ HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
    b"GET /guides/ HTTP/1.1\r\nHost: xn--\r\nConnection: close\r\n\r\n",
    b"GET //guides HTTP/1.1\r\nHost: xn--\r\nConnection: close\r\n\r\n",
    b"GET /guides/series/ HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n",
    b"POST /guides/write HTTP/1.1\r\nHost: localhost\r\nOrigin: http://[::1\r\nContent-Length: 0\r\n" + CLOSE,
    b"POST /guides/write HTTP/1.1\r\nHost: localhost\r\nReferer: http://[\r\nContent-Length: 0\r\n" + CLOSE,
    b"GET /guides/ HTTP/1.1\r\nHost: \xff\r\nConnection: close\r\n\r\n",
    b"GET /guides/ HTTP/1.1\r\nHost: localhost\r\nX\x00Y: 1\r\n\r\n",
    b"GET /guides/ HTTP/1.1\r\nHost: localhost\r\nX: \x00\r\n\r\n",
    b"GET /guides/ HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \xff\xfe\r\nConnection: close\r\n\r\n",
    b"GET /guides/ HTTP/1.1\r\nHost: localhost\r\nCookie: archive_theme=\xff; archive_access=\x80\r\n" + CLOSE,
    b"GET /guides/" + b"a" * 500_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /guides/?tag=" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /guides/ HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n",
    b"GET /guides/ HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
    b"GET /guides/ HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a=b; " * 20_000 + b"\r\nConnection: close\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\r\n\r\n\r\n\r\n",
    b"\x00" * 1_000,
    b"A" * 100_000,
    b"GET /guides/ HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n" + CLOSE,
)


@pytest.mark.parametrize("line", LINES, ids=lambda line: repr(line[:60]))
def test_a_request_that_is_none_is_refused_and_harms_nobody(server: Server, line: bytes) -> None:
    logged = server.log.stat().st_size
    answer = server.send(line, patience=3)
    found = re.match(rb"HTTP/[12](?:\.[01])? (\d{3})", answer)
    status = int(found[1]) if found else 0
    assert status < 500, answer[:300]
    assert b"evil.example" not in answer.partition(b"\r\n\r\n")[0]
    assert b"Traceback" not in answer
    assert server.lives()
    assert b"Traceback" not in server.log.read_bytes()[logged:]


def test_line_ends_in_an_address_make_no_header(server: Server) -> None:
    for path in ("/guides/?lang=ko%0d%0aX-Evil:%201", "/guides/%0d%0aX-Evil:%201", "/guides/drafts?x=%0d%0aX-Evil:1"):
        head = server.send(_get(path)).partition(b"\r\n\r\n")[0]
        assert not [line for line in head.splitlines() if line.lower().startswith(b"x-evil")]


def test_a_slow_visitor_keeps_nobody_waiting(server: Server) -> None:
    """Half a request, held open: the one thread that answers is not held with it."""
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(30)]
    try:
        for line in held:
            line.sendall(b"GET /guides/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        assert server.lives()
    finally:
        for line in held:
            line.close()
    half = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(3)]
    try:
        for line in half:
            line.sendall(_post("/guides/write", "Content-Length: 1000") + b"body=")
        assert server.lives()
    finally:
        for line in half:
            line.close()
