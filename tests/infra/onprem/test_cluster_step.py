"""What the cluster's own step decides on the first control plane, in a cluster of paper."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.infra.onprem import golden_files, paper
from tests.infra.onprem.paper_cluster import NODES, Cluster, cluster, mutated, settings, story

from archive_platform.config.onprem import OnPrem

PODS = """\
{0} kube-system kube-proxy-1 DaemonSet Running
{0} default web-1 ReplicaSet Running
"""


@pytest.fixture
def first(tmp_path: Path) -> Cluster:
    """cp1 of four nodes that have all joined, and none is labelled yet."""
    made = Cluster(tmp_path, "cp1")
    made.member(*NODES)
    made.state(secrets="bootstrap-token-1d8350\nkubeadm-certs")
    (made.host.root / "stub/cluster/turn").unlink()
    made.host.write("etc/kubernetes/admin.conf", "")
    return made


@pytest.fixture
def settled(first: Cluster) -> Cluster:
    done = first.run(cluster(), "apply")
    assert done.code == 0, done.said
    return first


def known(**of_w1: Any) -> OnPrem:
    """The inventory with something else about the worker."""
    listed = [{"name": name, "address": address, "roles": [role]} for name, (address, role) in paper.HOSTS.items()]
    hosts = [{**host, **(of_w1 if host["name"] == "w1" else {})} for host in listed]
    return paper.settings(hosts=hosts, kubernetes={"drainSeconds": 60})


def smaller() -> OnPrem:
    """Without cp3: half of the way from three control planes to one. An inventory would have an odd number."""
    whole = settings()
    return whole.model_copy(update={"hosts": tuple(host for host in whole.hosts if host.name != "cp3")})


def planned_and_done(host: Cluster, wanted: OnPrem, items: bool = False) -> str:
    return story({"plan": host.run(cluster(wanted), "plan"), "apply": host.run(cluster(wanted), "apply")}, items)


def test_a_cluster_that_has_just_been_made(first: Cluster) -> None:
    golden_files.check("cluster-new.txt", planned_and_done(first, settings(), items=True))
    again = first.run(cluster(), "apply")
    assert (again.code, again.said) == (0, [])
    assert not [call for call in again.calls if any(word in call for word in ("label", "taint", "annotate", "node"))]
    assert first.run(cluster(), "plan").changes == []


def test_before_there_is_a_cluster(tmp_path: Path) -> None:
    host = Cluster(tmp_path, "cp1")
    golden_files.check("cluster-none.txt", story({"plan": host.run(cluster(), "plan")}))
    assert host.run(cluster(), "remove").calls == []


# Labels and taints


def test_labels_and_taints_follow_the_inventory_and_no_others_are_touched(settled: Cluster) -> None:
    disk, shelf = (
        {"example.com/disk": "ssd", "example.com/rack": "a"},
        {"key": "example.com/only", "effect": "NoSchedule"},
    )
    more = known(labels=disk, taints=[{**shelf, "value": "search"}])
    other = known(labels={"example.com/disk": "hdd"}, taints=[{**shelf, "value": "mail"}])
    settled.state(**{"nodes/w1/labels": f"{settled.told('nodes/w1/labels')}example.com/operators=own"})
    told = [
        f"== {title}\n{planned_and_done(settled, wanted)}"
        for title, wanted in {"set": more, "changed": other, "removed": known()}.items()
    ]
    golden_files.check("cluster-labels.txt", "".join(told))
    assert settled.told("nodes/w1/labels").split() == ["example.com/operators=own", "node-role.kubernetes.io/worker="]
    assert settled.told("nodes/w1/taints") == ""


def test_a_node_that_has_not_joined_is_labelled_later(settled: Cluster) -> None:
    shutil.rmtree(settled.host.root / "stub/cluster/nodes/w1")
    assert settled.run(cluster(), "plan").changes == ["label w1 once it has joined"]


# Leaving


def test_a_worker_that_left_the_inventory(settled: Cluster) -> None:
    settled.member("w2")
    settled.state(pods=PODS.format("w2"))
    golden_files.check("cluster-leave-worker.txt", planned_and_done(settled, settings(), items=True))


def test_a_control_plane_that_left_the_inventory(settled: Cluster) -> None:
    settled.state(pods=PODS.format("cp3"))
    golden_files.check("cluster-leave-control-plane.txt", planned_and_done(settled, smaller(), items=True))


def test_a_control_plane_that_is_silent_is_not_drained(settled: Cluster) -> None:
    settled.state(
        **{"nodes/cp3/ready": "Unknown"},
        etcd=settled.told("etcd").replace("10.0.0.23:2379 healthy", "10.0.0.23:2379 ill"),
    )
    golden_files.check("cluster-leave-silent.txt", planned_and_done(settled, smaller()))


def test_nobody_leaves_etcd_without_a_majority_that_stays(settled: Cluster) -> None:
    settled.state(etcd=settled.told("etcd").replace("10.0.0.22:2379 healthy", "10.0.0.22:2379 ill"))
    golden_files.check("cluster-leave-no-majority.txt", story({"apply": settled.run(cluster(smaller()), "apply")}))
    assert "cp3" in settled.told("etcd")
    assert not settled.host.has("stub/cluster/nodes/cp3/cordoned")


def test_a_node_that_cannot_be_drained_stays(settled: Cluster) -> None:
    settled.member("w2")
    settled.state(pods=PODS.format("w2"), budget="web-1")
    golden_files.check("cluster-leave-budget.txt", story({"apply": settled.run(cluster(), "apply")}))
    assert settled.host.has("stub/cluster/nodes/w2")
    assert not settled.host.has("stub/cluster/nodes/w2/cordoned")


def test_a_turn_that_left_with_its_holder_is_freed(settled: Cluster) -> None:
    settled.state(turn="w9")
    golden_files.check("cluster-turn.txt", planned_and_done(settled, settings()))
    settled.state(turn="w1")
    assert settled.run(cluster(), "apply").said == []
    assert settled.told("turn").strip() == "w1"


# Waiting


@pytest.mark.parametrize("why", ["not ready", "another version", "no certificate"])
def test_the_door_stays_open_until_everybody_is_ready(settled: Cluster, why: str) -> None:
    settled.state(
        **{"not ready": {"nodes/w1/ready": "False"}, "another version": {"nodes/w1/version": "1.33.7"}}.get(why, {})
    )
    if why == "no certificate":
        settled.host.given("silent", "10.0.0.31")
    settled.state(secrets="bootstrap-token-1d8350\n")
    done = settled.run(cluster(), "apply")
    assert done.code == 1
    assert done.said[-1].startswith("cp1 cluster: not ready: w1 . See 'kubectl describe node'")
    assert not [call for call in done.calls if "delete" in call]


def test_an_api_server_that_does_not_answer_is_told(settled: Cluster) -> None:
    (settled.host.root / "stub/cluster/api").unlink()
    done = settled.run(cluster(), "apply")
    assert done.code == 1
    assert "the API server at 10.0.0.100:6443 does not answer: check the load balancers" in done.said[-1]


PLANTED = {
    "no drain": ('        drain "$node"\n', "        :\n"),
    "etcd is not asked": ('    leave_etcd "$node"\n', ""),
}


@pytest.mark.parametrize("change", PLANTED)
def test_a_planted_change_would_be_noticed(settled: Cluster, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    monkeypatch.delenv(golden_files.UPDATE, raising=False)
    settled.state(pods=PODS.format("cp3"))
    planned = settled.run(cluster(smaller()), "plan")
    done = settled.run(mutated(cluster(smaller()), *PLANTED[change]), "apply")
    assert done.code == 0, done.said
    with pytest.raises(AssertionError, match=r"cluster-leave-control-plane\.txt differs"):
        golden_files.check("cluster-leave-control-plane.txt", story({"plan": planned, "apply": done}, items=True))
