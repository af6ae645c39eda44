"""The lab's hosts: real, bare, and obedient. Runs in a network of its own, beside a lab that may be up."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from tests.lab import cgroups, layout
from tests.lab.conftest import SeparateLab
from tests.lab.layout import Folders
from tests.lab.machinery import SERVER
from tests.lab.state import LabState

pytestmark = [pytest.mark.lab, pytest.mark.slow]

HOSTS = ("cp4", "w3")
CRASH_SECONDS = 60


def reaches(lab: SeparateLab, host: str, target: str) -> bool:
    """Whether a host reaches another host or this machine; asked without the network that may be cut."""
    address = str(layout.ADDRESSES.get(target, layout.GATEWAY))
    return lab.answer("inside", host, "ping", "-c1", "-W1", address).returncode == 0


def state_of(lab: SeparateLab) -> LabState:
    state = LabState.load(lab.run / "lab.json")
    assert state is not None
    return state


def left_of(lab: SeparateLab) -> list[str]:
    """What a lab leaves on the machine: mounts, cgroups, processes, its bridge."""
    folders = Folders(lab.run, lab.run)
    names = [folders.group(name) for name in (*layout.ADDRESSES, SERVER)]
    left = [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(lab.run) in line]
    left += [str(group) for name in names for group in cgroups.groups_of(name) if group.exists()]
    left += [f"process {folder.name}" for folder in Path("/proc").glob("[0-9]*") if _mentions(folder, str(lab.run))]
    left += [line for line in lab.network("ip", "link").splitlines() if layout.BRIDGE in line or "vb-" in line]
    return left


def _mentions(process: Path, text: str) -> bool:
    try:
        return text.encode() in (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_hosts_boot_bare_and_only_the_lab_logs_in(separate_lab: SeparateLab) -> None:
    separate_lab.well("up", "--hosts", ",".join(HOSTS))

    for host in HOSTS:
        assert separate_lab.well("ssh", host, "hostname").strip() == host
        assert separate_lab.well("ssh", host, "systemctl", "is-system-running").strip() == "running"
        assert separate_lab.answer("ssh", host, "command -v containerd nginx kubelet").returncode != 0
    assert separate_lab.well("ssh", "--user", "operator", "cp4", "sudo -n id -u").strip() == "0"
    assert reaches(separate_lab, "cp4", "w3")

    known_hosts = separate_lab.run / "known_hosts"
    of_another = state_of(separate_lab).hosts["w3"].host_key
    known_hosts.write_text(f"{layout.ADDRESSES['cp4']} {of_another}\n")
    refused = separate_lab.answer("ssh", "cp4", "true")
    assert refused.returncode != 0
    assert "Host key verification failed" in refused.stderr


def test_a_restart_keeps_the_disk_and_a_reset_keeps_the_host_key_alone(separate_lab: SeparateLab) -> None:
    def boot_id() -> str:
        return separate_lab.well("inside", "w3", "cat", "/proc/sys/kernel/random/boot_id")

    separate_lab.well("up", "--hosts", "w3")
    separate_lab.well("ssh", "w3", "echo kept > /var/lib/etcd/file; echo kept > /etc/file; sync")
    host_key, first = state_of(separate_lab).hosts["w3"].host_key, boot_id()

    separate_lab.well("reboot", "w3")
    second = boot_id()
    separate_lab.well("off", "w3")
    assert separate_lab.answer("ssh", "w3", "true").returncode != 0
    assert "off" in separate_lab.well("status")
    separate_lab.well("on", "w3")
    assert len({first, second, boot_id()}) == 3
    assert separate_lab.well("ssh", "w3", "cat /var/lib/etcd/file /etc/file") == "kept\nkept\n"

    separate_lab.well("reset", "w3")
    assert separate_lab.well("ssh", "w3", "ls /var/lib/etcd") == ""
    assert separate_lab.answer("ssh", "w3", "cat /etc/file").returncode != 0
    assert state_of(separate_lab).hosts["w3"].host_key == host_key


def test_a_host_that_restarts_by_itself_has_no_cgroups_of_its_last_life(separate_lab: SeparateLab) -> None:
    separate_lab.well("up", "--hosts", "w3")
    separate_lab.well("ssh", "w3", "mkdir /sys/fs/cgroup/memory/kubepods")
    before = separate_lab.well("inside", "w3", "cat", "/proc/sys/kernel/random/boot_id")

    separate_lab.answer("ssh", "w3", "systemctl reboot")

    deadline = time.monotonic() + CRASH_SECONDS
    while (now := separate_lab.answer("ssh", "w3", "cat /proc/sys/kernel/random/boot_id").stdout) in {"", before}:
        assert time.monotonic() < deadline, f"still {now!r}"
        time.sleep(0.2)
    assert separate_lab.answer("ssh", "w3", "ls -d /sys/fs/cgroup/memory/kubepods").returncode != 0


def test_what_is_cut_is_cut_and_nothing_else(separate_lab: SeparateLab) -> None:
    separate_lab.well("up", "--hosts", "cp4,w3,w2")
    assert reaches(separate_lab, "cp4", "w3")

    separate_lab.well("partition", "cp4", "w3")
    assert not reaches(separate_lab, "cp4", "w3")
    assert not reaches(separate_lab, "w3", "cp4")
    assert reaches(separate_lab, "cp4", "w2")
    assert reaches(separate_lab, "cp4", "this machine")

    separate_lab.well("join", "w3")
    separate_lab.well("cut", "cp4")
    assert not reaches(separate_lab, "cp4", "w2")
    assert not reaches(separate_lab, "cp4", "this machine")
    assert reaches(separate_lab, "w2", "w3")

    separate_lab.well("join", "cp4")
    separate_lab.well("unplug", "cp4")
    assert "NO-CARRIER" in separate_lab.well("inside", "cp4", "ip", "link", "show", layout.INNER_INTERFACE)
    assert not reaches(separate_lab, "cp4", "w2")

    separate_lab.well("join", "cp4")
    assert reaches(separate_lab, "cp4", "w2")


def test_a_cut_outlives_a_loss_of_power(separate_lab: SeparateLab) -> None:
    separate_lab.well("up", "--hosts", "cp4,w3")
    separate_lab.well("cut", "w3")
    separate_lab.well("off", "w3")
    separate_lab.well("on", "w3")
    assert not reaches(separate_lab, "cp4", "w3")


def test_down_leaves_nothing(separate_lab: SeparateLab) -> None:
    separate_lab.well("up", "--hosts", ",".join(HOSTS))
    assert left_of(separate_lab)

    separate_lab.well("down")

    assert left_of(separate_lab) == []
    separate_lab.well("down")


def test_after_a_crash_up_cleans_and_works(separate_lab: SeparateLab) -> None:
    starting = separate_lab.start("up", "--hosts", ",".join(HOSTS))
    deadline = time.monotonic() + 3600  # the first run ever builds the bundle
    while not _has_power(separate_lab.run / "lab.json", HOSTS[0]):
        assert starting.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    starting.kill()
    starting.wait()
    # And one host died meanwhile, and the crash came before the server was recorded.
    state = state_of(separate_lab)
    pid = state.hosts[HOSTS[0]].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    state.bundle = None
    state.save(separate_lab.run / "lab.json")

    separate_lab.well("up", "--hosts", ",".join(HOSTS))

    for host in HOSTS:
        assert separate_lab.well("ssh", host, "hostname").strip() == host
    separate_lab.well("down")
    assert left_of(separate_lab) == []


def _has_power(state: Path, host: str) -> bool:
    return state.exists() and json.loads(state.read_text())["hosts"].get(host, {}).get("pid") is not None


def test_a_network_that_is_taken_is_refused(separate_lab: SeparateLab) -> None:
    separate_lab.network("ip", "link", "add", "office0", "type", "bridge")
    separate_lab.network("ip", "address", "add", "10.77.0.200/28", "dev", "office0")

    refused = separate_lab.answer("up", "--hosts", "w3")

    assert refused.returncode == 1
    assert "office0 of this machine has 10.77.0.192/28" in refused.stderr
    assert "office0" in separate_lab.network("ip", "link")
    assert layout.BRIDGE not in separate_lab.network("ip", "link")


@pytest.mark.parametrize(
    ("alias", "whose"), [(None, "something that is not the lab"), ("archive-lab /srv/other", "the lab of /srv/other")]
)
def test_a_bridge_of_others_is_refused_and_left_alone(separate_lab: SeparateLab, alias: str | None, whose: str) -> None:
    separate_lab.network("ip", "link", "add", layout.BRIDGE, "type", "bridge")
    if alias:
        separate_lab.network("ip", "link", "set", layout.BRIDGE, "alias", alias)

    refused = separate_lab.answer("up", "--hosts", "w3")
    separate_lab.well("down")

    assert refused.returncode == 1
    assert whose in refused.stderr
    assert layout.BRIDGE in separate_lab.network("ip", "link")
