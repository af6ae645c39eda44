"""How the time of something grows with what it is given: judged by the ratio of two sizes, never by the clock alone."""

from __future__ import annotations

import time
from collections.abc import Callable

#: The larger size is four times the smaller. In proportion, so is the time; with the square, it is sixteen times that.
SMALL, LARGE = 12_800, 51_200
#: Between the two: machines are noisy.
MOST = 9.0
#: What takes less for the larger size, which is more than anybody may send, is not looked at twice.
SUSPICIOUS_S = 0.3
ROUNDS = 3


def seconds(work: Callable[[], object], rounds: int = 1) -> float:
    """The shortest time of some rounds: what else the machine does only ever adds to it."""
    taken: list[float] = []
    for _round in range(rounds):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def grows_too_fast(use: Callable[[str], object], make: Callable[[int], str]) -> str:
    """How it grew, if `use` takes more time than in proportion to its text; else "". `make(length)` makes the text.

    It begins with short texts and stops as soon as it is clear: what doubles with each character would never come back.
    """
    for length in (16, 24, 32, 800):
        if seconds(lambda length=length: use(make(length))) > 2 * SUSPICIOUS_S:
            return f"{length} characters are too much for it already"
    small, large = make(SMALL), make(LARGE)
    if seconds(lambda: use(small)) <= SUSPICIOUS_S and seconds(lambda: use(large)) <= SUSPICIOUS_S:
        return ""
    before, after = (seconds(lambda text=text: use(text), ROUNDS) for text in (small, large))
    ratio = after / max(before, 1e-4)
    return f"{LARGE // SMALL} times the text took {ratio:.0f} times as long" if ratio > MOST else ""
