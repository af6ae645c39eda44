"""The rounds: a plan from a seed, one round after another, and what each cost."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.lab.failover.faults import KINDS, Kind
from tests.lab.failover.measures import Span, held_by, longest_gap, longest_pause, outside, total
from tests.lab.failover.pair import Pair

ROUNDS = int(os.environ.get("ARCHIVE_FAILOVER_ROUNDS") or ("1000" if os.environ.get("ARCHIVE_LAB_FULL") else "100"))
SEED = int(os.environ.get("ARCHIVE_FAILOVER_SEED", "1"))

LEAD_SECONDS = 0.1  # the client is seen to be served before the fault
STARVED_SECONDS = 0.1  # a client that cannot even try for so long measures this machine
TRIES = 3


@dataclass(frozen=True)
class Result:
    """A round's cost, in seconds.

    Attributes:
        gap: the client's longest wait from one answer to the next.
        pause: how late the client's own attempts were at most; a gap that is no longer than that says nothing.
        nobody: how long no host held the address, in all.
        both: how long two did, in all.
        beyond: of `both`, without the time in which neither could know: one was cut off, or the pair was partitioned.
        seconds: how long the round took, until all was well again.
        tries: how often the round was made, see `run`.
    """

    kind: Kind
    holder: str
    gap: float
    pause: float
    nobody: float
    both: float
    beyond: float
    seconds: float
    tries: int = 1


def plan(seed: int, count: int, kinds: Sequence[Kind] = KINDS) -> list[tuple[Kind, int]]:
    """What each round does, and the seed of its chances: each kind as often as its weight says, in mixed order."""
    chance = random.Random(seed)  # noqa: S311 - for tests, and the same for the same seed
    deck = [kind for kind in kinds for _ in range(kind.weight)]
    rounds = [kind for _ in range(-(-count // len(deck))) for kind in chance.sample(deck, len(deck))]
    return [(kind, chance.getrandbits(32)) for kind in rounds[:count]]


def run(pair: Pair, planned: Sequence[tuple[Kind, int]]) -> Iterator[Result]:
    """One round after another; each starts when one host has the address and both are well.

    A round in which the client itself was late, because this machine was busy, is made again, whatever it showed. The
    last of three tries counts.
    """
    for kind, seed in planned:
        result = _once(pair, kind, seed)
        while result.pause >= STARVED_SECONDS and result.tries < TRIES:
            result = replace(_once(pair, kind, seed), tries=result.tries + 1)
        yield result


def _once(pair: Pair, kind: Kind, seed: int) -> Result:
    holder = pair.wait_until_steady()
    begin = time.monotonic()
    time.sleep(LEAD_SECONDS)
    lasted = kind.fault(pair, holder, random.Random(seed))  # noqa: S311 - as above
    pair.wait_until_steady()
    window = Span(begin + LEAD_SECONDS / 2, time.monotonic())
    pair.wait_for_answer_after(window.end)
    result = _measured(pair, kind, holder, window, lasted)
    pair.forget(window)
    return result


def _measured(pair: Pair, kind: Kind, holder: str, window: Span, lasted: Sequence[Span]) -> Result:
    attempts, changes = pair.client.attempts, pair.holders.changes
    both = held_by(changes, 2, window)
    return Result(
        kind,
        holder,
        gap=longest_gap(attempts, window),
        pause=longest_pause(attempts, window),
        nobody=total(held_by(changes, 0, window)),
        both=total(both),
        beyond=total(outside(both, lasted)),
        seconds=window.seconds,
    )
