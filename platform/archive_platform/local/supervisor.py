"""Keeps a service's programs running after `pulumi up` has ended: `python -m archive_platform.local.supervisor`.

It reads its `Spec` from standard input and reports one JSON line: {"event": "ready"} or {"event": "failed", "message"}.
A new version starts beside the one that runs, takes over its listening socket, and only when it answers is the former
one asked to end; when it does not come up, the former one never notices.
"""

from __future__ import annotations

import errno
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive_platform.errors import ServiceError
from archive_platform.local import handover, readiness, record
from archive_platform.local.children import Child
from archive_platform.local.listening import cannot_listen, listen
from archive_platform.local.logs import RotatingLog
from archive_platform.local.pacing import Pacing
from archive_platform.local.processes import Process, end_leftovers
from archive_platform.local.spec import MARK, Program, Spec

TICK_SECONDS = 0.05
IDLE_SECONDS = 5.0
ASK_AGAIN_SECONDS = 1.0
RELEASE_SECONDS = 2.0


class Supervisor:
    """One version of a service, from its start to its end. Single-threaded: everything happens in `_tick`."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.run_folder = Path(spec.run)
        self.me = Process(os.getpid(), _own_start())
        self.log = RotatingLog(Path(spec.log))
        self.selector = selectors.DefaultSelector()
        self.children: dict[str, Child] = {}
        self.pacing = Pacing()
        self.former: tuple[str, record.Record] | None = None
        self.listener: socket.socket | None = None
        self.control: socket.socket | None = None
        self.ending = False
        self._wake_on_signals()

    def come_up(self) -> None:
        """Start, take over from the version that runs, and be the one that runs. ServiceError when that fails."""
        self.former = record.predecessor(self.run_folder, self.spec.name, self.spec.host, self.spec.port)
        try:
            inherited = self._open_listener()
            if inherited:
                self._rehearse()
            for program in self.spec.programs:
                if program.listens:
                    self._start(program)
            # On a shared socket the former version answers as well, each time by chance: one answer of ours is enough
            self._wait_until_ready(self.spec.port, self.spec.ready[:1] if inherited else self.spec.ready)
            if self.former:
                self._end_former(self.former[1])
                self._wait_until_ready(self.spec.port, self.spec.ready)
        except BaseException:
            self._end_children()
            raise
        if self.listener:
            self.control = handover.offer(self.spec.name)
            self.selector.register(self.control, selectors.EVENT_READ, "control")
        for program in self.spec.programs:
            if not program.listens:
                self._start(program)
        self._write_record()
        self.say(f"release {self.spec.release} runs")

    def watch(self) -> None:
        """Restart what ends, until asked to end."""
        while not self.ending:
            self._tick(self._time_to_wait())
            for program in self.spec.programs:
                self._look_after(program)
        self.say("ends")
        self._end_children()
        if record.remove(self.run_folder, self.spec.name, self.me):
            Path(handover.control_name(self.spec.name)).unlink(missing_ok=True)

    # The start

    def _open_listener(self) -> bool:
        """Have a listening socket. Whether it is the one of the version that runs."""
        name, former = self.former or ("", None)
        if former and (former.host, former.port) == (self.spec.host, self.spec.port):
            self.listener = handover.take(name)
            if self.listener:
                return True
            self._end_former(former)  # it hangs: better a short gap than two that want the same port
        alone = record.running(self.run_folder, self.spec.name) is None
        ended = end_leftovers(f"{MARK}={self.spec.mark}") if alone else []
        self._listen(patience=RELEASE_SECONDS if former or ended else 0)
        return False

    def _listen(self, patience: float) -> None:
        """Open our own socket. A process that was killed a moment ago may hold its port a little longer: `patience`."""
        deadline = time.monotonic() + patience
        while self.listener is None:
            try:
                self.listener = listen(self.spec.host, self.spec.port)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                    raise cannot_listen(self.spec.name, self.spec.host, self.spec.port, error) from None
                self._tick(TICK_SECONDS)

    def _rehearse(self) -> None:
        """Let the new version come up on a private port, and end it again. ServiceError when it does not come up."""
        rehearsed = [replace(each, command=each.rehearsal) for each in self.spec.programs if each.rehearsal]
        if not rehearsed:
            return
        kept, self.listener = self.listener, listen("127.0.0.1", 0)
        try:
            for program in rehearsed:
                self._start(program)
            self._wait_until_ready(self.listener.getsockname()[1], self.spec.ready)
        finally:
            self._end_children()
            self.listener.close()
            self.listener = kept

    def _wait_until_ready(self, port: int, paths: Sequence[str]) -> None:
        """Return when our release answers. ServiceError when a program ends before, or when it takes too long."""
        deadline = time.monotonic() + self.spec.start_seconds
        host = "127.0.0.1" if port != self.spec.port else self.spec.host
        while True:
            problems = readiness.problems(host, port, paths, self.spec.release, self._hopeful)
            if not problems:
                return
            for child in list(self.children.values()):
                if child.exit_code is not None:
                    self._forget(child)
                    raise self._failure(child, f"it ended with exit code {child.exit_code} before it answered")
            if self.ending or time.monotonic() > deadline:
                reason = f"it was not ready after {self.spec.start_seconds:.0f} s ({'; '.join(problems)})"
                raise self._failure(next(iter(self.children.values())), reason)
            self._tick(TICK_SECONDS)

    def _hopeful(self) -> bool:
        """Whether an answer may still come; what the programs write meanwhile is moved to the log."""
        self._tick(0)
        return not self.ending and all(child.exit_code is None for child in self.children.values())

    def _failure(self, child: Child, reason: str) -> ServiceError:
        kept = "The version that ran before keeps running. " if self.former and self.former[1].alive else ""
        return ServiceError(
            f"{self.spec.name} did not start: {reason}. Its last lines:\n{child.last_words()}\n"
            f"  {kept}The whole log: {self.spec.log}"
        )

    def _end_former(self, former: record.Record) -> None:
        former.supervisor.signal(signal.SIGTERM)
        deadline = time.monotonic() + self.spec.stop_seconds + IDLE_SECONDS
        while former.alive and time.monotonic() < deadline:
            self._tick(TICK_SECONDS)
        former.supervisor.signal(signal.SIGKILL)
        former.supervisor.wait(IDLE_SECONDS)

    # Running

    def _start(self, program: Program) -> None:
        child = Child(program, self.spec, self.log, self.listener if program.listens else None)
        self.children[program.name] = child
        self.pacing.started(program.name, time.monotonic())
        self.selector.register(child.output, selectors.EVENT_READ, child)

    def _look_after(self, program: Program) -> None:
        """Notice that a program ended; start it again when its pause is over."""
        child, now = self.children.get(program.name), time.monotonic()
        if child and child.exit_code is not None:
            self._forget(child)
            pause = self.pacing.ended(program.name, now)
            self.say(f"{program.name} (pid {child.process.pid}) ended with {child.exit_code}; again in {pause:.1f} s")
            self._write_record()
        elif not child and self.pacing.is_due(program.name, now):
            self._start(program)
            self._write_record()

    def _time_to_wait(self) -> float:
        ended = [program.name for program in self.spec.programs if program.name not in self.children]
        return self.pacing.wait(ended, time.monotonic(), IDLE_SECONDS)

    def _tick(self, seconds: float) -> None:
        """Wait for something to happen, and move what the programs wrote to the log."""
        for key, _ in self.selector.select(seconds):
            if isinstance(key.data, Child):
                if not key.data.read():
                    self.selector.unregister(key.data.output)
            elif key.data == "control" and self.control and self.listener:
                handover.give(self.control, self.listener)
            elif key.data == "signal":
                os.read(key.fd, 4096)

    def _end_children(self) -> None:
        """Ask every program to end, wait, kill what is left."""
        deadline = time.monotonic() + self.spec.stop_seconds
        asked = 0.0
        while any(child.exit_code is None for child in self.children.values()) and time.monotonic() < deadline:
            if time.monotonic() > asked + ASK_AGAIN_SECONDS:
                for child in self.children.values():
                    child.ask_to_end(everybody=asked > 0)
                asked = time.monotonic()
            self._tick(TICK_SECONDS)
        for child in list(self.children.values()):
            if child.exit_code is None:
                self.say(f"{child.program.name} did not end within {self.spec.stop_seconds:.0f} s and was killed")
            self._forget(child)

    def _forget(self, child: Child) -> None:
        """Be done with a program: end what is left of it, and read its last words."""
        self.children.pop(child.program.name, None)
        with suppress(KeyError):  # its output had ended
            self.selector.unregister(child.output)
        child.kill_group()

    # What others see

    def _record(self) -> record.Record:
        complete = len(self.children) == len(self.spec.programs)
        programs = {name: child.process.pid for name, child in self.children.items()}
        state = record.RUNNING if complete else record.RESTARTING
        spec = self.spec
        return record.Record(self.me, state, spec.release, spec.host, spec.port, spec.ready, programs)

    def _write_record(self) -> None:
        record.write(self.run_folder, self.spec.name, self._record())

    def say(self, text: str) -> None:
        """Write a line of our own to the service's log, in the shape of the services' own."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": "INFO", "logger": "archive.supervisor", "message": text, "service": self.spec.name}
        self.log.write(json.dumps(line, ensure_ascii=False).encode())

    def _wake_on_signals(self) -> None:
        """Make signals wake the selector: the children's end, and the request to end."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing)
        self.selector.register(reading, selectors.EVENT_READ, "signal")
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_end)

    def _ask_to_end(self, _number: int, _frame: object) -> None:
        self.ending = True


def _own_start() -> str:
    me = Process.of(os.getpid())
    assert me is not None  # noqa: S101 - we are alive
    return me.started


def _report(**event: Any) -> None:
    """Tell the provider, and let go of it: it may end before we do."""
    with suppress(OSError):
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


def main() -> int:
    """Run the service described on standard input."""
    spec = Spec.from_json(sys.stdin.read())
    os.chdir(spec.run)
    supervisor = Supervisor(spec)
    try:
        supervisor.come_up()
    except ServiceError as error:
        _report(event="failed", message=str(error))
        return 1
    _report(event="ready", pid=supervisor.me.pid)
    try:
        supervisor.watch()
    except Exception:
        supervisor.say(traceback.format_exc())
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
