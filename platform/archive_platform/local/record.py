"""The file that tells what runs: run/<name>.json, written by the supervisor, believed only while it lives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_platform.local.processes import Process

RUNNING = "running"
RESTARTING = "restarting"
STOPPED = "stopped"


@dataclass(frozen=True)
class Record:
    """A supervisor, what it serves and where, the paths that say whether it is ready, each program's pid."""

    supervisor: Process
    state: str
    release: str
    host: str
    port: int
    ready: tuple[str, ...]
    programs: dict[str, int]

    @property
    def alive(self) -> bool:
        return self.supervisor.alive


def path(run: Path, name: str) -> Path:
    return run / f"{name}.json"


def read(run: Path, name: str) -> Record | None:
    """The record, also of a dead supervisor; None when there is none that can be read."""
    try:
        data: dict[str, Any] = json.loads(path(run, name).read_text())
        supervisor = Process.from_record(data["supervisor"])
        state, release, host, port = data["state"], data["release"], data["host"], int(data["port"])
        return Record(supervisor, state, release, host, port, tuple(data["ready"]), dict(data["programs"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def running(run: Path, name: str) -> Record | None:
    """The record of a supervisor that lives."""
    found = read(run, name)
    return found if found and found.alive else None


def predecessor(run: Path, name: str, host: str, port: int) -> tuple[str, Record] | None:
    """Who has to make way for the service `name` on that address: its own former version, or else the one of ours that
    listens there, as the gateway does when `topology` goes from per-service to single."""
    own = running(run, name)
    if own:
        return name, own
    for file in sorted(run.glob("*.json")):
        found = running(run, file.stem)
        if found and (found.host, found.port) == (host, port):
            return file.stem, found
    return None


def write(run: Path, name: str, record: Record) -> None:
    """Replace the record at once: a reader sees the old one or the new one."""
    data = {
        "supervisor": record.supervisor.record(),
        "state": record.state,
        "release": record.release,
        "host": record.host,
        "port": record.port,
        "ready": record.ready,
        "programs": record.programs,
    }
    fresh = path(run, name).with_suffix(".new")
    fresh.write_text(json.dumps(data))
    fresh.replace(path(run, name))


def remove(run: Path, name: str, supervisor: Process) -> bool:
    """Take the record away. False when it is another supervisor's by now."""
    found = read(run, name)
    if not found or found.supervisor != supervisor:
        return False
    path(run, name).unlink(missing_ok=True)
    return True
