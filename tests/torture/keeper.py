"""`python -m tests.torture.keeper SPEC`: starts the processes of a community, and each anew when it dies.

It has loaded the services' code and built their apps before it forks, so a new process is there in a moment. Each
unit runs the product's own `main`, in a process group of its own, with a log of its own. The keeper ends, with all of
them, when its standard input is closed.
"""

# Granian has no setting for it:
# pyright: reportPrivateUsage=false
from __future__ import annotations

import importlib
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from tests.torture import planted, steps, witness
from tests.torture.injections import Role
from tests.torture.trigger import Trigger, write

from archive_chassis.service import Service
from archive_chassis.settings import Settings

#: A unit that dies is started again after this; one that cannot start at all must not keep the machine busy.
PAUSE_S = 0.05
#: What the background process does every few seconds (consuming, indexing, mail) it does so often here.
OFTEN_S, EVERY_S = 5.0, 0.2
#: What every process would load first.
LOADED = (
    "archive_chassis.serve",
    "archive_chassis.worker",
    "archive_auth.application",
    "pymysql",
    "sqlalchemy.dialects.mysql.pymysql",
    "sqlalchemy.dialects.sqlite.pysqlite",
)


@dataclass(frozen=True)
class Unit:
    """A process to keep: the module whose `main` it runs, with its arguments and environment."""

    name: str
    role: Role
    module: str
    arguments: list[str]
    environment: dict[str, str]
    log: str


@dataclass(frozen=True)
class Spec:
    """What the keeper keeps. folder: the driver's (see `trigger`). bug: one of `planted`, "" for none."""

    folder: str
    units: list[Unit]
    bug: str = ""

    @classmethod
    def read(cls, path: Path) -> Spec:
        values: dict[str, Any] = json.loads(path.read_text())
        return cls(values["folder"], [Unit(**unit) for unit in values["units"]], values["bug"])


class Keeper:
    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._groups: dict[str, int] = {}
        self._due: dict[str, float] = {unit.name: 0.0 for unit in spec.units}

    def run(self) -> None:
        """Keep the units until standard input ends."""
        try:
            while True:
                self._reap()
                self._start_due()
                readable, _, _ = select.select([sys.stdin.buffer], [], [], PAUSE_S / 2)
                if readable and not os.read(0, 1):
                    return
        finally:
            for group in self._groups.values():
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)

    def _reap(self) -> None:
        while True:
            try:
                pid, _status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for name in [name for name, group in self._groups.items() if group == pid]:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)  # a server's workers must not outlive it and serve beside the next
                del self._groups[name]
                self._due[name] = time.monotonic() + PAUSE_S

    def _start_due(self) -> None:
        started = False
        for unit in self._spec.units:
            if unit.name not in self._groups and self._due[unit.name] <= time.monotonic():
                self._groups[unit.name] = self._start(unit)
                started = True
        if started:
            write(Path(self._spec.folder) / "groups.json", self._groups)

    def _start(self, unit: Unit) -> int:
        pid = os.fork()
        if pid:
            with suppress(PermissionError, ProcessLookupError):
                os.setpgid(pid, pid)  # the child does it too: whoever is first
            return pid
        try:
            _become(unit, self._spec)
        except SystemExit:
            pass
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(1)


def _become(unit: Unit, spec: Spec) -> None:
    """In the new process: run the unit's module as `python -m` would."""
    os.setpgid(0, 0)
    log = os.open(unit.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, target)
    os.environ.clear()
    os.environ.update(unit.environment)
    tempfile.tempdir = None  # the environment names another one
    sys.argv = [unit.module, *unit.arguments]
    prepare(unit.role, Path(spec.folder), spec.bug)
    importlib.import_module(unit.module).main()


def prepare(role: Role, folder: Path, bug: str) -> None:
    """Let this process, and those it forks, come to the steps; plant a bug; make haste."""
    trigger = Trigger(folder, role)
    steps.install(trigger)
    witness.tell(trigger)
    _hurry()
    if bug:
        planted.BUGS[bug]()


def _hurry() -> None:
    """Production's pauses are for machines that nobody kills every second."""
    from archive_chassis import serve, worker

    worker.LONGEST_PAUSE_S = EVERY_S
    build = worker.build_tasks

    def build_frequent() -> list[worker.Task]:
        tasks = build()
        for task in tasks:
            task.every = EVERY_S if task.every <= OFTEN_S else task.every
        return tasks

    worker.build_tasks = build_frequent
    respawn: Any = serve.InheritingServer._respawn_workers  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped

    def respawn_and_forget(self: Any, *arguments: Any, **options: Any) -> None:
        respawn(self, *arguments, **options)
        self.respawned_wrks.clear()  # Granian gives up when a worker dies twice within 5.5 s

    serve.InheritingServer._respawn_workers = respawn_and_forget  # type: ignore[method-assign] - from outside


def main() -> None:
    spec = Spec.read(Path(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver's Ctrl-C closes our standard input
    witness.install()
    for name in LOADED:
        importlib.import_module(name)
    _build(spec.units[0].environment)
    Keeper(spec).run()


def _build(environment: dict[str, str]) -> None:
    """Build the apps once, for every process to come. They have opened nothing yet that a fork could not share."""
    from archive_chassis import serving, worker

    loaded = serving.load_services(environment)
    for _service, _settings, app in loaded:
        app.extensions["archive_older_revisions"]()  # what readiness looks up once in a process

    def built(_environment: Mapping[str, str]) -> list[tuple[Service, Settings, Flask]]:
        return loaded

    serving.load_services = worker.load_services = built  # pyright: ignore[reportPrivateImportUsage] - from outside


if __name__ == "__main__":
    main()
