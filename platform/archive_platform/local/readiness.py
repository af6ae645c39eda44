"""Asking a service whether it is ready."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence

from archive_platform import naming

TIMEOUT_SECONDS = 5.0
GLANCE_SECONDS = 0.05
SHOWN_CHARACTERS = 500


def problems(
    host: str, port: int, paths: Sequence[str], release: str, hopeful: Callable[[], bool] = lambda: True
) -> list[str]:
    """Why the service is not ready with this release; empty when every path says that it is.

    `hopeful` is asked while an answer is awaited; when it says no, the wait ends.
    """
    found = (_problem(naming.reachable(host), port, path, release, hopeful) for path in paths)
    return [each for each in found if each]


def _problem(host: str, port: int, path: str, release: str, hopeful: Callable[[], bool]) -> str | None:
    try:
        head, _, body = _get(host, port, path, hopeful).partition(b"\r\n\r\n")
    except OSError as error:
        return f"{path}: no answer ({error})"
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"]:
        shown = body[:SHOWN_CHARACTERS].decode(errors="replace").strip()
        return f"{path}: {b''.join(status).decode(errors='replace') or 'no'} {shown}"
    if release.encode() not in body:
        return f"{path}: another release answers"
    return None


def _get(host: str, port: int, path: str, hopeful: Callable[[], bool]) -> bytes:
    """The whole answer. HTTP/1.0, so that it ends with the connection. TimeoutError when it does not come."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    answer = b""
    with socket.create_connection((host, port), timeout=TIMEOUT_SECONDS) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\nAccept: application/json\r\n\r\n".encode())
        connection.settimeout(GLANCE_SECONDS)
        while True:
            try:
                part = connection.recv(65_536)
            except TimeoutError:
                if time.monotonic() > deadline or not hopeful():
                    raise
                continue
            if not part:
                return answer
            answer += part
