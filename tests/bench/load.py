"""Rounds of load on a running server: requests made beforehand, sent by a generator in a process of its own."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from tests.bench import generator, servers
from tests.bench.generator import LONGEST_S, Job, Seen
from tests.bench.servers import Running

BOUNDARY = "----bench-form-boundary"


@dataclass(frozen=True)
class Request:
    """What a browser sends. `address` is the visitor's, as the proxy in front tells it; `form` makes it a POST.

    The form is encoded as multipart/form-data, as those with a button for pictures are.
    """

    path: str
    cookie: str = ""
    address: str = ""
    form: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def method(self) -> str:
        return "POST" if self.form else "GET"

    @property
    def body(self) -> bytes:
        parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}' for n, v in self.form.items()]
        return "\r\n".join([*parts, f"--{BOUNDARY}--", ""]).encode() if parts else b""

    def headers(self, host: str) -> dict[str, str]:
        """Those that say something, in the order in which they are sent."""
        known = {"Host": host, "Accept": "text/html", "Cookie": self.cookie, "X-Forwarded-For": self.address}
        if self.form:
            known |= {"Origin": f"http://{host}", "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
            known |= {"Content-Length": str(len(self.body))}
        return {name: value for name, value in known.items() if value}

    def encoded(self, port: int) -> bytes:
        """As it goes over the wire to a port of this machine."""
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers(f"127.0.0.1:{port}").items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


@dataclass(frozen=True)
class Expected:
    """What every answer must be: its status, and for redirects a pattern of where to."""

    status: int = 200
    location: str = ""


@dataclass(frozen=True)
class Round:
    """What one closed-loop round saw: requests per second, answer times in ms, and CPU per request in ms.

    `cpu` is that of the server's processes, `database_cpu` that of the database server (0 where there is none).
    """

    per_second: float
    p50: float
    p99: float
    cpu: float
    database_cpu: float


@dataclass(frozen=True)
class OpenRound:
    """What one open-loop round at `per_second` saw, in ms. `late`: p99 of the generator's own delay."""

    per_second: float
    p50: float
    p99: float
    late: float


def closed(
    server: Running, requests: Sequence[Request], expected: Expected, database_cpu: Callable[[], float]
) -> Round:
    """Send requests over connections that never pause. RuntimeError for an answer that is not as expected."""
    servers.settle(lambda: server.cpu_seconds() + database_cpu())
    before, before_database = server.cpu_seconds(), database_cpu()
    seen = _generate(server, requests, expected, ())
    used, used_database = server.cpu_seconds() - before, database_cpu() - before_database
    count = len(seen.times)
    return Round(
        count / seen.took,
        percentile(seen.times, 0.5),
        percentile(seen.times, 0.99),
        used * 1000 / count,
        used_database * 1000 / count,
    )


def open_loop(
    server: Running, requests: Sequence[Request], expected: Expected, per_second: float, seed: int
) -> OpenRound:
    """Send requests as visitors do who know nothing of each other: `per_second` in the mean, at hours drawn beforehand.

    RuntimeError for an answer that is not as expected.
    """
    chooser = random.Random(seed)  # noqa: S311 - when visitors come, no secret
    due = list(accumulate(chooser.expovariate(per_second) for _ in requests))
    servers.settle(server.cpu_seconds)
    seen = _generate(server, requests, expected, due)
    late = percentile(seen.late, 0.99)
    return OpenRound(per_second, percentile(seen.times, 0.5), percentile(seen.times, 0.99), late)


def percentile(seconds: Sequence[float], share: float) -> float:
    """The time (ms) that `share` of the times do not exceed."""
    ordered = sorted(seconds)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


def _generate(server: Running, requests: Sequence[Request], expected: Expected, due: Sequence[float]) -> Seen:
    encoded = [request.encoded(server.port) for request in requests]
    job = Job(server.port, encoded, expected.status, expected.location, due)
    # It needs the standard library alone, and starts in no time without anything else.
    command = [sys.executable, "-I", "-S", generator.__file__]
    done = subprocess.run(
        command, input=job.to_json(), capture_output=True, text=True, check=False, timeout=LONGEST_S + 60
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return Seen(**json.loads(done.stdout))
