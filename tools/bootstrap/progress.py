"""Calm progress: one live line on a terminal, plain lines everywhere else.

A step that takes less than two seconds shows nothing but its result. A longer one is announced and, without a terminal,
heard of again every fifteen seconds.
"""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

ANNOUNCE_AFTER = 2.0
REPEAT_EVERY = 15.0
REDRAW_EVERY = 0.2
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


@dataclass
class Step:
    """One thing under way. `detail` says where it is; `result` is what remains on screen when it has ended."""

    title: str
    started: float
    detail: str = ""
    result: str = ""
    told: float | None = field(default=None, repr=False)

    def elapsed(self) -> float:
        return time.monotonic() - self.started


class Progress:
    """Shows the steps under way, from any thread.

    Args:
        stream: where to write; stderr, so that `make env` and `make password` keep stdout for their answer.
        interactive: redraw one line in place; by default only on a terminal.
    """

    def __init__(self, stream: TextIO = sys.stderr, *, interactive: bool | None = None) -> None:
        self._stream = stream
        self._interactive = stream.isatty() if interactive is None else interactive
        encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
        self._plain = not encoding.startswith("utf")
        self._active: list[Step] = []
        self._lock = threading.RLock()
        self._ticker: threading.Thread | None = None
        self._idle = threading.Event()
        self._drawn = False
        self._frame = 0

    @contextmanager
    def step(self, title: str, *, optional: bool = False) -> Generator[Step]:
        """Run one step; an exception marks it as failed and passes on.

        Args:
            title: what is under way.
            optional: another way follows when this one fails, so its failure is not shown.
        """
        step = Step(title, time.monotonic())
        with self._lock:
            self._active.append(step)
            self._start_ticker()
        try:
            yield step
        except BaseException:
            self._finish(step, failed=not optional)
            raise
        self._finish(step, failed=False)

    def note(self, text: str) -> None:
        """Write one line that stays."""
        with self._lock:
            self._clear()
            self._write(text + "\n")

    def _finish(self, step: Step, *, failed: bool) -> None:
        with self._lock:
            self._active.remove(step)
            self._clear()
            if failed:
                self._write(f"{self._mark('✗', 'failed:')} {step.title} ({seconds(step.elapsed())})\n")
            elif step.result or step.elapsed() >= ANNOUNCE_AFTER:
                text = f"{step.title}: {step.result}" if step.result else step.title
                time_taken = f" ({seconds(step.elapsed())})" if step.elapsed() >= 1 else ""
                self._write(f"{self._mark('✓', 'done:')} {text}{time_taken}\n")
            if not self._active:
                self._idle.set()

    def _start_ticker(self) -> None:
        if self._ticker is not None and self._ticker.is_alive() and not self._idle.is_set():
            return
        self._idle = threading.Event()
        self._ticker = threading.Thread(target=self._tick, args=(self._idle,), name="progress", daemon=True)
        self._ticker.start()

    def _tick(self, idle: threading.Event) -> None:
        while not idle.wait(REDRAW_EVERY):
            with self._lock:
                if idle.is_set():
                    return
                if self._interactive:
                    self._draw()
                else:
                    self._tell()

    def _draw(self) -> None:
        shown = [step for step in self._active if step.elapsed() >= REDRAW_EVERY]
        if not shown:
            return
        self._frame += 1
        spinner = "-\\|/"[self._frame % 4] if self._plain else SPINNER[self._frame % len(SPINNER)]
        parts = [f"{step.title} {seconds(step.elapsed())}{self._detail(step)}" for step in shown]
        width = shutil.get_terminal_size().columns - 1
        line = f"{spinner} {'  |  '.join(parts)}"
        self._write("\r\x1b[K" + line[:width])
        self._drawn = True

    def _tell(self) -> None:
        for step in self._active:
            due = ANNOUNCE_AFTER if step.told is None else step.told + REPEAT_EVERY
            if step.elapsed() >= due:
                step.told = step.elapsed()
                self._write(f"{self._mark('…', '...')} {step.title}, {seconds(step.elapsed())}{self._detail(step)}\n")

    def _detail(self, step: Step) -> str:
        return f": {step.detail}" if step.detail else ""

    def _clear(self) -> None:
        if self._drawn:
            self._write("\r\x1b[K")
            self._drawn = False

    def _write(self, text: str) -> None:
        if self._plain:
            text = text.encode("ascii", "replace").decode("ascii")
        self._stream.write(text)
        self._stream.flush()

    def _mark(self, mark: str, word: str) -> str:
        return word if self._plain else mark


def seconds(duration: float) -> str:
    """ "4 s", "3 min 12 s"."""
    whole = round(duration)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
