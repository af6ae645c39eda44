"""A load generator that costs little: requests over kept-alive connections, each answer read to its end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.servers import Running

CONNECTIONS = 2
LONGEST_S = 120


@dataclass(frozen=True)
class Round:
    """What one round saw: requests per second, answer times in ms, and the server's CPU per request in ms."""

    per_second: float
    p50: float
    p99: float
    cpu: float


def run(server: Running, path: Callable[[int], str], cookie: str, requests: int) -> Round:
    """Send `requests` requests; `path(n)` is the address of the n-th. RuntimeError for any answer but 200."""
    times: list[float] = []
    failures: list[str] = []
    shares = [range(first, requests, CONNECTIONS) for first in range(CONNECTIONS)]

    def work(share: range) -> None:
        try:
            times.extend(_send(server.port, path, cookie, share))
        except Exception as error:
            failures.append(str(error))

    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    cpu, started = server.cpu_seconds(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, used = time.perf_counter() - started, server.cpu_seconds() - cpu
    if failures:
        raise RuntimeError(failures[0])
    times.sort()
    return Round(len(times) / took, _at(times, 0.5), _at(times, 0.99), used * 1000 / len(times))


def _at(times: list[float], share: float) -> float:
    return times[min(int(len(times) * share), len(times) - 1)] * 1000


def _send(port: int, path: Callable[[int], str], cookie: str, share: range) -> list[float]:
    times: list[float] = []
    deadline = time.monotonic() + LONGEST_S
    head = f"Host: 127.0.0.1:{port}\r\nAccept: text/html\r\n" + (f"Cookie: {cookie}\r\n" if cookie else "")
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        for number in share:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the round took longer than {LONGEST_S} s")
            started = time.perf_counter()
            connection.sendall(f"GET {path(number)} HTTP/1.1\r\n{head}\r\n".encode())
            status = _read(connection)
            times.append(time.perf_counter() - started)
            if status != b"200":
                raise RuntimeError(f"{path(number)} was answered {status.decode()}")
    return times


def _read(connection: socket.socket) -> bytes:
    """Read one answer; its status."""
    data = connection.recv(65_536)
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    left = int(fields[b"content-length"]) - len(body)
    while left > 0:
        left -= len(connection.recv(65_536))
    return head.split(b" ", 2)[1]
