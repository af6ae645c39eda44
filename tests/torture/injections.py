"""What is injected: at which step of the code, at which pass, who is killed. A pure function of the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Engine = Literal["sqlite", "mariadb"]
Role = Literal["server", "worker", "driver"]
Victim = Literal["process", "database", "everything"]

ENGINES: tuple[Engine, ...] = ("sqlite", "mariadb")

#: Who is killed, and how often: `process` is the one that came to the step, `everything` is that and all others.
VICTIMS: dict[Engine, dict[Victim, int]] = {
    "sqlite": {"process": 8, "everything": 2},
    "mariadb": {"process": 5, "database": 4, "everything": 2},
}


@dataclass(frozen=True)
class Point:
    """A step of the code, in a process of this role. It kills at a pass from 1 to `most`."""

    role: Role
    name: str
    most: int

    def __str__(self) -> str:
        return f"{self.role} {self.name}"


#: Every step of a write, of serving the outbox, and of consuming it; what each means is in `steps`.
POINTS = (
    Point("server", "request", 4),
    Point("server", "statement", 16),
    Point("server", "outbox.before", 4),
    Point("server", "outbox.counted", 4),
    Point("server", "commit.before", 4),
    Point("server", "commit.after", 4),
    Point("server", "answer", 4),
    Point("server", "feed.before", 3),
    Point("server", "feed.after", 2),
    Point("worker", "fetched", 2),
    Point("worker", "claimed", 2),
    Point("worker", "statement", 8),
    Point("worker", "applied", 5),
    Point("worker", "outbox.counted", 1),
    Point("worker", "commit.before", 2),
    Point("worker", "commit.after", 2),
    # At no step in particular: after so many answers, wherever the processes are then.
    Point("driver", "moment", 6),
)


@dataclass(frozen=True)
class Injection:
    """One kill. `number` counts from 1 within its campaign."""

    number: int
    point: Point
    at_pass: int
    victim: Victim

    def __str__(self) -> str:
        return f"injection {self.number}: {self.victim} at pass {self.at_pass} of {self.point}"


def plan(seed: int, engine: Engine) -> Iterator[Injection]:
    """The injections of a campaign, without end. Each point comes once before any comes again."""
    chance = random.Random(f"{seed} {engine}")  # noqa: S311 - it must be the same every time
    victims = VICTIMS[engine]
    number = 0
    while True:
        for point in chance.sample(POINTS, len(POINTS)):
            number += 1
            victim = chance.choices(list(victims), list(victims.values()))[0]
            yield Injection(number, point, chance.randint(1, point.most), victim)
