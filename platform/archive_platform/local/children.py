"""One program under a supervisor: started, listened to, ended."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from contextlib import suppress
from typing import IO

from archive_platform.local.logs import Lines, RotatingLog, indent
from archive_platform.local.spec import LISTENER, MARK, Program, Spec

PR_SET_PDEATHSIG = 1  # prctl(2)
SHOWN_LINES = 20
READ_BYTES = 65_536


class Child:
    """A running program: its own process group, its output goes to the log line by line."""

    def __init__(self, program: Program, spec: Spec, log: RotatingLog, listener: socket.socket | None) -> None:
        self.program = program
        self.last_lines: deque[str] = deque(maxlen=SHOWN_LINES)
        self._log = log
        self._lines = Lines()
        number = "" if listener is None else str(listener.fileno())
        environment = {**spec.environment, **program.environment, MARK: spec.mark}
        self.process = subprocess.Popen(  # noqa: S603 - the command comes from our own provider
            [word.replace(LISTENER, number) for word in program.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={key: text.replace(LISTENER, number) for key, text in environment.items()},
            cwd=spec.directory,
            pass_fds=[] if listener is None else [listener.fileno()],
            process_group=0,
            preexec_fn=_end_with_parent,  # safe: a supervisor has one thread
        )
        os.set_blocking(self.output.fileno(), False)

    @property
    def output(self) -> IO[bytes]:
        output = self.process.stdout
        assert output is not None  # noqa: S101 - given as PIPE above
        return output

    @property
    def exit_code(self) -> int | None:
        return self.process.poll()

    def read(self) -> bool:
        """Move what the program wrote to the log. False when it will write no more."""
        while True:
            try:
                data = os.read(self.output.fileno(), READ_BYTES)
            except BlockingIOError:
                return True
            self._keep(self._lines.feed(data) if data else self._lines.end())
            if not data:
                return False

    def _keep(self, lines: list[bytes]) -> None:
        for line in lines:
            self._log.write(line)
            self.last_lines.append(line.decode(errors="replace"))

    def ask_to_end(self, everybody: bool) -> None:
        """Send the program the signal at which it finishes what it is doing; to its children as well if `everybody`.

        Granian's workers miss the signal that their parent passes on while they still read their code.
        """
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                (os.killpg if everybody else os.kill)(self.process.pid, self.program.stop_signal)

    def kill_group(self) -> None:
        """End what is left of the program and its children at once, and read its last words."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.read()
        self.output.close()

    def last_words(self) -> str:
        """Its last lines, indented for an error message."""
        return indent(list(self.last_lines))


def _end_with_parent() -> None:
    """Let the kernel end this program when its supervisor dies, however it dies. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
