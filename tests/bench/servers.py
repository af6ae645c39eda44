"""Servers under measurement: one worker process each on a free port, and what the kernel says they used."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
START_S = 60
#: What is used in a twentieth of a second by a process that has nothing to do.
IDLE_TICKS = 2.5


@dataclass(frozen=True)
class Running:
    """A server that answers on `port`; `pid` is its main process, its workers are below it."""

    pid: int
    port: int

    def processes(self) -> list[int]:
        """The main process and everything below it."""
        found = [self.pid]
        for pid in found:  # grows meanwhile
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in children.read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far."""
        return cpu_seconds(self.processes())

    def largest_mib(self) -> float:
        """Resident memory of its largest process, the worker."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.processes()]
        return max(pages) * PAGE_BYTES / 2**20


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of processes so far, to a tick of the kernel's clock (10 ms)."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def settle(cpu: Callable[[], float], longest_s: float = 5) -> None:
    """Wait until a process has done what the last round left to it, such as writing pages to disk."""
    deadline, before = time.monotonic() + longest_s, cpu()
    while time.monotonic() < deadline:
        time.sleep(0.05)
        now = cpu()
        if (now - before) * TICKS < IDLE_TICKS:
            return
        before = now


@contextmanager
def serving(module: str, environment: Mapping[str, str], log: Path) -> Generator[Running]:
    """Run `python -m module --port …` until the block ends, its output in `log`. RuntimeError if it does not answer."""
    port = free_port()
    command = [sys.executable, "-m", module, f"--port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=output, stderr=output)
    try:
        _wait(process, port)
        yield Running(process.pid, port)
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it answered")
        try:
            with socket.create_connection(("127.0.0.1", port), 0.5) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if connection.recv(12):
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing answered on port {port} within {START_S} s")
