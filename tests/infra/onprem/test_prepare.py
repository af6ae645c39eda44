"""What `prepare` decides on hosts in every state, as golden files, and that it decides nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.infra.onprem import golden_files, paper
from tests.infra.onprem.sandbox import Sandbox


def told(host: Sandbox, name: str) -> str:
    """A plan and the apply after it, for a golden file."""
    script = paper.script(name)
    outcomes = {"plan": host.run(script, "plan"), "apply": host.run(script, "apply")}
    # Only the end of a step is a failure: a command that may fail has to say so, or it is reported for nothing.
    assert not any("failed at line" in line for outcome in outcomes.values() for line in outcome.said)
    return paper.story(outcomes)


@pytest.mark.parametrize("name", ["w1", "cp1", "lb1", "s1"])
def test_a_bare_host(host: Sandbox, name: str) -> None:
    golden_files.check(f"prepare-bare-{name}.txt", told(host, name))


@pytest.mark.parametrize("name", ["w1", "cp1", "lb1", "s1"])
def test_a_second_apply_changes_nothing_and_tells_the_same(host: Sandbox, name: str) -> None:
    script = paper.script(name)
    first, second, planned = (host.run(script, verb) for verb in ("apply", "apply", "plan"))
    assert (second.code, second.said, second.calls) == (0, [], [])
    assert planned.changes == []
    assert first.items == second.items == planned.items


def test_a_plan_changes_nothing(host: Sandbox) -> None:
    before = _files(host)
    assert host.run(paper.script("w1"), "plan").calls == []
    assert _files(host) == before


# What a run that died leaves, by where it died: the next one goes on there.
DEATHS = {
    "apt-get-update": "Err: no route to host\n",
    "systemctl-archive-firewall": "Job for archive-firewall.service failed\n",
    "systemctl-containerd": "Job for containerd.service failed\n",
}


@pytest.mark.parametrize("where", DEATHS)
def test_half_prepared(host: Sandbox, where: str) -> None:
    host.given(f"{where}-refuses", DEATHS[where])
    died = host.run(paper.script("w1"), "apply")
    (host.root / f"stub/given/{where}-refuses").unlink()
    assert died.code != 0
    golden_files.check(f"prepare-half-{where}.txt", told(host, "w1"))
    assert host.run(paper.script("w1"), "plan").changes == []


def test_what_dpkg_was_killed_at_is_finished_before_anything_relies_on_it(host: Sandbox) -> None:
    """A package that was unpacked looks installed to whoever looks for its program, and does not work yet."""
    host.install("systemd-resolved 252.39-1", "nftables 1.0.6-2", "socat 1.0-1")
    host.write("usr/lib/systemd/systemd-resolved", "", 0o755)
    host.write("stub/half", "systemd-resolved unpacked\nsocat half-installed\n")
    (host.root / "usr/bin/nft").symlink_to("/stub/stub.sh")
    golden_files.check("prepare-half-dpkg.txt", told(host, "w1"))
    assert host.read("stub/half") == ""
    assert host.run(paper.script("w1"), "plan").changes == []


def test_a_held_package_is_not_begun_again_in_a_version_that_is_no_longer_served(prepared: Sandbox) -> None:
    prepared.write("etc/kubernetes/kubelet.conf", "")
    prepared.write("stub/served", prepared.read("stub/served").replace("kubelet 1.34.4-1.1\n", ""))
    prepared.write("stub/half", "kubelet half-installed\n")
    done = prepared.run(paper.script("w1"), "apply")
    assert (done.code, [call for call in done.calls if "kubelet" in call]) == (0, [])


def _another_key(host: Sandbox) -> None:
    host.write("home/mina/.ssh/authorized_keys", "ssh-ed25519 AAAA intruder\n")


def _passwords(host: Sandbox) -> None:
    host.write("etc/ssh/sshd_config.d/10-archive.conf", "PasswordAuthentication yes\n")


def _open_firewall(host: Sandbox) -> None:
    host.write("stub/nft", "table inet archive { chain input { policy accept; } }\n")


def _no_firewall(host: Sandbox) -> None:
    (host.root / "stub/nft").unlink()


def _another_runtime(host: Sandbox) -> None:
    host.write("etc/containerd/config.toml", "version = 2\n")


def _stopped(host: Sandbox) -> None:
    host.write("stub/services/containerd", "disabled inactive\n")


def _forwarding(host: Sandbox) -> None:
    host.proc("sys/net/ipv4/ip_forward", "0\n")


def _swap(host: Sandbox) -> None:
    for name in ("stub/swaps", "stub/proc/swaps"):
        host.write(name, host.read(name) + "/dev/sda2 partition 1000 0 -2\n")
    host.write("etc/fstab", host.read("etc/fstab") + "UUID=1 none swap sw 0 0\n")


def _hosts(host: Sandbox) -> None:
    host.write("etc/hosts", host.read("etc/hosts").replace("10.0.0.21 cp1", "10.9.9.9 cp1"))


def _mode(host: Sandbox) -> None:
    (host.root / "etc/sudoers.d/archive").chmod(0o666)


def _let_go(host: Sandbox) -> None:
    host.write("stub/held", "kubeadm\nkubectl\n")


def _older_kubelet(host: Sandbox) -> None:
    host.write("stub/packages", host.read("stub/packages").replace("kubelet 1.34.4-1.1", "kubelet 1.34.3-1.1"))


def _removed(host: Sandbox) -> None:
    host.write("stub/packages", host.read("stub/packages").replace("conntrack 1.0-1\n", ""))


DRIFTS: Mapping[str, tuple[Callable[[Sandbox], None], str]] = {
    "a key that nobody wants": (_another_key, "file:/home/mina/.ssh/authorized_keys"),
    "passwords let in again": (_passwords, "file:/etc/ssh/sshd_config.d/10-archive.conf"),
    "an open firewall": (_open_firewall, "firewall"),
    "no firewall": (_no_firewall, "firewall"),
    "another configuration of containerd": (_another_runtime, "file:/etc/containerd/config.toml"),
    "a stopped service": (_stopped, "service:containerd"),
    "a kernel setting": (_forwarding, "sysctl:net.ipv4.ip_forward"),
    "swap": (_swap, "swap"),
    "another address of a host": (_hosts, "block:/etc/hosts"),
    "a file that everybody may write": (_mode, "file:/etc/sudoers.d/archive"),
    "a package that is no longer held": (_let_go, "held:kubelet"),
    "a package that was removed": (_removed, "package:conntrack"),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_a_difference_is_noticed_and_mended(prepared: Sandbox, name: str) -> None:
    plant, item = DRIFTS[name]
    good = prepared.run(paper.script("w1"), "plan")
    plant(prepared)
    planned = prepared.run(paper.script("w1"), "plan")
    assert good.changes == []
    assert planned.changes
    assert planned.items[item] != good.items[item]
    assert prepared.run(paper.script("w1"), "apply").items == good.items


def test_all_differences_at_once(prepared: Sandbox) -> None:
    for plant, _ in DRIFTS.values():
        if plant is not _no_firewall:
            plant(prepared)
    _older_kubelet(prepared)
    golden_files.check("prepare-drifted.txt", told(prepared, "w1"))


def test_the_versions_of_a_member_are_left_alone(prepared: Sandbox) -> None:
    """They are the node step's, which takes one node after another."""
    prepared.write("etc/kubernetes/kubelet.conf", "")
    _older_kubelet(prepared)
    done = prepared.run(paper.script("w1"), "apply")
    assert (done.said, done.calls) == ([], [])
    assert not any(item in done.items for item in ("package:kubelet", "package:kubeadm", "package:kubectl"))


def test_remove_takes_back_what_would_hurt_a_host_that_leaves(prepared: Sandbox) -> None:
    done = prepared.run(paper.script("w1"), "remove")
    golden_files.check("prepare-remove.txt", paper.story({"remove": done}))
    assert "archive" not in prepared.read("etc/hosts")
    assert "192.0.2.7 of.the.operator\n" in prepared.read("etc/hosts")
    assert prepared.read("stub/held") == ""
    assert not prepared.has("stub/nft")
    assert prepared.has("etc/sudoers.d/archive"), "administrators stay"
    again = prepared.run(paper.script("w1"), "remove")
    assert (again.code, again.said) == (0, [])


def test_remove_works_on_a_bare_host(host: Sandbox) -> None:
    done = host.run(paper.script("w1"), "remove")
    assert (done.code, done.said, done.calls) == (0, [], [])


def _files(host: Sandbox) -> dict[str, Any]:
    ignored = ("stub/calls", "run/lock/archive.lock")
    return {
        str(path.relative_to(host.root)): (path.stat().st_mode, path.read_bytes())
        for path in host.root.rglob("*")
        if path.is_file() and not path.is_symlink() and str(path.relative_to(host.root)) not in ignored
    }
