"""What the lab makes once and keeps in the cache: it appears complete or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.bootstrap import locks
from tools.bootstrap.progress import Progress

Show = Callable[[str], None]


def made_once(target: Path, title: str, progress: Progress, make: Callable[[Path, Show], Path]) -> Path:
    """The folder `target`, made first if need be; a second process that wants it waits.

    Args:
        target: its name says what it was made of.
        title: shown while it is made.
        progress: where.
        make: is given an empty folder to work in and a function that shows a line; returns what is to become `target`.
    """
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with locks.hold(locks.beside(target), title, progress):
        if target.exists():
            return target
        # What a killed process left; the lock says that nobody works in there.
        for left in target.parent.glob(f".making-{target.name}-*"):
            shutil.rmtree(left, ignore_errors=True)
        with (
            tempfile.TemporaryDirectory(prefix=f".making-{target.name}-", dir=target.parent) as scratch,
            progress.step(title) as step,
        ):
            make(Path(scratch), lambda line: setattr(step, "detail", line[:60])).rename(target)
            step.result = target.name
    return target
