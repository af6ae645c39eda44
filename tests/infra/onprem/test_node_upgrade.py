"""What the step of a node decides when another version is wanted, on a host of paper in a cluster of paper."""

from __future__ import annotations

import subprocess
from pathlib import Path
from threading import Thread

import pytest
from tests.infra.onprem import golden_files
from tests.infra.onprem.paper_cluster import OLD, VERSION, Cluster, Members, mutated, node, settings, story
from tests.infra.onprem.sandbox import Outcome

PODS = """\
{0} kube-system kube-proxy-1 DaemonSet Running
{0} kube-system etcd-{0} Node Running
{0} default web-1 ReplicaSet Running
{0} default mail-1 StatefulSet Running
{0} default backup-1 Job Succeeded
"""


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Members:
    return Members(tmp_path_factory.mktemp("members"))


def due(members: Members, name: str, root: Path) -> Cluster:
    """A member that is to be upgraded, with pods on it; the first control plane is, unless this is it."""
    host = members.copy(name, root)
    host.state(pods=PODS.format(name), version=OLD if name == "cp1" else VERSION)
    return host


def calls(done: Outcome, *words: str) -> list[str]:
    return [call for call in done.calls if any(word in call for word in words)]


def is_in_service(host: Cluster) -> bool:
    return not any(host.host.has(f"stub/{path}") for path in ("gate", f"cluster/nodes/{host.name}/cordoned"))


@pytest.mark.parametrize("name", ["cp1", "cp2", "w1"])
def test_one_node_after_the_other_drained_and_back_in_service(members: Members, tmp_path: Path, name: str) -> None:
    host = due(members, name, tmp_path / "root")
    golden_files.check(f"node-upgrade-{name}.txt", story({"apply": host.run(node(name), "apply")}))
    assert host.told(f"nodes/{name}/version").strip() == VERSION
    assert is_in_service(host)
    assert host.told("turn").strip() == "nobody"


def test_what_waits_for_etcd_is_helped_while_kubeadm_exchanges_it(members: Members, tmp_path: Path) -> None:
    host = due(members, "cp2", tmp_path / "root")
    with subprocess.Popen(["sleep", "60"]) as etcd:
        Thread(target=etcd.wait).start()  # without it, an ended process would look like one that runs
        host.host.given("etcd", str(etcd.pid))
        done = host.run(node("cp2"), "apply")
    assert done.code == 0, done.said
    helped = [call.split()[:2] for call in calls(done, "exchanges", "crictl", "restart kubelet")]
    assert helped[:3] == [["(kubeadm)", "exchanges"], ["crictl", "stop"], ["systemctl", "restart"]]


PLANTED = {
    "no drain": ('    drain "$HOST"\n', "", '"archive/cordoned": "yes"'),
    "no gate": ("else out_of_service upgrade_kubelet; fi", "else upgrade_kubelet; fi", "nft --file -"),
    "the turn is kept": ("{ serve_again && give_turn; }", "{ serve_again; }", '"value": "nobody"}]'),
}


