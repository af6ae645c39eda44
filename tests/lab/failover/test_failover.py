"""What load balancers and their measuring do besides the rounds, which run on the whole cluster (tests/lab/cluster).

Control planes are stand-ins here.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest
from tests.lab.failover import deployment, report, rounds
from tests.lab.failover.client import PATIENCE_SECONDS
from tests.lab.failover.faults import HOST_LOSS_SECONDS, KINDS, cut_off
from tests.lab.failover.measures import Span, longest_gap
from tests.lab.failover.pair import NAMES, Pair
from tests.lab.lab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.slow]

KEEPALIVED = "/etc/keepalived/keepalived.conf"


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with deployment.pair_of(Lab()) as running:
        yield running


def test_with_advertisements_every_second_the_goal_is_missed_and_that_is_seen(pair: Pair) -> None:
    """The measuring's own check."""
    slow = [kind for kind in KINDS if kind.fault is cut_off]
    with advertising_every(pair, 1):
        results = list(rounds.run(pair, [(slow[0], seed) for seed in range(2)]))
    assert all(result.gap > HOST_LOSS_SECONDS for result in results)
    assert report.misses(results) != []


def test_when_both_are_dead_the_client_and_the_hosts_say_so(pair: Pair) -> None:
    pair.wait_until_steady()
    begin = time.monotonic()
    for name in NAMES:
        pair.lab.inside(name, "systemctl", "stop", "keepalived")
    time.sleep(1)
    nobody = pair.holders.now
    for name in NAMES:
        pair.lab.inside(name, "systemctl", "start", "keepalived")
    pair.wait_until_steady()
    end = time.monotonic()
    pair.wait_for_answer_after(end)
    assert nobody == set()
    assert longest_gap(pair.client.attempts, Span(begin, end)) >= 1


def test_every_change_is_logged(pair: Pair) -> None:
    holder = pair.wait_until_steady()
    last = {name: pair.lab.inside(name, "tail", "-n", "1", "/var/log/archive/vrrp.log").split()[-1] for name in NAMES}
    assert last == {name: "MASTER" if name == holder else "BACKUP" for name in NAMES}


def test_a_control_plane_that_is_off_costs_few_connections(pair: Pair) -> None:
    """Nginx goes round it once one connection has waited a second for it."""
    pair.wait_until_steady()
    with pair.without_a_server():
        begin = time.monotonic()
        time.sleep(6)
        end = time.monotonic()
    pair.wait_for_answer_after(end)
    tried = [attempt for attempt in pair.client.attempts if begin <= attempt.begin <= end - PATIENCE_SECONDS]
    failed = [attempt for attempt in tried if attempt.who is None]
    assert 0 < len(failed) < len(tried) / 50
    assert longest_gap(pair.client.attempts, Span(begin, end)) < HOST_LOSS_SECONDS


@contextmanager
def advertising_every(pair: Pair, seconds: int) -> Generator[None]:
    """Another interval on both hosts, and back."""
    for name in NAMES:
        edit = f"cp {KEEPALIVED} /run/keepalived.conf && sed -i 's/advert_int .*/advert_int {seconds}/' {KEEPALIVED}"
        pair.lab.inside(name, "sh", "-c", f"{edit} && systemctl reload keepalived")
    try:
        yield
    finally:
        for name in NAMES:
            pair.lab.inside(name, "sh", "-c", f"cp /run/keepalived.conf {KEEPALIVED} && systemctl reload keepalived")
        pair.wait_until_steady()
