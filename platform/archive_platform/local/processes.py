"""Processes of this machine: who a pid really is, and how what is left of a service is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROC = Path("/proc")
POLL_SECONDS = 0.02
KILLED_SECONDS = 5.0


@dataclass(frozen=True)
class Process:
    """A process by its pid and the moment it started: a recycled pid is another process."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this pid now; None when there is none, or only its remains."""
        started = _started(pid)
        return cls(pid, started) if started else None

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Process:
        return cls(int(record["pid"]), str(record["started"]))

    def record(self) -> dict[str, Any]:
        return {"pid": self.pid, "started": self.started}

    @property
    def alive(self) -> bool:
        return _started(self.pid) == self.started

    def signal(self, number: int) -> None:
        """Send a signal, unless the process is gone or its pid belongs to another one."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Whether the process ended within that time."""
        deadline = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True


def _started(pid: int) -> str | None:
    """When a process started, in a form that differs between boots; None when it is dead or a zombie."""
    if not PROC.is_dir():
        return _started_by_ps(pid)
    try:
        # proc_pid_stat(5): the command's name is in parentheses and may hold anything, so count from the last one
        state, *rest = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else f"{_boot()}-{rest[18]}"


def _started_by_ps(pid: int) -> str | None:
    """The same on systems without /proc."""
    shown = subprocess.run(  # noqa: S603 - a pid of our own record
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(maxsplit=1)
    return None if len(shown) < 2 or shown[0].startswith("Z") else shown[1].strip()


def _boot() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()[:8]


def end_leftovers(marker: str) -> list[int]:
    """Kill the other processes that carry `marker` ("NAME=value") in their environment. Returns the pids that are gone.

    A supervisor that was killed may leave grandchildren, which still hold the port. Their environment says whose they
    are, which no pid in a file could. Only on Linux, only our own user's.
    """
    found: list[Process] = []
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):  # of another user, or gone meanwhile
            if marker.encode() in (folder / "environ").read_bytes().split(b"\0"):
                process = Process.of(int(folder.name))
                if process and process.pid != os.getpid():
                    process.signal(signal.SIGKILL)
                    found.append(process)
    return [process.pid for process in found if process.wait(KILLED_SECONDS)]
