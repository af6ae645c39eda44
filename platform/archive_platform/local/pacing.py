"""When a program that ended is started again."""

from __future__ import annotations

from collections.abc import Iterable

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # a program that ran so long has done well: its next pause is the first one again


class Pacing:
    """Pauses that double, so that a program which cannot run does not keep the machine busy. Times are in seconds."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def started(self, name: str, now: float) -> None:
        self._started[name] = now

    def ended(self, name: str, now: float) -> float:
        """How long to wait before it is started again."""
        steady = now - self._started[name] > STEADY_SECONDS
        former = self._pauses.get(name)
        pause = FIRST_PAUSE_SECONDS if steady or former is None else min(2 * former, LONGEST_PAUSE_SECONDS)
        self._pauses[name] = pause
        self._due[name] = now + pause
        return pause

    def is_due(self, name: str, now: float) -> bool:
        return now >= self._due[name]

    def wait(self, ended: Iterable[str], now: float, at_most: float) -> float:
        """How long nothing has to be done, for the programs that have ended."""
        return max(0.0, min([at_most, *(self._due[name] - now for name in ended)]))
