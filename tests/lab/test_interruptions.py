"""An apply that is killed anywhere: the next one converges, also when hosts were rebooted in between.

CI kills one apply, `make lab-full` twenty. ARCHIVE_LAB_SEED chooses other points.
"""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest
from tests.lab.lab import Lab
from tests.lab.site import Site, until

pytestmark = [pytest.mark.lab, pytest.mark.slow]

SEED = int(os.environ.get("ARCHIVE_LAB_SEED", "4"))
POINTS = 20 if os.environ.get("ARCHIVE_LAB_FULL") else 1
REBOOTED = 5  # of twenty; CI's one is among them
APPLY_SECONDS = 110  # what an undisturbed apply takes here, about: points after its end kill nothing and are told


def points() -> list[tuple[float, bool, int]]:
    """When to kill, in seconds from the start; whether hosts are rebooted after it; a seed for which."""
    chance = random.Random(SEED)  # noqa: S311 - repeatable, nothing secret
    reboot = set(chance.sample(range(POINTS), min(REBOOTED, POINTS)))
    return [(chance.uniform(4, APPLY_SECONDS), number in reboot, chance.randrange(1000)) for number in range(POINTS)]


@pytest.mark.parametrize(("seconds", "reboots", "seed"), points())
def test_an_apply_that_was_killed_is_taken_up(
    lab: Lab, tmp_path: Path, seconds: float, reboots: bool, seed: int
) -> None:
    site = Site(lab, tmp_path)
    site.make_bare()
    try:
        process = site.stack.start("up", "--yes", "--skip-preview")
        process_ended = _ended_within(process, seconds)
        site.stack.kill(process)
        reached = site.stack.reached
        if reboots:
            for name in random.Random(seed).sample(site.names, len(site.names) // 2):  # noqa: S311 - as above
                lab.reboot(name)
        result = site.stack.up()
        print(f"killed after {seconds:.0f} s at {reached}, reboots: {reboots}; went on {result.seconds:.0f} s")
        assert not process_ended, "the apply was over before it could be killed: choose a smaller APPLY_SECONDS"
        assert site.nodes() == dict.fromkeys(("cp1", "cp2", "cp3", "w1", "w2"), (True, "v1.34.4"))
        assert site.stack.up().changes == {}
        until("etcd has three members", lambda: len(_members(site)) == 3, 30)
    finally:
        site.make_bare()


def _members(site: Site) -> list[str]:
    return site.kubectl(
        "exec -n kube-system etcd-cp1 -- etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt"
        " --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key member list"
    ).splitlines()


def _ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
