"""What is done to the load balancers. Each fault begins, lasts, and is undone before it returns."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.lab import network
from tests.lab.failover.measures import Span
from tests.lab.failover.pair import NAMES, Pair, other

Fault = Callable[[Pair, str, random.Random], list[Span]]
"""Does it to the holder; returns when it lasted for certain, if the two could not hear each other then."""

DROP_IN = "/run/systemd/system/nginx.service.d"
KEEP_DEAD = f"mkdir -p {DROP_IN} && printf '[Service]\\nRestart=no\\n' > {DROP_IN}/dead.conf && systemctl daemon-reload"
LET_LIVE = f"rm {DROP_IN}/dead.conf && systemctl daemon-reload && systemctl start nginx"


@dataclass(frozen=True)
class Kind:
    """A fault and how many of ten rounds it has."""

    name: str
    fault: Fault
    weight: int
    limit: float | None = None
    """Seconds that the client's longest gap may last, at the 99th percentile; None where no goal is set."""


def cut_off(pair: Pair, holder: str, chance: random.Random) -> list[Span]:
    """The switch is dead: the host's link is up, and nothing passes."""
    pair.lab.cut(holder)
    begin = time.monotonic()
    time.sleep(chance.uniform(0.7, 1.2))
    end = time.monotonic()
    pair.lab.join(holder)
    return [Span(begin, end)]


def flap(pair: Pair, holder: str, chance: random.Random) -> list[Span]:
    """A bad cable, the holder's or the other's: the link goes down and comes back, some times."""
    host = chance.choice((holder, holder, other(holder)))
    down: list[Span] = []
    for _ in range(chance.randint(2, 5)):
        network.set_plugged(host, plugged=False)
        begin = time.monotonic()
        time.sleep(chance.uniform(0.02, 0.3))
        down.append(Span(begin, time.monotonic()))
        network.set_plugged(host, plugged=True)
        time.sleep(chance.uniform(0.02, 0.3))
    return down


def partition(pair: Pair, holder: str, chance: random.Random) -> list[Span]:
    """The two do not see each other, and everybody sees both: both are master until it is over."""
    pair.lab.partition(*NAMES)
    begin = time.monotonic()
    time.sleep(chance.uniform(0.6, 1.0))
    end = time.monotonic()
    pair.lab.join(holder)
    return [Span(begin, end)]


def keepalived_killed(pair: Pair, holder: str, chance: random.Random) -> list[Span]:
    """All its processes at once, so that none can clean up behind the others."""
    pair.lab.inside(holder, "systemctl", "kill", "--signal=KILL", "keepalived")
    return []


def nginx_killed(pair: Pair, holder: str, chance: random.Random) -> list[Span]:
    """A crash: systemd starts Nginx again."""
    pair.lab.inside(holder, "systemctl", "kill", "--signal=KILL", "nginx")
    return []


def nginx_dead(pair: Pair, holder: str, chance: random.Random) -> list[Span]:
    """It crashes and does not start again for a while, as when its program is broken."""
    pair.lab.inside(holder, "sh", "-c", KEEP_DEAD)
    time.sleep(chance.uniform(0, 1))  # anywhere between two checks
    pair.lab.inside(holder, "systemctl", "kill", "--signal=KILL", "nginx")
    time.sleep(1.7)
    pair.lab.inside(holder, "sh", "-c", LET_LIVE)
    return []


def nginx_hung(pair: Pair, holder: str, chance: random.Random) -> list[Span]:
    """It accepts connections and answers none."""
    time.sleep(chance.uniform(0, 1))
    pair.lab.inside(holder, "systemctl", "kill", "--signal=STOP", "nginx")
    time.sleep(2.2)
    pair.lab.inside(holder, "systemctl", "kill", "--signal=CONT", "nginx")
    return []


HOST_LOSS_SECONDS = 0.5
NGINX_DEATH_SECONDS = 2.5

KINDS = (
    Kind("host cut off", cut_off, 3, HOST_LOSS_SECONDS),
    Kind("keepalived killed", keepalived_killed, 2),
    Kind("nginx killed", nginx_killed, 1, NGINX_DEATH_SECONDS),
    Kind("nginx dead", nginx_dead, 1, NGINX_DEATH_SECONDS),
    Kind("nginx hung", nginx_hung, 1, NGINX_DEATH_SECONDS),
    Kind("link flapping", flap, 1),
    Kind("partition", partition, 1),
)
