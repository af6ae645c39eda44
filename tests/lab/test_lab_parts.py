"""The lab's parts that need neither root nor hosts."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.infra.inventories import as_the_engine_has_it, public_key
from tests.lab import cgroups, layout, sysctls
from tests.lab.errors import LabError
from tests.lab.identity import ProcessIdentity
from tests.lab.settings import settings
from tests.lab.state import BundleState, HostState, LabState

from archive_platform.config import parse
from archive_platform.config.onprem.settings import OnPrem

INTERFACE_NAME_LENGTH = 15  # IFNAMSIZ without the final NUL


@pytest.fixture
def sleeper() -> Generator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "infinity"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def running(tmp_path: Path) -> LabState:
    key = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    hosts = {name: HostState(name, str(address), public_key()) for name, address in layout.ADDRESSES.items()}
    return LabState(str(key), hosts, [("cp1", "cp2")], BundleState(layout.BUNDLE_URL, "0" * 64, 1, 1))


def test_a_process_is_killed_by_id_and_start_time(sleeper: subprocess.Popen[bytes]) -> None:
    identity = ProcessIdentity.of(sleeper.pid)
    assert identity is not None
    assert identity.is_alive()

    assert identity.kill()

    assert sleeper.wait() == -signal.SIGKILL
    assert not identity.is_alive()


def test_whoever_got_the_id_later_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    identity = ProcessIdentity.of(sleeper.pid)
    assert identity is not None
    earlier = ProcessIdentity(identity.pid, identity.started - 1)

    assert not earlier.is_alive()
    assert earlier.kill()

    assert sleeper.poll() is None


def test_a_process_that_has_ended_is_nobody(sleeper: subprocess.Popen[bytes]) -> None:
    os.kill(sleeper.pid, signal.SIGKILL)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # it stays as a zombie
    assert ProcessIdentity.of(sleeper.pid) is None


def test_what_is_recorded_is_what_is_read(running: LabState, tmp_path: Path) -> None:
    running.hosts["w1"].process = ProcessIdentity(7, 8)
    running.sysctls["kernel/panic"] = "0"
    running.save(tmp_path / "lab.json")
    assert LabState.load(tmp_path / "lab.json") == running
    assert LabState.load(tmp_path / "other.json") is None


def test_the_settings_are_the_stacks(running: LabState) -> None:
    parsed = parse(OnPrem, as_the_engine_has_it(settings(running)))
    assert all(parsed.ssh_of(host).host_key == public_key() for host in parsed.hosts)
    assert [host.name for host in parsed.nodes] == ["cp1", "cp2", "cp3", "w1", "w2"]
    assert parsed.endpoint == "10.77.0.100:6443"
    assert {parsed.ssh_of(host).user for host in parsed.hosts} == {layout.OPERATOR}

    single = parse(OnPrem, as_the_engine_has_it(settings(running, ["cp1"], version="1.35.4", user="root")))
    assert single.endpoint == "10.77.0.21:6443"
    assert single.kubernetes.version == "1.35.4"


def test_settings_want_hosts_and_a_bundle(running: LabState) -> None:
    del running.hosts["w2"]
    with pytest.raises(LabError, match=r"up --hosts w2"):
        settings(running)
    running.bundle = None
    with pytest.raises(LabError, match="serves no bundle"):
        settings(running, ["cp1"])


def test_interfaces_have_names_that_the_kernel_takes() -> None:
    assert max(len(layout.outer_interface(name)) for name in layout.ADDRESSES) <= INTERFACE_NAME_LENGTH
    assert all(address in layout.NETWORK for address in layout.ADDRESSES.values())


def test_kernel_settings_are_put_back(tmp_path: Path) -> None:
    path = tmp_path / "kernel" / "panic"
    path.parent.mkdir()
    path.write_text("0\n")
    before = sysctls.current(tmp_path)
    path.write_text("10\n")
    sysctls.restore(before, tmp_path)
    assert path.read_text() == "0"
    assert before == {"kernel/panic": "0"}


def test_limits_that_all_hosts_share_are_raised_and_never_lowered(tmp_path: Path) -> None:
    folder = tmp_path / "fs" / "inotify"
    folder.mkdir(parents=True)
    (folder / "max_user_instances").write_text("128\n")
    (folder / "max_user_watches").write_text("1048576\n")
    sysctls.make_room(tmp_path)
    assert [(folder / name).read_text().strip() for name in ("max_user_instances", "max_user_watches")] == [
        "8192",
        "1048576",
    ]


def test_only_cgroup_v1_hierarchies_count(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"
        "cgroup /elsewhere/cpu cgroup rw,cpu 0 0\n"
        "cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0\n"
        "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
    )
    assert cgroups.hierarchies(mounts) == [Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup/systemd")]

    mounts.write_text("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n")
    with pytest.raises(LabError, match="unified_cgroup_hierarchy=0"):
        cgroups.hierarchies(mounts)
