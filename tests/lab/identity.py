"""A process, known by its id and the moment it started: an id alone may belong to somebody else by now."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ZOMBIE_STATES = frozenset("ZX")


@dataclass(frozen=True)
class ProcessIdentity:
    """Attributes:
    pid: the process id.
    started: clock ticks since the machine's start, field 22 of proc_pid_stat(5).
    """

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """Who runs under this id; None when nobody does."""
        fields = _stat(pid)
        return None if fields is None or fields[0] in ZOMBIE_STATES else cls(pid, int(fields[19]))

    def is_alive(self) -> bool:
        return ProcessIdentity.of(self.pid) == self

    def kill(self, timeout: float = 10) -> bool:
        """SIGKILL it and wait for its end; True when it is gone.

        The descriptor is opened before the start time is compared, so the signal reaches this process or none.
        """
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            if not self.is_alive():
                return True
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            return bool(select.select([descriptor], [], [], timeout)[0])
        finally:
            os.close(descriptor)


def children(pid: int) -> list[int]:
    """The ids of its direct children."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def pid_inside(pid: int) -> int | None:
    """Its id in the innermost process namespace it is in: 1 for the init of a container."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return int(line.split()[-1])
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third (the state); the second, the name, may hold spaces and brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
