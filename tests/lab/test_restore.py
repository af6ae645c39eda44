"""etcd is restored on a real cluster: after a deletion, without data, interrupted, with one control plane left.

The tests go on from one another, in this order; the last leaves a cluster of one control plane.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Generator

import pytest
from tests.lab.lab import Lab
from tests.lab.restorable import CONTROL_PLANES, Restorable, assert_as_it_was
from tests.lab.site import Site

pytestmark = [pytest.mark.lab, pytest.mark.lab_full, pytest.mark.slow]

HOSTS = ("lb1", "lb2", "cp1", "cp2", "cp3", "w1")
INTERRUPTIONS = 4
SEED = 20250102


@pytest.fixture(scope="module")
def cluster(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Generator[Restorable]:
    """Two load balancers, three control planes, one worker, made by the stack from bare hosts."""
    site = Site(lab, tmp_path_factory.mktemp("restore"), HOSTS)
    site.make_bare()
    site.stack.up()
    yield Restorable.of(lab, HOSTS, site.stack.folder)
    for name in HOSTS:
        lab.on(name)
    site.make_bare()


@pytest.fixture(scope="module")
def snapshot(cluster: Restorable) -> str:
    return cluster.snapshot_with_content("cp2")


def test_snapshots_are_on_two_hosts_and_whole(cluster: Restorable, snapshot: str) -> None:
    copies = [each for each in cluster.listed() if each["name"] == snapshot]
    assert [each["host"] for each in copies] == ["cp2", "w1"]  # the lab's last worker is its storage
    assert all(each["whole"] for each in copies)
    assert cluster.lab.ssh("cp2", f"stat --format '%a %U' {copies[0]['path']}").stdout.split() == ["600", "root"]


def test_what_was_deleted_comes_back_and_what_came_later_goes(cluster: Restorable, snapshot: str) -> None:
    said = cluster.restore(snapshot)
    assert_as_it_was(cluster)
    assert f"{snapshot} is restored" in said
    for host in CONTROL_PLANES:
        assert "before-restore-" in cluster.lab.ssh(host, "ls /var/lib/etcd").stdout
        assert cluster.lab.ssh(host, "test -e /etc/kubernetes/archive/restore", check=False).code == 1


def test_it_comes_back_when_no_data_is_left_anywhere(cluster: Restorable, snapshot: str) -> None:
    cluster.lab.ssh("cp3", "systemctl stop kubelet")
    cluster.delete_data(CONTROL_PLANES)
    cluster.restore(snapshot)
    assert_as_it_was(cluster)


def test_interrupted_anywhere_it_is_done_by_running_it_again(cluster: Restorable, snapshot: str) -> None:
    """Killed at moments that a seed chooses, with a host restarted in between."""
    dice = random.Random(SEED)  # noqa: S311 - no secret comes of it
    moments = sorted(dice.uniform(2, 60) for _ in range(INTERRUPTIONS))
    print(f"seed {SEED}: killed after {', '.join(f'{moment:.0f} s' for moment in moments)}")
    for moment in moments:
        process = cluster.start_restore(snapshot)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        cluster.lab.reboot(dice.choice(CONTROL_PLANES))
    cluster.restore(snapshot)
    assert_as_it_was(cluster)


def test_one_control_plane_is_enough(cluster: Restorable, snapshot: str) -> None:
    for host in ("cp1", "cp2"):
        cluster.lab.off(host)
    cluster.set_lost("cp1", "cp2")
    cluster.restore(snapshot)
    assert_as_it_was(cluster, ("cp3",))
    members = cluster.kubectl(
        "exec --namespace kube-system etcd-cp3 -- etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt"
        " --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key member list",
        "cp3",
    )
    assert [line.split(", ")[2] for line in members.splitlines()] == ["cp3"]
