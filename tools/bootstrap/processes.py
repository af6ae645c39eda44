"""Child processes: run quietly into a log, read line by line, ended when this program is told to end."""

from __future__ import annotations

import codecs
import os
import select
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

TAIL_LINES = 40
POLL_SECONDS = 0.2

_running: set[subprocess.Popen[bytes]] = set()
_running_lock = threading.Lock()


@dataclass(frozen=True)
class Finished:
    """How a process ended: its exit code (negative for a signal) and the last lines it wrote."""

    code: int
    tail: tuple[str, ...]

    def said(self, lines: int = 12) -> str:
        """The last words of the process, indented, for an error message."""
        return "\n".join(f"    {line}" for line in self.tail[-lines:]) or "    (it said nothing)"


def run(
    command: Sequence[str | Path],
    *,
    environ: Mapping[str, str],
    folder: Path,
    log: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    tail_lines: int | None = TAIL_LINES,
) -> Finished:
    """Run a command without input, its stdout and stderr merged.

    Args:
        command: program and arguments; never a secret among them, they show in process lists.
        environ: the whole environment of the process.
        folder: its working folder.
        log: append everything it writes to this file, readable by its owner only.
        on_line: called with each line as it comes.
        tail_lines: how many of the last lines to keep, None for all.
    """
    tail: deque[str] = deque(maxlen=tail_lines)
    stream = _open_log(log)

    def take(line: str) -> None:
        tail.append(line)
        if stream is not None:
            stream.write(line + "\n")
            stream.flush()
        if on_line is not None:
            on_line(line)

    try:
        process = _start(command, environ, folder)
        try:
            _follow(process, take)
        finally:
            with _running_lock:
                _running.discard(process)
        return Finished(process.wait(), tuple(tail))
    finally:
        if stream is not None:
            stream.close()


def answer(
    command: Sequence[str | Path], *, environ: Mapping[str, str], folder: Path, timeout: float = 60
) -> str | None:
    """What a quick command prints on stdout, stripped; None when it fails or takes over `timeout` seconds."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def interrupt_all() -> None:
    """Ask every child to stop: the engine then finishes the step it is in and saves its state."""
    with _running_lock:
        for process in _running:
            _interrupt(process)


def _start(command: Sequence[str | Path], environ: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )
    with _running_lock:
        _running.add(process)
    return process


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """To its whole group, as from a terminal: the process may be a script around the one that matters."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)


def _follow(process: subprocess.Popen[bytes], take: Callable[[str], None]) -> None:
    """Hand over its lines until it has ended, and no child is left behind.

    The end of the process counts, not the end of its output: a service that it started may go on holding the pipe.
    An interruption is passed on, and the process is given the time to stop by itself.
    """
    assert process.stdout is not None  # noqa: S101 -- it was asked for as a pipe
    descriptor = process.stdout.fileno()
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    rest = ""
    interrupted = False
    while True:
        try:
            ended = process.poll() is not None
            if not select.select([descriptor], [], [], 0 if ended else POLL_SECONDS)[0]:
                if ended:
                    break
                continue
            chunk = os.read(descriptor, 65536)
            *lines, rest = (rest + decode(chunk, final=not chunk)).split("\n")
            for line in lines:
                take(line)
            if not chunk:
                process.wait()
                break
        except KeyboardInterrupt:
            interrupted = True
            _interrupt(process)
    if rest:
        take(rest)
    process.stdout.close()
    if interrupted:
        raise KeyboardInterrupt


def _open_log(log: Path | None) -> IO[str] | None:
    if log is None:
        return None
    log.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")
