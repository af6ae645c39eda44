"""An apply that is killed anywhere: the next one converges, also when hosts were rebooted in between.

`make lab` kills two applies, `make lab-full` twenty, CI one. ARCHIVE_LAB_SEED chooses other points, ARCHIVE_LAB_KILLS
their number.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.lab import layout
from tests.lab.lab import Lab
from tests.lab.site import Site, until

pytestmark = [pytest.mark.lab, pytest.mark.slow]

FULL = bool(os.environ.get("ARCHIVE_LAB_FULL"))
SEED = int(os.environ.get("ARCHIVE_LAB_SEED", "1"))
POINTS = int(os.environ.get("ARCHIVE_LAB_KILLS") or ("20" if FULL else "2"))
REBOOTED = -(-POINTS // 4)
STEPS = (
    *(f"{name}-prepare" for name in layout.DEFAULT_HOSTS),
    *(f"{name}-{'loadbalancer' if name.startswith('lb') else 'node'}" for name in layout.DEFAULT_HOSTS),
    "cluster",
)
LONGEST_STEP_LINES = 40
CLUSTER_LINES = 3
STEP_SECONDS = 600


@dataclass(frozen=True)
class Point:
    """Where an apply is killed.

    Attributes:
        step: while this one runs; the others are wherever they are then.
        lines: how much it has said; it is killed at its end if it says less.
        reboots: seed for which hosts are rebooted before the next apply; None for no reboot.
    """

    step: str
    lines: int
    reboots: int | None

    def __str__(self) -> str:
        return f"{self.step}-{self.lines}{'' if self.reboots is None else '-reboots'}"


def points() -> list[Point]:
    """Chosen by the seed, from all steps."""
    chance = random.Random(SEED)  # noqa: S311 - repeatable, nothing secret
    rebooted = set(chance.sample(range(POINTS), REBOOTED))
    chosen: list[Point] = []
    for number in range(POINTS):
        step = chance.choice(STEPS)
        lines = chance.randint(1, CLUSTER_LINES if step == "cluster" else LONGEST_STEP_LINES)
        chosen.append(Point(step, lines, chance.randrange(1000) if number in rebooted else None))
    return chosen


@pytest.mark.lab_long
@pytest.mark.parametrize("point", points(), ids=str)
def test_an_apply_that_was_killed_is_taken_up(lab: Lab, tmp_path: Path, point: Point) -> None:
    site = Site(lab, tmp_path)
    site.make_bare()
    try:
        site.stack.kill(started(site, point))
        reached = site.stack.reached
        if point.reboots is not None:
            for name in random.Random(point.reboots).sample(site.names, len(site.names) // 2):  # noqa: S311 - as above
                lab.reboot(name)
        result = site.stack.up()
        print(f"killed at {point} ({reached}); the next apply took {result.seconds:.0f} s")
        assert_complete(site)
    finally:
        site.make_bare()


@pytest.mark.lab_full
def test_an_apply_that_was_interrupted_ends_its_steps_and_is_taken_up(lab: Lab, tmp_path: Path) -> None:
    """Ctrl-C: what runs on hosts may end, and nothing more is started."""
    site = Site(lab, tmp_path)
    site.make_bare()
    try:
        code = site.stack.interrupt(started(site, Point("cp1-node", 3, None)))
        said = site.stack.log.read_text()
        assert code != 0
        assert re.search(r"Command cp1-node created\b", said), said
        assert not re.search(r"Command cp2-node creating\b", said), said
        result = site.stack.up()
        print(f"interrupted while cp1 started the cluster; the next apply took {result.seconds:.0f} s")
        assert_complete(site)
    finally:
        site.make_bare()


def started(site: Site, point: Point) -> subprocess.Popen[bytes]:
    """An apply that has come to this point."""
    process = site.stack.start("up", "--yes", "--skip-preview")
    until(f"the apply reaches {point}", lambda: is_reached(site.stack.log.read_text(), point), STEP_SECONDS)
    assert process.poll() is None, "the apply was over before it could be stopped"
    return process


def assert_complete(site: Site) -> None:
    assert site.nodes() == dict.fromkeys(("cp1", "cp2", "cp3", "w1", "w2"), (True, "v1.34.4"))
    assert site.stack.up().changes == {}
    until("etcd has three members", lambda: len(_members(site)) == 3, 30)


def is_reached(log: str, point: Point) -> bool:
    """Whether the engine's log has that many lines of the step, or its end."""
    said = re.findall(rf"Command {point.step} creat(ing|ed)\b", log)
    return len(said) >= point.lines or "ed" in said


def _members(site: Site) -> list[str]:
    return site.kubectl(
        "exec -n kube-system etcd-cp1 -- etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt"
        " --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key member list"
    ).splitlines()
