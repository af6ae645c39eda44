"""DNS, time, swap, the kernel and containerd."""

from __future__ import annotations

import pytest
from tests.infra.onprem import paper
from tests.infra.onprem.sandbox import Outcome, Sandbox


def _apply(host: Sandbox, name: str = "w1", **own: object) -> Outcome:
    script = paper.script(name, paper.settings(**own))
    done = host.run(script, "apply")
    assert done.code == 0, done.said
    again = host.run(script, "apply")
    assert (again.calls, again.items) == ([], done.items)
    return done


def test_dns_is_asked_of_the_chosen_servers(host: Sandbox) -> None:
    _apply(host, resolvers=["10.0.0.53", "10.0.1.53"])
    assert "DNS=10.0.0.53 10.0.1.53\n" in host.read("etc/systemd/resolved.conf.d/10-archive.conf")
    assert (host.root / "etc/resolv.conf").readlink().as_posix() == "../run/systemd/resolve/stub-resolv.conf"


def test_a_host_that_has_resolved_uses_it_for_the_packages_already(host: Sandbox) -> None:
    host.write("usr/lib/systemd/systemd-resolved", "", 0o755)
    host.write("stub/services/systemd-resolved", "enabled active\n")
    calls = _apply(host).calls
    assert calls.index("systemctl restart systemd-resolved") < calls.index("apt-get update")
    assert not any("systemd-resolved" in call for call in calls if call.startswith("apt-get"))


def test_time_comes_from_the_chosen_servers_and_from_chrony_alone(host: Sandbox) -> None:
    done = _apply(host, timeServers=["time.test"])
    assert "server time.test iburst\n" in host.read("etc/chrony/chrony.conf")
    assert "pool" not in host.read("etc/chrony/chrony.conf")
    assert done.items["service:systemd-timesyncd"] == "absent inactive"


def _with_swap(host: Sandbox) -> None:
    of_swap = "# UUID=0 none swap sw 0 0\nUUID=1 none swap sw 0 0\n/swap\tswap\tswap\tdefaults 0 0\n"
    host.write("etc/fstab", of_swap + "/dev/vdb /swap ext4 x 0 0\n")
    for name in ("stub/swaps", "stub/proc/swaps"):
        host.write(name, "Filename\n/dev/sda2 partition 1 0 -2\n")


def test_swap_goes_off_and_comes_back_when_the_host_leaves(host: Sandbox) -> None:
    _with_swap(host)
    before = host.read("etc/fstab")
    done = _apply(host)
    assert "swapoff --all" in done.calls
    assert [line[0] for line in host.read("etc/fstab").splitlines()] == ["#", "#", "#", "/"]
    assert (host.root / "etc/systemd/system/swap.target").readlink().as_posix() == "/dev/null"

    host.run(paper.script("w1"), "remove")
    assert host.read("etc/fstab") == before
    assert not host.has("etc/systemd/system/swap.target")


@pytest.mark.parametrize(("name", "own"), [("w1", {"kubernetes": {"kubelet": {"failSwapOn": False}}}), ("lb1", {})])
def test_swap_stays_where_it_is_wanted_or_harms_nobody(host: Sandbox, name: str, own: dict[str, object]) -> None:
    _with_swap(host)
    before = host.read("etc/fstab")
    assert "swapoff --all" not in _apply(host, name, **own).calls
    assert host.read("etc/fstab") == before


def test_a_module_that_the_kernel_lacks_is_told(host: Sandbox) -> None:
    host.given("modprobe-br_netfilter-refuses", "modprobe: FATAL: Module br_netfilter not found\n")
    done = host.run(paper.script("w1"), "apply")
    assert done.code == 1
    assert "cannot load the kernel module br_netfilter: install the kernel's modules" in done.said[-1]


def test_a_container_has_the_kernel_of_its_host(host: Sandbox) -> None:
    host.given("container", "lxc\n")
    host.proc("sys/vm/overcommit_memory", "1\n")
    done = _apply(host)
    assert not any(call.startswith("modprobe") for call in done.calls)
    assert done.items["module:br_netfilter"] == "missing"
    assert any("warning: the kernel module br_netfilter is missing" in line for line in done.said)


def test_a_kernel_setting_that_cannot_be_set_is_a_warning_and_no_change(host: Sandbox) -> None:
    (host.root / "stub/sys/vm/overcommit_memory").unlink()
    done = _apply(host)
    planned = host.run(paper.script("w1"), "plan")
    warning = "w1 prepare: warning: vm.overcommit_memory is missing and cannot be set here"
    assert any(line.startswith(warning) for line in done.said)
    assert planned.changes == []
    assert planned.items["sysctl:vm.overcommit_memory"] == "missing"


def test_mirrors_of_registries_come_and_go_and_the_operators_stay(host: Sandbox) -> None:
    host.write("etc/containerd/certs.d/own.test/hosts.toml", "# the operator's\n")
    _apply(host, runtime={"mirrors": {"docker.io": "https://mirror.test"}})
    assert '[host."https://mirror.test"]' in host.read("etc/containerd/certs.d/docker.io/hosts.toml")
    _apply(host)
    assert not host.has("etc/containerd/certs.d/docker.io/hosts.toml")
    assert host.has("etc/containerd/certs.d/own.test/hosts.toml")


def test_containerd_2_gets_the_configuration_that_it_reads(host: Sandbox) -> None:
    host.write("stub/served", host.read("stub/served").replace("containerd 1.6.20~ds1-1", "containerd 2.1.4-1"))
    _apply(host)
    assert "\nversion = 3\n" in host.read("etc/containerd/config.toml")


def test_plugins_that_the_kubelets_packages_brought_stay_theirs(host: Sandbox) -> None:
    host.write("opt/cni/bin/bridge", "of kubernetes-cni", 0o755)
    _apply(host)
    assert host.read("opt/cni/bin/bridge") == "of kubernetes-cni"
    assert (host.root / "opt/cni/bin/portmap").readlink().as_posix() == "/usr/lib/cni/portmap"


def test_the_firewall_can_be_left_out(host: Sandbox) -> None:
    _apply(host)
    done = _apply(host, firewall=False)
    assert done.items["firewall"] == "absent"
    assert not host.has("stub/nft")
    assert not host.has("etc/systemd/system/archive-firewall.service")


def test_a_firewall_that_nft_refuses_changes_nothing(prepared: Sandbox) -> None:
    before = prepared.read("stub/nft")
    prepared.given("nft-refuses", "Error: syntax error\n")
    done = prepared.run(
        paper.script("w1", paper.settings(networks={"node": "10.0.0.0/24", "pod": "10.250.0.0/16"})), "apply"
    )
    assert done.code == 1
    assert prepared.read("stub/nft") == before
