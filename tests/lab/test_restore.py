"""etcd is restored on a real cluster: after a deletion, without data, interrupted, with one control plane left.

The tests go on from one another, in this order; the last leaves a cluster of one control plane.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.lab.lab import Lab
from tests.lab.settings import settings
from tests.lab.stack import OnPremStack
from tools.bootstrap.paths import this_checkout

pytestmark = [pytest.mark.lab, pytest.mark.slow]

HOSTS = ("lb1", "lb2", "cp1", "cp2", "cp3", "w1")
CONTROL_PLANES = ("cp1", "cp2", "cp3")
RESTORE_SECONDS = 900
INTERRUPTIONS = 4 if os.environ.get("ARCHIVE_LAB_FULL") else 2
SEED = 20250102


@dataclass
class Cluster:
    """A real one. `document` is its `archive:` settings, in `file` too."""

    lab: Lab
    document: dict[str, Any]
    file: Path

    def kubectl(self, words: str, host: str = "cp1", check: bool = True) -> str:
        """With the API server of that host, whatever the load balancers say."""
        address = self.lab.status().hosts[host].address
        command = f"kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://{address}:6443 {words}"
        return self.lab.ssh(host, command, check=check, timeout=120).stdout

    def snapshot(self, host: str, label: str) -> str:
        """Take one now; its name."""
        self.lab.ssh(host, f"/usr/local/lib/archive/snapshot {label}", timeout=300)
        last = json.loads(self.lab.ssh(host, "cat /var/lib/archive/snapshots/last.json").stdout)
        assert last["ok"], last
        return last["name"]

    def listed(self) -> list[dict[str, Any]]:
        done = subprocess.run(self._command(), capture_output=True, text=True, check=False, cwd=this_checkout().root)
        return json.loads(done.stdout)["snapshots"]

    def start_restore(self, name: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command(name), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=this_checkout().root
        )

    def restore(self, name: str) -> str:
        process = self.start_restore(name)
        said, _ = process.communicate(timeout=RESTORE_SECONDS)
        assert process.returncode == 0, said
        return said

    def set_lost(self, *names: str) -> None:
        for host in self.document["hosts"]:
            host["lost"] = host["name"] in names
        self.file.write_text(json.dumps(self.document))

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tests.lab.restoring", str(self.file), *words]


@pytest.fixture(scope="module")
def cluster(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Generator[Cluster]:
    """Two load balancers, three control planes, one worker, made by the stack from bare hosts."""
    for name in HOSTS:
        lab.reset(name)
    document = settings(lab.status(), HOSTS, user="root")
    folder = tmp_path_factory.mktemp("restore")
    given = {**document, "ssh": {key: value for key, value in document["ssh"].items() if key != "privateKeyFile"}}
    OnPremStack(folder / "stack", given, lab.folders.private_key.read_text()).up()
    file = folder / "settings.json"
    file.write_text(json.dumps(document))
    yield Cluster(lab, document, file)
    for name in HOSTS:
        lab.on(name)
        lab.reset(name)


@pytest.fixture(scope="module")
def snapshot(cluster: Cluster) -> str:
    """Holds the ConfigMap `before` and a Secret, not the ConfigMap `after`."""
    cluster.kubectl("create configmap before --from-literal key=value")
    cluster.kubectl("create secret generic hush --from-literal key=geheim")
    name = cluster.snapshot("cp2", "of-the-test")
    cluster.kubectl("create configmap after --from-literal key=value")
    cluster.kubectl("delete configmap before")
    return name


def assert_as_it_was(cluster: Cluster, hosts: tuple[str, ...] = CONTROL_PLANES) -> None:
    """What every API server says: the state of the snapshot, secrets readable, writes possible, nodes that report."""
    for host in hosts:
        names = cluster.kubectl("get configmaps -o name", host).split()
        assert "configmap/before" in names
        assert "configmap/after" not in names
        assert cluster.kubectl("get secret hush -o jsonpath={.data.key}", host) == "Z2VoZWlt"
    cluster.kubectl("create configmap probe --from-literal key=value", hosts[0])
    cluster.kubectl("delete configmap probe", hosts[-1])
    wait_until_ready(cluster, hosts)


def wait_until_ready(cluster: Cluster, hosts: tuple[str, ...], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    template = '\'{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}\''
    while True:
        lines = cluster.kubectl(f"get nodes -o jsonpath={template}", hosts[0]).splitlines()
        if {f"{host} True" for host in hosts} <= set(lines):
            return
        assert time.monotonic() < deadline, lines
        time.sleep(1)


def test_snapshots_are_on_two_hosts_and_whole(cluster: Cluster, snapshot: str) -> None:
    copies = [each for each in cluster.listed() if each["name"] == snapshot]
    assert [each["host"] for each in copies] == ["cp2", "w1"]  # the lab's last worker is its storage
    assert all(each["whole"] for each in copies)
    assert cluster.lab.ssh("cp2", f"stat --format '%a %U' {copies[0]['path']}").stdout.split() == ["600", "root"]


def test_what_was_deleted_comes_back_and_what_came_later_goes(cluster: Cluster, snapshot: str) -> None:
    said = cluster.restore(snapshot)
    assert_as_it_was(cluster)
    assert f"{snapshot} is restored" in said
    for host in CONTROL_PLANES:
        assert "before-restore-" in cluster.lab.ssh(host, "ls /var/lib/etcd").stdout
        assert cluster.lab.ssh(host, "test -e /etc/kubernetes/archive/restore", check=False).code == 1


def test_it_comes_back_when_no_data_is_left_anywhere(cluster: Cluster, snapshot: str) -> None:
    cluster.lab.ssh("cp3", "systemctl stop kubelet")
    for host in CONTROL_PLANES:
        cluster.lab.ssh(host, "find /var/lib/etcd -mindepth 1 -delete")
    cluster.restore(snapshot)
    assert_as_it_was(cluster)


def test_interrupted_anywhere_it_is_done_by_running_it_again(cluster: Cluster, snapshot: str) -> None:
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


def test_one_control_plane_is_enough(cluster: Cluster, snapshot: str) -> None:
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
