"""Programs that watch during all rounds: the client, and who holds the virtual address."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from ipaddress import IPv4Address

from tests.lab import commands, hosts
from tests.lab.errors import LabError
from tests.lab.failover.client import NOBODY
from tests.lab.failover.measures import Attempt, Change
from tests.lab.lab import Lab
from tools.bootstrap.paths import this_checkout

END_SECONDS = 5


@contextmanager
def lines_of(command: Iterable[str], take: Callable[[str], None]) -> Generator[None]:
    """Run a program in the checkout and give each line that it prints to `take`, in a thread."""
    root = this_checkout().root
    with subprocess.Popen(list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, cwd=root) as run:
        assert run.stdout is not None
        lines = run.stdout
        reader = threading.Thread(target=lambda: [take(line) for line in lines], daemon=True)
        reader.start()
        try:
            yield
        finally:
            run.terminate()
            reader.join(END_SECONDS)


class Client:
    """What the client has seen since the last `forget`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._attempts: list[Attempt] = []

    def take(self, line: str) -> None:
        begin, end, who = line.strip().split(" ", 2)
        with self._lock:
            self._attempts.append(Attempt(float(begin), float(end), None if who == NOBODY else who))

    @property
    def attempts(self) -> list[Attempt]:
        return self._attempts.copy()

    def forget(self, before: float) -> None:
        with self._lock:
            self._attempts = [attempt for attempt in self._attempts if attempt.end >= before]

    def answered_since(self, moment: float) -> bool:
        """Whether an attempt after that moment was answered, and none failed."""
        since = [attempt for attempt in self.attempts if attempt.begin >= moment]
        return bool(since) and all(attempt.who is not None for attempt in since)


class Holders:
    """Which hosts held the address when, as the kernel of each told it at that moment."""

    def __init__(self, address: IPv4Address) -> None:
        self.address = address
        self._lock = threading.Lock()
        self._changes: list[Change] = []

    @property
    def changes(self) -> list[Change]:
        return self._changes.copy()

    @property
    def now(self) -> set[str]:
        last = {change.host: change.holds for change in self.changes}
        return {host for host, holds in last.items() if holds}

    @property
    def last_change(self) -> float:
        """Its moment."""
        return max((change.at for change in self.changes), default=0.0)

    def forget(self, before: float) -> None:
        """Keep of the past only who held the address then."""
        with self._lock:
            last = {change.host: change for change in self._changes if change.at < before}
            self._changes = [*last.values(), *(change for change in self._changes if change.at >= before)]

    def take(self, host: str, line: str) -> None:
        if f" inet {self.address}/" in line:
            with self._lock:
                self._changes.append(Change(time.monotonic(), host, not line.startswith("Deleted")))

    @contextmanager
    def watch(self, lab: Lab, host: str) -> Generator[None]:
        """Follow one host, from outside of it: also when it is cut off."""
        nspawn = lab.status().hosts[host].process
        leader = hosts.leader(nspawn) if nspawn else None
        if leader is None:
            raise LabError(f"lab host {host} has no power")
        there = ("nsenter", "--net", f"--target={leader}", "ip", "-oneline", "-4")
        with lines_of([*there, "monitor", "address"], lambda line: self.take(host, line)):
            for line in commands.run(*there, "address", "show").splitlines():
                self.take(host, line)
            yield


@contextmanager
def watching_client(address: IPv4Address, port: int, tls: bool) -> Generator[Client]:
    """The client, from the start of its process to its end."""
    client = Client()
    words = [sys.executable, "-m", "tests.lab.failover.client", str(address), str(port), "tls" if tls else "plain"]
    with lines_of(words, client.take):
        yield client
