"""The two load balancers, as the rounds see them: where they answer, and whether both are well."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from ipaddress import IPv4Address

from tests.lab.errors import LabError
from tests.lab.failover.measures import Span
from tests.lab.failover.watching import Client, Holders
from tests.lab.lab import Lab

NAMES = ("lb1", "lb2")
STEADY_SECONDS = 30
QUIET_SECONDS = 0.3  # as long as a takeover takes: nothing is under way any more
POLL_SECONDS = 0.1

# What keepalived said last, and whether its own check passes.
LOOK = (
    "systemctl --quiet is-active keepalived && journalctl --quiet --identifier archive-vrrp --lines 1 --output cat && "
    "$(sed -n 's/^ *script \"\\(.*\\)\"/\\1/p' /etc/keepalived/keepalived.conf) > /dev/null && echo well || true"
)


@dataclass
class Pair:
    """The load balancers, and those who watch them."""

    lab: Lab
    address: IPv4Address
    client: Client
    holders: Holders
    without_a_server: Callable[[], AbstractContextManager[None]]
    """Takes one of the control planes off the network for a while."""

    def state(self, host: str) -> str:
        """MASTER, BACKUP or FAULT as keepalived logged it last, or "" while the host is not well."""
        lines = self.lab.inside(host, "sh", "-c", LOOK).splitlines()
        return lines[0].split()[-1] if len(lines) == 2 else ""

    def wait_until_steady(self) -> str:
        """Until one host has the address and says so, the other stands by and the client is served; returns the holder.

        Raises:
            LabError: that has not come about in time; it says what was seen.
        """
        deadline = time.monotonic() + STEADY_SECONDS
        while True:
            quiet = time.monotonic() - QUIET_SECONDS
            holders = self.holders.now
            if len(holders) == 1 and self.holders.last_change < quiet and self.client.answered_since(quiet):
                (holder,) = holders
                if self.state(holder) == "MASTER" and self.state(other(holder)) == "BACKUP":
                    return holder
            if time.monotonic() > deadline:
                states = ", ".join(f"{name} is {self.state(name) or 'not well'}" for name in NAMES)
                served = "is" if self.client.answered_since(quiet) else "is not"
                raise LabError(
                    f"not steady after {STEADY_SECONDS} s: {states}; the address is held by {sorted(holders)}, "
                    f"and the client {served} served"
                )
            time.sleep(POLL_SECONDS)

    def wait_for_answer_after(self, moment: float) -> None:
        """Until the client has told of an answer that came after that moment: its lines arrive a little later.

        Raises:
            LabError: it does not come.
        """
        deadline = time.monotonic() + STEADY_SECONDS
        while not any(attempt.who is not None and attempt.end > moment for attempt in self.client.attempts):
            if time.monotonic() > deadline:
                raise LabError(f"the client has not been served for {STEADY_SECONDS} s")
            time.sleep(POLL_SECONDS / 10)

    def forget(self, window: Span) -> None:
        """What was before the window is not needed any more."""
        self.client.forget(window.begin)
        self.holders.forget(window.begin)


def other(name: str) -> str:
    """The other of the two.

    >>> other("lb1")
    'lb2'
    """
    one, two = NAMES
    return two if name == one else one
