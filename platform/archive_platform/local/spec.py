"""What a supervisor is told: which programs to run, how to know that they are ready. Travels as JSON on its input."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from signal import SIGTERM
from typing import Any

LISTENER = "{listener}"  # in a program's arguments and environment: the number of the listening socket it inherits
MARK = "ARCHIVE_SUPERVISED"  # by which a service's processes are known
START_SECONDS = 60.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Program:
    """One process of a service. One that `listens` inherits the service's socket and is part of the start.

    With a `rehearsal`, a new version first has to become ready with that command, on a private port, before it may take
    over from one that is running.
    """

    name: str
    command: tuple[str, ...]
    rehearsal: tuple[str, ...] = ()
    listens: bool = False
    stop_signal: int = SIGTERM
    environment: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Spec:
    """A supervised service. It is ready when each path of `ready` answers 200 and mentions `release`."""

    name: str
    release: str
    host: str
    port: int
    ready: tuple[str, ...]
    programs: tuple[Program, ...]
    environment: dict[str, str]
    directory: str
    run: str
    log: str
    start_seconds: float = START_SECONDS
    stop_seconds: float = STOP_SECONDS

    @property
    def mark(self) -> str:
        return mark(Path(self.run), self.name)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Spec:
        data: dict[str, Any] = json.loads(text)
        data["programs"] = tuple(_program(each) for each in data["programs"])
        data["ready"] = tuple(data["ready"])
        return cls(**data)


def _program(data: dict[str, Any]) -> Program:
    data["command"], data["rehearsal"] = tuple(data["command"]), tuple(data["rehearsal"])
    return Program(**data)


def mark(run: Path, name: str) -> str:
    """What a service's processes, its supervisor among them, carry as MARK in their environment."""
    return str(run / name)
