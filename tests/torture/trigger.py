"""How a kill travels from the driver to a process: files in a folder that both know.

armed.json       the injection that is wanted now
fired-N          injection N has happened; made exclusively, so that of two processes one dies
groups.json      unit → process group of everything that the keeper runs
database.pid     MariaDB's process
"""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.torture.injections import Injection, Role, Victim

DATABASE_DIES_S = 10


class Armory:
    """The driver's side."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def arm(self, injection: Injection) -> None:
        """From now on, whoever comes to the point kills."""
        write(self.folder / "armed.json", asdict(injection))

    def has_fired(self, injection: Injection) -> bool:
        return _fired(self.folder, injection.number).exists()

    def fire(self, injection: Injection, group: int) -> None:
        """Kill at once, on the driver's own account: `process` is then the process group `group`."""
        _fired(self.folder, injection.number).touch()
        _kill(self.folder, injection.victim, own_group=group)


class Trigger:
    """A process's side: kills when the armed point is passed for the armed time."""

    def __init__(self, folder: Path, role: Role) -> None:
        self._folder = folder
        self._role = role
        self._armed_at: int = 0
        self._armed: dict[str, Any] | None = None
        self._passes = 0

    def reach(self, point: str) -> None:
        """The process is at this step."""
        armed = self._look()
        if armed is None or armed["point"]["role"] != self._role or armed["point"]["name"] != point:
            return
        self._passes += 1
        if self._passes != armed["at_pass"]:
            return
        try:
            os.close(os.open(_fired(self._folder, armed["number"]), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return  # another process came there first
        _kill(self._folder, armed["victim"])
        if armed["victim"] != "database":
            os.kill(os.getpid(), signal.SIGKILL)

    def _look(self) -> dict[str, Any] | None:
        """The armed injection. Looking costs one `stat`, so that steps can be many."""
        path = self._folder / "armed.json"
        try:
            changed = os.stat(path).st_mtime_ns  # noqa: PTH116 - a step's whole cost
        except FileNotFoundError:
            return None
        if changed != self._armed_at:
            self._armed = json.loads(path.read_text())
            self._armed_at, self._passes = changed, 0
        return self._armed


def write(path: Path, content: object) -> None:
    """Write JSON so that nobody reads half of it."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(content))
    beside.rename(path)


def _fired(folder: Path, number: int) -> Path:
    return folder / f"fired-{number}"


def _kill(folder: Path, victim: Victim, own_group: int | None = None) -> None:
    """Kill whom the victim names beside the caller itself; the driver, who is no victim, names a group."""
    groups: dict[str, int] = json.loads((folder / "groups.json").read_text())
    if victim == "everything":
        for group in groups.values():
            if group != os.getpgrp():
                _send(-group)
    elif victim == "process" and own_group is not None:
        _send(-own_group)
    if victim in ("database", "everything"):
        with suppress(FileNotFoundError):
            _kill_database(int((folder / "database.pid").read_text()))
    if victim == "everything" and own_group is None:
        _send(-os.getpgrp())


def _send(target: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(target, signal.SIGKILL)


def _kill_database(pid: int) -> None:
    """Kill MariaDB and wait until the kernel has closed its connections: the next statement must find it gone."""
    _send(pid)
    deadline = time.monotonic() + DATABASE_DIES_S
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.001)
