"""What the step of a node decides on a host of paper in a cluster of paper; upgrades are in test_node_upgrade.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.infra.onprem import golden_files
from tests.infra.onprem.paper_cluster import OLD, PLANTED, Cluster, Members, mutated, node, settings, story

from archive_platform.onprem.script import Script

STARTED_BEHIND_THE_GATE = "(kubelet) starts kube-apiserver anew, gate closed"
NEW_AUDIT = ("omitStages:\n- RequestReceived\n", "omitStages: []\n")


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Members:
    return Members(tmp_path_factory.mktemp("members"))


def joining(root: Path, name: str) -> Cluster:
    """A host beside a cluster that it is to join."""
    host = Cluster(root, name)
    host.member(*(other for other in ("cp1", "cp2", "cp3") if other != name))
    return host


def applied(host: Cluster, script: Script, name: str) -> None:
    golden_files.check(name, story({"apply": host.run(script, "apply")}))


# Entering


def test_the_first_starts_the_cluster(tmp_path: Path) -> None:
    host, script = Cluster(tmp_path, "cp1"), node("cp1", ca_hash="")
    planned, found, again = (host.run(script, verb) for verb in ("plan", "found", "apply"))
    golden_files.check("node-init-cp1.txt", story({"plan": planned, "found": found, "apply": again}, items=True))
    assert PLANTED in found.answer["extra"]["kubeconfig"]
    assert found.answer["extra"] == again.answer["extra"]


def test_the_first_joins_where_a_cluster_answers(tmp_path: Path) -> None:
    host = joining(tmp_path, "cp1")
    golden_files.check("node-found-answers.txt", story({"found": host.run(node("cp1"), "found")}))
    assert {member.split()[1] for member in host.told("etcd").splitlines()} == {"cp1", "cp2", "cp3"}


def test_the_first_starts_no_second_cluster_for_want_of_a_hash(tmp_path: Path) -> None:
    done = joining(tmp_path, "cp1").run(node("cp1", ca_hash=""), "found")
    assert (done.code, [call for call in done.calls if "kubeadm" in call]) == (1, [])
    assert "list new control planes after those that are members" in done.said[-1]


def test_the_first_that_lost_its_part_starts_no_other(tmp_path: Path) -> None:
    done = Cluster(tmp_path, "cp1").run(node("cp1"), "apply")
    assert (done.code, [call for call in done.calls if "kubeadm" in call]) == (1, [])
    assert "this host has lost its part of the cluster" in done.said[-1]


@pytest.mark.parametrize("name", ["cp2", "w1"])
def test_another_joins_and_a_second_apply_changes_nothing(tmp_path: Path, name: str) -> None:
    host, script = joining(tmp_path, name), node(name, settings(networkPlugin="bridge") if name == "w1" else None)
    planned, first, second, last = (host.run(script, verb) for verb in ("plan", "apply", "apply", "plan"))
    golden_files.check(f"node-join-{name}.txt", story({"plan": planned, "apply": first}, items=True))
    assert (second.code, second.said, second.calls) == (0, [], [])
    assert last.changes == []
    assert first.items == second.items == last.items
    assert "extra" not in first.answer


@pytest.mark.parametrize("name", ["cp1", "cp2"])
def test_what_an_interrupted_run_left_is_reset(tmp_path: Path, name: str) -> None:
    host = Cluster(tmp_path, name) if name == "cp1" else joining(tmp_path, name)
    verb, word = ("found", "init") if name == "cp1" else ("apply", "join")
    host.host.given(f"kubeadm-{word}-refuses", "error execution phase kubelet-start: timed out\n")
    died = host.run(node(name), verb)
    (host.host.root / f"stub/given/kubeadm-{word}-refuses").unlink()
    golden_files.check(f"node-half-{name}.txt", story({"died": died, verb: host.run(node(name), verb)}))


def test_a_worker_that_an_interrupted_run_joined_is_taken_up(members: Members, tmp_path: Path) -> None:
    host = members.copy("w1", tmp_path / "root")
    (host.host.root / "etc/kubernetes/archive/member").unlink()
    script = node("w1", settings(OLD))
    assert host.run(script, "plan").changes == ["take up the node that an interrupted run joined"]
    done = host.run(script, "apply")
    assert (done.code, done.items["member"], [call for call in done.calls if "kubeadm" in call]) == (0, "worker", [])
    assert host.run(script, "plan").changes == []


def test_a_worker_that_the_cluster_does_not_know_as_ready_joins_anew(members: Members, tmp_path: Path) -> None:
    host = members.copy("w1", tmp_path / "root")
    (host.host.root / "etc/kubernetes/archive/member").unlink()
    host.state(**{"nodes/w1/ready": "Unknown"})
    done = host.run(node("w1", settings(OLD)), "apply")
    assert done.code == 0
    assert [call.split()[1] for call in done.calls if call.startswith("kubeadm")][:2] == ["reset", "join"]


def test_a_wrong_clock_is_told_before_joining(tmp_path: Path) -> None:
    host = joining(tmp_path, "w1")
    host.state(clock="now + 5 minutes")
    done = host.run(node("w1"), "apply")
    assert (done.code, [call for call in done.calls if "kubeadm" in call]) == (1, [])
    assert "the clock differs from the API server's by" in done.said[-1]


# Settings


@pytest.mark.parametrize("name", ["cp1", "cp2", "w1"])
def test_a_setting_of_the_kubelet(members: Members, tmp_path: Path, name: str) -> None:
    host = members.copy(name, tmp_path / "root")
    applied(host, node(name, settings(OLD, kubelet={"maxPods": 200})), f"node-kubelet-{name}.txt")


@pytest.mark.parametrize("name", ["cp1", "cp2"])
def test_another_audit_policy(members: Members, tmp_path: Path, name: str) -> None:
    host = members.copy(name, tmp_path / "root")
    applied(host, mutated(node(name, settings(OLD)), *NEW_AUDIT), f"node-audit-{name}.txt")


def test_another_argument_of_the_api_server_is_taken_up_behind_the_gate(members: Members, tmp_path: Path) -> None:
    host = members.copy("cp2", tmp_path / "root")
    done = host.run(node("cp2", settings(OLD, podEvictionSeconds=60)), "apply")
    assert [call for call in done.calls if "(kubelet)" in call] == [STARTED_BEHIND_THE_GATE]


def test_new_certificates(members: Members, tmp_path: Path) -> None:
    host = members.copy("cp2", tmp_path / "root")
    applied(host, node("cp2", settings(OLD, certificateGeneration=2)), "node-certificates-cp2.txt")


def test_an_api_server_that_does_not_come_back_is_told_and_tried_again(members: Members, tmp_path: Path) -> None:
    host, script = members.copy("cp2", tmp_path / "root"), mutated(node("cp2", settings(OLD)), *NEW_AUDIT)
    host.host.given("api-is-broken", "")
    died = host.run(script, "apply")
    (host.host.root / "stub/given/api-is-broken").unlink()
    planned, done = host.run(script, "plan"), host.run(script, "apply")
    golden_files.check("node-audit-broken.txt", story({"died": died, "plan": planned, "apply": done}))


def test_a_kubelet_that_does_not_start_with_its_settings_is_told(members: Members, tmp_path: Path) -> None:
    host = members.copy("w1", tmp_path / "root")
    host.host.given("kubelet-is-broken", "")
    script = node("w1", settings(OLD, kubelet={"maxPods": 200}))
    assert "the kubelet does not start with its new settings" in host.run(script, "apply").said[-1]
    assert host.run(script, "plan").changes == ["take up the kubelet's settings"]


def test_a_forgotten_gate_is_opened(members: Members, tmp_path: Path) -> None:
    host = members.copy("cp2", tmp_path / "root")
    host.host.write("stub/gate", "")
    assert host.run(node("cp2", settings(OLD)), "apply").calls == ["nft delete table inet archive_gate"]
    host.host.write("stub/gate", "")
    host.host.write("stub/services/archive-gate", "enabled active\n")
    assert host.run(node("cp2", settings(OLD)), "apply").calls == [], "a host that starts opens it itself"


# Leaving


@pytest.mark.parametrize("name", ["cp2", "w1"])
def test_remove_leaves_nothing_of_kubernetes(members: Members, tmp_path: Path, name: str) -> None:
    host, known = members.copy(name, tmp_path / "root"), settings(OLD)
    if name == "w1":
        known = settings(OLD, networkPlugin="bridge")
        assert host.run(node(name, known), "apply").code == 0
    golden_files.check(f"node-remove-{name}.txt", story({"remove": host.run(node(name, known), "remove")}))
    assert list((host.host.root / "etc/kubernetes").iterdir()) == []
    assert name not in host.told("etcd")


# Secrets


def test_a_secret_that_were_told_would_be_noticed(tmp_path: Path) -> None:
    """The negative control of what every run here asserts: kubeadm's own words, passed on as they are."""
    talkative = mutated(node("w1"), "sed -u -E 's/\\b[a-z0-9]{6}", "sed -u -E 's/^NEVER[a-z0-9]{6}")
    with pytest.raises(AssertionError):
        joining(tmp_path, "w1").run(talkative, "apply")
