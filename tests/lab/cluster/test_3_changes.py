"""Edits of the inventory and what `pulumi up` makes of them."""

from __future__ import annotations

import json

import pytest
from tests.lab import layout
from tests.lab.cluster.first import First
from tests.lab.site import Site, client

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def test_drift_is_told_and_repaired_by_a_new_run(site: Site, first: First, capsys: pytest.CaptureFixture[str]) -> None:
    site.lab.ssh("w1", "echo 'fs.inotify.max_user_watches = 1' >> /etc/sysctl.d/90-archive.conf")
    assert site.drift() == 2
    assert "/etc/sysctl.d/90-archive.conf" in capsys.readouterr().out
    site.stack.set(reapply=2)
    repaired = site.stack.up()
    assert max(repaired.connections.values()) <= 3
    assert site.drift() == 0


def test_labels_and_taints_follow_the_inventory(site: Site, first: First) -> None:
    hosts = site.stack.settings["hosts"]
    changed = [
        {
            **host,
            "labels": {"disk": "fast"},
            "taints": [{"key": "only", "value": "games", "effect": "PreferNoSchedule"}],
        }
        if host["name"] == "w2"
        else host
        for host in hosts
    ]
    site.stack.set(hosts=changed)
    site.stack.up()
    node = json.loads(site.kubectl("get node w2 -o json"))
    assert node["metadata"]["labels"]["disk"] == "fast"
    assert {"key": "only", "value": "games", "effect": "PreferNoSchedule"} in node["spec"]["taints"]
    site.kubectl("label node w2 mine=kept")
    site.stack.set(hosts=hosts)
    site.stack.up()
    node = json.loads(site.kubectl("get node w2 -o json"))
    assert "disk" not in node["metadata"]["labels"]
    assert node["metadata"]["labels"]["mine"] == "kept"
    assert "taints" not in node["spec"]


def test_nodes_are_replaced_in_one_edit_the_first_control_plane_included(site: Site, first: First) -> None:
    site.choose(["lb1", "lb2", "cp2", "cp3", "cp4", "w1", "w3"])
    with client() as watch:
        result = site.stack.up()
    print(f"cp1→cp4, w2→w3: {result.seconds:.0f} s, longest gap {watch.longest:.1f} s, {watch.answers}")
    assert site.nodes() == dict.fromkeys(("cp2", "cp3", "cp4", "w1", "w3"), (True, "v1.34.4"))
    assert site.stack.up().changes == {}
    for name in ("cp1", "w2"):
        left = site.lab.ssh(name, "ls -A /etc/kubernetes /var/lib/etcd; pgrep -l kubelet || true").stdout
        assert "kubelet" not in left, left
        assert "manifests" not in left


def test_a_load_balancer_is_replaced_without_losing_the_address(site: Site, first: First) -> None:
    site.choose(["lb1", "lb3", "cp2", "cp3", "cp4", "w1", "w3"])
    site.stack.up()
    assert not site.lab.ssh("lb2", "systemctl is-active keepalived", check=False).stdout.startswith("active")
    holders = [name for name in ("lb1", "lb2", "lb3") if _holds(site, name)]
    assert len(holders) == 1


def _holds(site: Site, name: str) -> bool:
    return f"{layout.API_ADDRESS}/" in site.lab.ssh(name, "ip -o address show").stdout
