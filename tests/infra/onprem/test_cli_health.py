"""The checks of `archive doctor onprem`: each finds what is wrong, and is silent about what is right."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.infra.onprem.inventory import inventory
from tests.infra.onprem.sshd import Sshd

from archive_platform.cli.doctor import Finding
from archive_platform.cli.onprem import health
from archive_platform.cli.onprem.answers import Answer
from archive_platform.cli.onprem.probe import Probe, parsed
from archive_platform.config.onprem import OnPrem
from archive_platform.errors import HostError

NOW = datetime(2026, 7, 1, tzinfo=UTC)
MEMBERS = ("cp1", "cp2", "cp3")


@pytest.fixture
def settings(server: Sshd) -> OnPrem:
    return inventory(server)


def one(findings: Iterable[Finding]) -> Finding:
    [found] = findings
    return found


def good(findings: Iterable[Finding]) -> str:
    found = one(findings)
    assert not found.mend
    return found.detail


def bad(findings: Iterable[Finding]) -> list[str]:
    """What is to mend, in words; everything that is told has a mend."""
    told = [finding for finding in findings if finding.mend]
    assert told
    return [finding.detail for finding in told]


def test_hosts_that_cannot_be_reached_are_told_each_with_its_mend() -> None:
    found = one(health.reachability({"cp1": object(), "w1": HostError("w1 (10.0.0.1:22): is down. Switch it on")}))
    assert (found.detail, found.mend) == ("w1 (10.0.0.1:22): is down", "Switch it on")
    assert good(health.reachability({"cp1": object()})) == "1 host: reached, each with its pinned key"


def test_commands_that_do_not_run_as_root_are_told() -> None:
    assert bad(health.privileges({"w1": Probe(root="sudo: a password is required"), "w2": Probe()})) == [
        "w1: sudo: a password is required"
    ]
    assert good(health.privileges({"w1": Probe()})) == "commands run as root"


@pytest.mark.parametrize(
    ("skews", "well"),
    [((0.2, -0.1), True), ((29.0, 0.0), True), ((31.0, 0.0), False), ((-31.0, 0.0), False), ((-16.0, 16.0), False)],
)
def test_clocks_are_compared_with_each_other_and_this_machine(skews: tuple[float, float], well: bool) -> None:
    found = one(health.clocks({"cp1": Probe(skew=skews[0]), "w1": Probe(skew=skews[1])}))
    assert bool(found.mend) is not well


def test_the_clocks_that_differ_most_are_named() -> None:
    found = one(health.clocks({"cp1": Probe(skew=-16), "w1": Probe(skew=16.04)}))
    assert found.detail == "w1 is 32.0 s ahead of cp1; 30 s are allowed"


def test_hosts_that_are_not_as_the_settings_say_are_told() -> None:
    same, other = Answer("prepare"), Answer("node", changes=["join"])
    failed = Answer("node", error="locked")
    assert good(health.preparation({"cp1": [same, same]})) == "1 host: all as the settings say"
    assert bad(health.preparation({"cp1": [same, other], "w1": [failed], "w2": [same]})) == [
        "cp1: 1 thing would be changed",
        "w1: locked",
    ]


# Nodes


def node(name: str, ready: str = "True", version: str = "v1.34.4", **spec: Any) -> dict[str, Any]:
    conditions = [{"type": "DiskPressure", "status": "False"}, {"type": "Ready", "status": ready, "message": "why"}]
    return {
        "metadata": {"name": name},
        "spec": spec,
        "status": {"conditions": conditions, "nodeInfo": {"kubeletVersion": version}},
    }


def all_nodes(settings: OnPrem, **changed: dict[str, Any]) -> list[dict[str, Any]]:
    return [changed.get(host.name, node(host.name)) for host in settings.nodes]


def test_nodes_that_are_ready_are_well(settings: OnPrem) -> None:
    assert good(health.nodes(settings, all_nodes(settings))) == "8 nodes: Ready at v1.34.4"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (node("w1", ready="False"), "w1: is not Ready: why"),
        (node("w1", ready="Unknown"), "w1: is not Ready: why"),
        (node("w1", version="v1.33.1"), "w1: runs v1.33.1, and the settings say v1.34.4"),
        (node("w1", unschedulable=True), "w1: takes no pods: it is cordoned"),
    ],
)
def test_a_node_that_is_not_well_is_told(settings: OnPrem, changed: dict[str, Any], told: str) -> None:
    assert bad(health.nodes(settings, all_nodes(settings, w1=changed))) == [told]


def test_a_node_that_says_nothing_of_itself_is_not_ready(settings: OnPrem) -> None:
    mute = node("w1")
    mute["status"]["conditions"] = []
    assert bad(health.nodes(settings, all_nodes(settings, w1=mute))) == ["w1: is not Ready: it says nothing"]


def test_nodes_that_are_missing_or_too_many_are_told(settings: OnPrem) -> None:
    found = [each for each in all_nodes(settings) if each["metadata"]["name"] != "w5"]
    assert bad(health.nodes(settings, [*found, node("old")])) == [
        "w5: is not in the cluster",
        "old: is in the cluster and not in the settings",
    ]


# etcd


def members(healthy: bool = True, names: tuple[str, ...] = MEMBERS) -> Probe:
    return Probe(etcd_healthy=healthy, etcd_members=names)


def test_etcd_with_a_healthy_member_for_each_control_plane_is_well(settings: OnPrem) -> None:
    found = good(health.etcd(settings, dict.fromkeys(MEMBERS, members())))
    assert found == "3 members, as many as control planes, all healthy"


@pytest.mark.parametrize(
    ("probes", "told"),
    [
        ({"cp2": members(healthy=False)}, ["cp2: its member is not healthy"]),
        ({"cp1": Probe()}, ["cp1: its member is not healthy"]),
        (
            dict.fromkeys(MEMBERS, members(names=("cp1", "cp2"))),
            ["its members are cp1, cp2; they should be cp1, cp2, cp3"],
        ),
        (
            dict.fromkeys(MEMBERS, members(names=(*MEMBERS, ""))),
            ["its members are cp1, cp2, cp3, one that has not started; they should be cp1, cp2, cp3"],
        ),
        (dict.fromkeys(MEMBERS, members(names=())), ["no member tells who the members are"]),
    ],
)
def test_etcd_that_is_not_well_is_told(settings: OnPrem, probes: Mapping[str, Probe], told: list[str]) -> None:
    assert bad(health.etcd(settings, {**dict.fromkeys(MEMBERS, members()), **probes})) == told


# Addresses


def holding(*addresses: str) -> Probe:
    return Probe(addresses=addresses)


def test_a_virtual_address_has_exactly_one_holder(settings: OnPrem) -> None:
    api = "10.77.0.100"
    assert good(health.addresses(settings, {"lb1": holding(api), "lb2": holding("10.77.0.12")})).endswith("held by lb1")
    assert bad(health.addresses(settings, {"lb1": holding(api), "lb2": holding(api)})) == [
        f"{api} is held by lb1 and lb2 at once"
    ]
    assert bad(health.addresses(settings, {"lb1": holding(), "lb2": holding()})) == [f"{api} is held by nobody"]


def test_another_host_that_holds_the_address_is_told_as_well(settings: OnPrem) -> None:
    api = "10.77.0.100"
    assert bad(health.addresses(settings, {"lb1": holding(api), "w1": holding(api)})) == [
        f"{api} is held by lb1 and w1 at once"
    ]


# Certificates and snapshots


def test_certificates_that_end_soon_or_have_ended_are_told() -> None:
    def ending(**days: float) -> dict[str, Probe]:
        return {"cp1": Probe(certificates={file: NOW + timedelta(days=each) for file, each in days.items()})}

    assert good(health.certificates(ending(a=300, b=200), NOW)) == "the first of 2 ends in 200 days (cp1: b)"
    assert bad(health.certificates(ending(a=300, b=29.5, c=-3), NOW)) == [
        "cp1: c ended 3 days ago",
        "cp1: b ends in 29 days",
    ]
    assert not list(health.certificates({"lb1": Probe()}, NOW))


def snapshot(hours: float = 1.5, ok: bool = True, timer: str = "active", name: str = "s.db") -> Probe:
    time = (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Probe(snapshot_timer=timer, snapshot={"time": time, "name": name, "ok": ok, "error": "" if ok else "full"})


def test_snapshots_on_schedule_are_well_and_the_age_of_the_last_is_told(settings: OnPrem) -> None:
    probes = {"cp1": snapshot(2), "cp2": snapshot(1.5), "cp3": Probe(snapshot_timer="active")}
    assert good(health.snapshots(settings, probes, NOW)).endswith("the last one is 1 h 30 min old")
    assert good(health.snapshots(settings, {"cp3": probes["cp3"]}, NOW)).endswith("none was due yet")


@pytest.mark.parametrize(
    ("probe", "told"),
    [
        (snapshot(ok=False), "cp2: full"),
        (snapshot(timer="inactive"), "cp2: none is taken on schedule"),
        (Probe(), "cp2: none is taken on schedule"),
    ],
)
def test_snapshots_that_fail_or_are_not_taken_are_told(settings: OnPrem, probe: Probe, told: str) -> None:
    assert bad(health.snapshots(settings, {**dict.fromkeys(MEMBERS, snapshot()), "cp2": probe}, NOW)) == [told]


def test_snapshots_that_no_other_host_can_keep_are_told(settings: OnPrem) -> None:
    alone = settings.model_copy(update={"hosts": settings.hosts[:1]})
    told = good(health.snapshots(alone, {"cp1": snapshot()}, NOW))
    assert "those of cp1 are on no other host" in told
    assert "no other host" not in good(health.snapshots(settings, {"cp1": snapshot()}, NOW))


# What the probe prints


def certificate(days: int) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    built = x509.CertificateBuilder(
        name, name, key.public_key(), 1, NOW - timedelta(days=1), NOW + timedelta(days=days)
    )
    return built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_the_facts_are_read_from_what_a_host_prints() -> None:
    healthy = {"health": "true", "reason": ""}
    known = {"header": {}, "members": [{"ID": "1", "name": "cp1"}, {"ID": "2", "peerURLs": ["https://10.0.0.2:2380"]}]}
    text = "\n".join(
        [
            "uid 0",
            "address 10.0.0.11 host0",
            "address 10.0.0.100 host0",
            f"etcd-health {json.dumps(healthy)}",
            f"etcd-members {json.dumps(known)}",
            f"certificate /etc/kubernetes/pki/ca.crt {base64.b64encode(certificate(10)).decode()}",
            "certificate /etc/kubernetes/pki/broken.crt bm90aGluZw==",
            "snapshot-timer active",
            'snapshot {"time": "2026-06-30T00:00:00Z", "name": "s.db", "ok": true, "error": ""}',
        ]
    )
    found = parsed(text, 1.5)
    assert (found.skew, found.root, found.addresses) == (1.5, "", ("10.0.0.11", "10.0.0.100"))
    assert (found.etcd_healthy, found.etcd_members) == (True, ("cp1", ""))
    assert found.certificates == {"/etc/kubernetes/pki/ca.crt": NOW + timedelta(days=10)}
    assert (found.snapshot_timer, found.snapshot["name"]) == ("active", "s.db")


def test_what_a_host_does_not_tell_is_empty() -> None:
    assert parsed("uid 0\n") == Probe()
    assert parsed("uid 1000\n").root == "commands run with user id 1000"
    silent = parsed("uid 0\netcd-health \netcd-members \n")
    assert (silent.etcd_healthy, silent.etcd_members) == (False, ())
