"""File locks: two runs never build the same thing at once; the second waits and says so."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tools.bootstrap.progress import Progress

POLL_SECONDS = 0.2


def beside(path: Path) -> Path:
    """The lock file for making `path`."""
    return path.with_name(f"{path.name}.lock")


@contextmanager
def hold(path: Path, purpose: str, progress: Progress) -> Generator[None]:
    """Hold the lock file `path` while the block runs. The kernel frees it when its process ends, however it ends.

    Args:
        path: the lock file; it stays, with the holder's process id in it.
        purpose: what the holder does, shown to whoever waits ("make up").
        progress: where waiting is shown.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _try(descriptor):
            _wait(descriptor, purpose, progress)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {purpose}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(descriptor: int, purpose: str, progress: Progress) -> None:
    pid, _, other = os.pread(descriptor, 200, 0).decode(errors="replace").strip().partition(" ")
    holder = f"{other} (process {pid})" if other else "another run"
    if pid == str(os.getpid()):
        # Another thread of this run: it shows its own progress.
        while not _try(descriptor):
            time.sleep(POLL_SECONDS)
        return
    progress.note(f"{holder} is under way in the same place; {purpose} waits until it has ended.")
    with progress.step(f"Waiting for {holder}"):
        while not _try(descriptor):
            time.sleep(POLL_SECONDS)