@pytest.mark.parametrize("change", PLANTED)
def test_a_planted_change_would_be_noticed(
    members: Members, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.delenv(golden_files.UPDATE, raising=False)
    old, new, missed = PLANTED[change]
    done = due(members, "cp2", tmp_path / "root").run(mutated(node("cp2"), old, new), "apply")
    assert done.code == 0, done.said
    with pytest.raises(AssertionError, match=r"node-upgrade-cp2\.txt differs") as noticed:
        golden_files.check("node-upgrade-cp2.txt", story({"apply": done}))
    assert any(line[0] == "-" and missed in line for line in str(noticed.value).splitlines() if line)


# What goes wrong


def test_a_budget_that_forbids_the_drain(members: Members, tmp_path: Path) -> None:
    host = due(members, "w1", tmp_path / "root")
    host.state(budget="mail-1")
    golden_files.check("node-upgrade-budget.txt", story({"apply": host.run(node("w1"), "apply")}))
    assert is_in_service(host)
    assert host.told("turn").strip() == "nobody"


@pytest.mark.parametrize("name", ["cp2", "w1"])
def test_a_kubelet_that_does_not_become_ready_keeps_the_turn(members: Members, tmp_path: Path, name: str) -> None:
    host = due(members, name, tmp_path / "root")
    host.host.given("kubelet-is-broken", "")
    golden_files.check(f"node-upgrade-broken-{name}.txt", story({"apply": host.run(node(name), "apply")}))
    assert is_in_service(host)
    assert host.told("turn").strip() == name


@pytest.mark.parametrize("name", ["cp1", "cp2"])
def test_components_that_cannot_be_upgraded_leave_the_node_in_service(
    members: Members, tmp_path: Path, name: str
) -> None:
    host = due(members, name, tmp_path / "root")
    host.host.given("kubeadm-upgrade-refuses", "error: timed out\n")
    died = host.run(node(name), "apply")
    assert (died.code, calls(died, "evict", "kubelet=")) == (1, [])
    assert is_in_service(host)
    assert host.told("turn").strip() == "nobody"
    (host.host.root / "stub/given/kubeadm-upgrade-refuses").unlink()
    golden_files.check(f"node-upgrade-again-{name}.txt", story({"apply": host.run(node(name), "apply")}))


def test_a_drain_that_sees_no_pods_says_why(members: Members, tmp_path: Path) -> None:
    host = due(members, "w1", tmp_path / "root")
    (host.host.root / "stub/cluster/pods").unlink()
    done = host.run(node("w1"), "apply")
    assert done.code == 1
    assert "w1 still runs (the API server did not answer)" in done.said[-1]


def test_nothing_is_upgraded_without_a_snapshot(members: Members, tmp_path: Path) -> None:
    host = due(members, "cp1", tmp_path / "root")
    done = host.run(mutated(node("cp1"), 'echo "snapshot $*" >> /stub/calls', "exit 1"), "apply")
    assert (done.code, calls(done, "kubeadm", "apt-get")) == (1, [])
    assert done.said[-1] == "cp1 node: no snapshot could be taken, and nothing was changed without one: see above"
    assert host.told("turn").strip() == "nobody"


def test_a_turn_that_another_keeps_is_waited_for_and_told(members: Members, tmp_path: Path) -> None:
    host = due(members, "w1", tmp_path / "root")
    host.state(turn="cp2")
    done = host.run(node("w1"), "apply")
    assert (done.code, calls(done, "kubeadm", "apt-get", "patch")) == (1, [])
    assert "cp2 has been out of service for an upgrade all the time" in done.said[-1]
    assert host.told("turn").strip() == "cp2"


def test_a_node_that_an_operator_cordoned_stays_theirs(members: Members, tmp_path: Path) -> None:
    host = due(members, "w1", tmp_path / "root")
    host.state(**{"nodes/w1/cordoned": ""})
    done = host.run(node("w1"), "apply")
    assert (done.code, calls(done, "patch node")) == (0, [])
    assert host.host.has("stub/cluster/nodes/w1/cordoned")


@pytest.mark.parametrize(
    ("version", "error"),
    [
        ("1.33.5", "runs 1.33.7, which is newer than archive:kubernetes.version 1.33.5: Kubernetes cannot go back"),
        ("1.35.0", "1.35.0 is more than one minor ahead. Set 1.34.x first"),
    ],
)
def test_a_version_that_kubernetes_cannot_go_to_is_refused(
    members: Members, tmp_path: Path, version: str, error: str
) -> None:
    host = due(members, "w1", tmp_path / "root")
    for done in (host.run(node("w1", settings(version)), "apply"), host.run(node("w1", settings(version)), "plan")):
        assert (done.code, done.calls[:-1]) == (1, []), "it says so, and does nothing"
        assert error in done.said[-1]


# What an upgrade that died left


def test_a_plan_tells_the_versions(members: Members, tmp_path: Path) -> None:
    done = due(members, "w1", tmp_path / "root").run(node("w1"), "plan")
    assert (done.changes, done.calls) == (["upgrade Kubernetes from 1.33.7 to 1.34.4"], [])


def test_the_turn_and_the_cordon_of_a_run_that_died_at_the_end_are_given_back(members: Members, tmp_path: Path) -> None:
    host = members.copy("w1", tmp_path / "root")
    host.state(turn="w1", **{"nodes/w1/cordoned": "", "nodes/w1/ours": ""})
    golden_files.check("node-upgrade-died.txt", story({"apply": host.run(node("w1", settings(OLD)), "apply")}))
    assert is_in_service(host)
    assert host.told("turn").strip() == "nobody"


def test_a_kubelet_that_was_installed_and_not_started_anew_is(members: Members, tmp_path: Path) -> None:
    host = due(members, "w1", tmp_path / "root")
    dies = ("    systemctl restart kubelet\n    until_true 120", "    kill -KILL $$\n    until_true 120")
    died = host.run(mutated(node("w1"), *dies), "apply")
    again = host.run(node("w1"), "apply")
    assert died.calls[-1] == "systemctl daemon-reload"
    assert again.code == 0, again.said
    assert host.told("nodes/w1/version").strip() == VERSION


def test_a_kubelet_that_is_still_not_ready_in_the_next_run_keeps_the_turn(members: Members, tmp_path: Path) -> None:
    host = due(members, "w1", tmp_path / "root")
    host.host.given("kubelet-is-broken", "")
    assert host.run(node("w1"), "apply").code == 1
    host.run(node("w1"), "apply")
    assert host.told("turn").strip() == "w1"
