"""A cluster whose etcd is saved and restored with the `archive` commands, and what has to be so afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.lab import Lab
from tests.lab.settings import settings
from tools.bootstrap.paths import this_checkout

CONTROL_PLANES = ("cp1", "cp2", "cp3")
RESTORE_SECONDS = 900


@dataclass
class Restorable:
    """A real cluster. `document` is its `archive:` settings, in `file` too."""

    lab: Lab
    document: dict[str, Any]
    file: Path

    def kubectl(self, words: str, host: str = "cp1", check: bool = True) -> str:
        """With the API server of that host, whatever the load balancers say."""
        address = self.lab.status().hosts[host].address
        command = f"kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://{address}:6443 {words}"
        return self.lab.ssh(host, command, check=check, timeout=120).stdout

    @classmethod
    def of(cls, lab: Lab, hosts: Sequence[str], folder: Path) -> Restorable:
        """That of these hosts; its settings go into the folder."""
        document = settings(lab.status(), hosts, user="root")
        file = folder / "settings.json"
        file.write_text(json.dumps(document))
        return cls(lab, document, file)

    def snapshot_with_content(self, host: str) -> str:
        """Take one that holds the ConfigMap `before` and a Secret, not the ConfigMap `after`; its name."""
        self.kubectl("create configmap before --from-literal key=value")
        self.kubectl("create secret generic hush --from-literal key=geheim")
        name = self.snapshot(host, "of-the-test")
        self.kubectl("create configmap after --from-literal key=value")
        self.kubectl("delete configmap before")
        return name

    def delete_data(self, hosts: Iterable[str]) -> None:
        """Of etcd, on these hosts."""
        for host in hosts:
            self.lab.ssh(host, "find /var/lib/etcd -mindepth 1 -delete")

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


def assert_as_it_was(cluster: Restorable, hosts: tuple[str, ...] = CONTROL_PLANES) -> None:
    """What every API server says: the state of the snapshot, secrets readable, writes possible, nodes that report."""
    for host in hosts:
        names = cluster.kubectl("get configmaps -o name", host).split()
        assert "configmap/before" in names
        assert "configmap/after" not in names
        assert cluster.kubectl("get secret hush -o jsonpath={.data.key}", host) == "Z2VoZWlt"
    cluster.kubectl("create configmap probe --from-literal key=value", hosts[0])
    cluster.kubectl("delete configmap probe", hosts[-1])
    wait_until_ready(cluster, hosts)


def wait_until_ready(cluster: Restorable, hosts: tuple[str, ...], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    template = '\'{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}\''
    while True:
        lines = cluster.kubectl(f"get nodes -o jsonpath={template}", hosts[0]).splitlines()
        if {f"{host} True" for host in hosts} <= set(lines):
            return
        assert time.monotonic() < deadline, lines
        time.sleep(1)
