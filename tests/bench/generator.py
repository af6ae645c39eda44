"""A load generator in a process of its own: a job in JSON on standard input, what was seen on standard output.

Closed loop: kept-alive connections that never pause. Open loop: each request has an hour that was fixed beforehand, and
its time counts from that hour, whether or not a connection was free then: a slow answer cannot keep later requests from
being due (no coordinated omission). Requests are bytes that were made before the clock started.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST_S = 300
CLOSED_CONNECTIONS, OPEN_CONNECTIONS = 2, 64


@dataclass(frozen=True)
class Job:
    """What to send to a port of this machine.

    `requests` are whole HTTP requests. Every answer must have the status `answer`, and a Location that matches
    `location` unless that is "". `due` are the seconds from the start at which each is sent; empty for the closed loop.
    """

    port: int
    requests: Sequence[bytes]
    answer: int = 200
    location: str = ""
    due: Sequence[float] = ()

    def to_json(self) -> str:
        return json.dumps({**self.__dict__, "requests": [one.decode("latin-1") for one in self.requests]})

    @classmethod
    def from_json(cls, text: str) -> Job:
        values: dict[str, Any] = json.loads(text)
        values["requests"] = [one.encode("latin-1") for one in values["requests"]]
        return cls(**values)


@dataclass
class Seen:
    """Seconds: the whole job, each answer, and how late each request was sent although a connection was free."""

    took: float = 0.0
    times: list[float] = field(default_factory=list[float])
    late: list[float] = field(default_factory=list[float])


class WrongAnswer(Exception):
    """An answer that was not expected; the message quotes the request's first line."""


class Connection:
    """One kept-alive connection, and the request whose answer it waits for."""

    def __init__(self, job: Job) -> None:
        self.socket = socket.create_connection(("127.0.0.1", job.port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._job = job
        self._data = b""
        self._number = 0
        self.since = 0.0

    def send(self, number: int, since: float) -> None:
        """Send a request whose time counts from `since`."""
        self._number, self._data, self.since = number, b"", since
        self.socket.sendall(self._job.requests[number])

    def receive(self) -> bool:
        """Read what has come; whether the answer is whole. WrongAnswer."""
        part = self.socket.recv(262_144)
        if not part:
            raise self._wrong("the connection was closed")
        self._data += part
        head, end, body = self._data.partition(b"\r\n\r\n")
        if not end:
            return False
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if len(body) < int(fields[b"content-length"]):
            return False
        status = int(head.split(b" ", 2)[1])
        if status != self._job.answer:
            raise self._wrong(f"answered {status} and not {self._job.answer}: {body[:300].decode(errors='replace')}")
        location = fields.get(b"location", b"").decode()
        if self._job.location and not re.fullmatch(self._job.location, location):
            raise self._wrong(f"led to {location!r}")
        return True

    def _wrong(self, what: str) -> WrongAnswer:
        line = self._job.requests[self._number].split(b"\r\n", 1)[0].decode()
        return WrongAnswer(f"{line}: {what}")


def run(job: Job) -> Seen:
    """Do a job. WrongAnswer; TimeoutError when it takes longer than LONGEST_S."""
    seen = Seen()
    connections = [Connection(job) for _ in range(OPEN_CONNECTIONS if job.due else CLOSED_CONNECTIONS)]
    started = time.perf_counter()
    if job.due:
        _open_loop(job, connections, started, seen)
    else:
        _closed_loop(job, connections, seen)
    seen.took = time.perf_counter() - started
    for one in connections:
        one.socket.close()
    return seen


def _closed_loop(job: Job, connections: Sequence[Connection], seen: Seen) -> None:
    deadline = time.perf_counter() + LONGEST_S
    failures: list[Exception] = []

    def work(connection: Connection, numbers: range) -> None:
        try:
            for number in numbers:
                started = time.perf_counter()
                _in_time(started, deadline)
                connection.send(number, started)
                while not connection.receive():
                    pass
                seen.times.append(time.perf_counter() - started)
        except Exception as error:
            failures.append(error)

    shares = [range(first, len(job.requests), len(connections)) for first in range(len(connections))]
    threads = [threading.Thread(target=work, args=pair) for pair in zip(connections, shares, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _open_loop(job: Job, connections: Sequence[Connection], started: float, seen: Seen) -> None:
    free, busy = deque(connections), dict[socket.socket, Connection]()
    number, free_since = 0, started
    while number < len(job.requests) or busy:
        now = time.perf_counter()
        _in_time(now, started + LONGEST_S)
        while free and number < len(job.requests) and started + job.due[number] <= now:
            due = started + job.due[number]
            connection = free.popleft()
            connection.send(number, due)
            busy[connection.socket] = connection
            number += 1
            now = time.perf_counter()
            # While all connections were taken the server was the one that made it wait.
            seen.late.append(now - max(due, free_since))
        wait = max(started + job.due[number] - now, 0) if free and number < len(job.requests) else 1.0
        for ready in select.select(list(busy), [], [], wait)[0]:
            connection = busy[ready]
            if connection.receive():
                seen.times.append(time.perf_counter() - connection.since)
                if not free:
                    free_since = time.perf_counter()
                free.append(busy.pop(ready))


def _in_time(now: float, deadline: float) -> None:
    if now > deadline:
        raise TimeoutError(f"the round took longer than {LONGEST_S} s")


def main() -> int:
    try:
        seen = run(Job.from_json(sys.stdin.read()))
    except (WrongAnswer, OSError) as error:  # TimeoutError is one
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(seen.__dict__))
    return 0


if __name__ == "__main__":
    sys.exit(main())
