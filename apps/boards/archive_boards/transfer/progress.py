"""How far a long command is, on standard error: one line that moves on a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
import time
from typing import TextIO

TERMINAL_EVERY_S = 0.2
LOG_EVERY_S = 5.0


class Progress:
    """Counts the items of one stage of `total` units (bytes, or items); 0 for an unknown total."""

    def __init__(self, stage: str, total: int, stream: TextIO = sys.stderr) -> None:
        self._stage, self._total, self._stream = stage, total, stream
        self._terminal = stream.isatty()
        self._started = self._said = time.monotonic()
        self._items = self._units = 0
        self._spoken = False

    def advance(self, units: int = 1) -> None:
        """One more item, of so many units."""
        self._items += 1
        self._units += units
        now = time.monotonic()
        if now - self._said >= (TERMINAL_EVERY_S if self._terminal else LOG_EVERY_S):
            self._said = now
            self._say(now)

    def finish(self) -> None:
        """Say the final count, if anything was said before (what takes no time needs no words)."""
        if self._spoken:
            self._say(time.monotonic())
            if self._terminal:
                self._stream.write("\n")

    def _say(self, now: float) -> None:
        self._spoken = True
        rate = self._items / max(now - self._started, 0.001)
        share = f"{100 * self._units // self._total:3d}%  " if self._total else ""
        text = f"{self._stage}: {share}{self._items:,} lines  {rate:,.0f} lines/s"
        self._stream.write(f"\r{text}\x1b[K" if self._terminal else f"{text}\n")
        self._stream.flush()
