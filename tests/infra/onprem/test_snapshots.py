"""Snapshots of etcd: taking them, and sending them to another host over a real sshd."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.infra.onprem.paper import host_of, settings
from tests.infra.onprem.saving import CLUSTER, ControlPlane, Keeper
from tests.infra.onprem.sshd import sshd

from archive_platform.config.onprem import OnPrem
from archive_platform.onprem import snapshots
from archive_platform.onprem.snapshots import SnapshotName

NAME = re.compile(r"\d{8}T\d{6}Z-cp1-v1\.34\.4\.db")


@pytest.fixture
def alone(tmp_path: Path) -> ControlPlane:
    return ControlPlane(tmp_path / "cp1")


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    with sshd(tmp_path / "sshd") as server:
        yield Keeper(tmp_path / "s1", server)


@pytest.fixture
def sending(tmp_path: Path, keeper: Keeper) -> ControlPlane:
    return ControlPlane(tmp_path / "cp1", keeper=keeper)


# Taking


def test_a_snapshot_is_whole_and_for_root_alone(alone: ControlPlane) -> None:
    code, said = alone.save()
    assert code == 0, said
    (name,) = alone.names
    assert NAME.fullmatch(name)
    file = alone.taken / name
    assert file.stat().st_mode & 0o777 == 0o600
    content = file.read_bytes()
    assert content[-32:] == hashlib.sha256(content[:-32]).digest()
    digest = (alone.taken / f"{name}.sha256").read_text()
    cluster = hashlib.sha256(CLUSTER.encode()).hexdigest()[:12]
    assert digest == f"# cluster {cluster}\n{hashlib.sha256(content).hexdigest()}  {name}\n"
    subprocess.run(
        ["sha256sum", "--check", "--strict", f"{name}.sha256"], cwd=alone.taken, check=True, capture_output=True
    )


def test_it_tells_what_came_of_it(alone: ControlPlane) -> None:
    alone.save("before-upgrade")
    last = alone.last
    assert last["ok"] is True
    assert (last["name"], last["copied_to"], last["error"]) == (alone.names[0], "", "")
    assert alone.names[0].endswith("-v1.34.4-before-upgrade.db")
    assert datetime.fromisoformat(last["time"]).tzinfo == UTC


def test_the_newest_are_kept(alone: ControlPlane) -> None:
    for label in "abcde":
        assert alone.save(label)[0] == 0
    assert [SnapshotName.parse(name).label for name in alone.names] == ["e", "d", "c"]
    assert len(list(alone.taken.glob("*.db"))) == 3


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("silent", "etcd gives no snapshot: context deadline exceeded"),
        ("damaged", "etcd gave a damaged snapshot: Error: invalid database"),
        ("cut", "etcd gave a snapshot that is not whole"),
    ],
)
def test_what_is_no_snapshot_is_not_kept(alone: ControlPlane, what: str, error: str) -> None:
    assert alone.save("good")[0] == 0
    before = alone.names
    alone.write(what, "")
    code, said = alone.save()
    assert code == 1
    assert error in said
    assert alone.names == before
    assert list(alone.taken.glob("*.db")) == [alone.taken / before[0]]
    assert alone.last["ok"] is False
    assert error in alone.last["error"]


def test_without_room_it_is_not_begun(alone: ControlPlane) -> None:
    with (alone.folder / "etcd/member/snap/db").open("r+b") as database:
        database.truncate(1 << 42)  # a file of holes
    code, said = alone.save()
    assert code == 1
    assert re.search(r"only \d+ MiB are free in .*, and a snapshot takes up to 4194304 MiB. Make room, or lower", said)


def test_halves_of_a_run_that_died_never_count(alone: ControlPlane) -> None:
    half = alone.write("lib/archive/snapshots/20250101T000000Z-cp1-v1.34.4.db", "half")
    stray = alone.write("lib/archive/snapshots/20250102T000000Z-cp1-v1.34.4.db.sha256", "0  x")
    rest = alone.write("lib/archive/snapshots/.new.db", "less")
    assert half.name not in alone.names
    assert alone.save()[0] == 0
    assert not any(each.exists() for each in (half, stray, rest))
    assert len(alone.names) == 1


def test_two_at_once_take_turns(alone: ControlPlane) -> None:
    runs = [alone.start(), alone.start()]
    assert [run.communicate(timeout=60) and run.returncode for run in runs] == [0, 0]
    assert len(alone.names) == 2


def test_a_host_without_a_control_plane_says_so(alone: ControlPlane) -> None:
    (alone.folder / "kubernetes/manifests/etcd.yaml").unlink()
    code, said = alone.save()
    assert code == 1
    assert "is this host a control plane? Run pulumi up" in said


# Sending


def test_it_is_copied_to_the_other_host(sending: ControlPlane, keeper: Keeper) -> None:
    code, said = sending.save()
    assert code == 0, said
    (name,) = sending.names
    assert keeper.kept("cp1") == [name]
    folder = keeper.folder / "lib/archive/received/cp1"
    for each in (name, f"{name}.sha256"):
        assert (folder / each).read_bytes() == (sending.taken / each).read_bytes()
        assert (folder / each).stat().st_mode & 0o777 == 0o600
    assert sending.last["copied_to"] == "s1"


def test_what_could_not_be_sent_is_sent_the_next_time(sending: ControlPlane, keeper: Keeper) -> None:
    keys = keeper.server.folder / "authorized_keys"
    lines = keys.read_text()
    keys.write_text("")
    code, said = sending.save("first")
    assert code == 3
    assert "saved here, but not copied to s1 (127.0.0.1): " in said
    assert sending.last["ok"] is False
    assert sending.last["name"] == sending.names[0]
    keys.write_text(lines)
    assert sending.save("second")[0] == 0
    assert keeper.kept("cp1") == sending.names
    assert sending.last["ok"] is True


def test_another_host_key_is_sent_nothing(sending: ControlPlane, keeper: Keeper) -> None:
    sending.write("etc/snapshots/known_hosts", "s1 ssh-ed25519 " + keeper.server.private_key.split()[5][:68] + "\n")
    code, said = sending.save()
    assert code == 3
    assert "Host key verification failed" in said
    assert keeper.kept("cp1") == []


def test_the_newest_are_kept_there_and_nothing_is_sent_twice(sending: ControlPlane, keeper: Keeper) -> None:
    for label in "abcd":
        assert sending.save(label)[0] == 0
    assert keeper.kept("cp1") == sending.names
    assert [SnapshotName.parse(name).label for name in keeper.kept("cp1")] == ["d", "c", "b"]
    code, said = sending.save("e")
    assert code == 0
    assert said.count("copied") == 1


def test_a_source_that_was_made_anew_does_not_send_what_would_be_thrown_away(
    sending: ControlPlane, keeper: Keeper
) -> None:
    for label in "abc":
        sending.save(label)
    for file in sending.taken.glob("*.db*"):
        file.rename(file.with_name(file.name.replace("20", "19", 1)))
    code, said = sending.save("d")
    assert code == 0
    assert said.count("copied") == 1


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("", "say list or store, not: "),
        ("id", "say list or store, not: id"),
        ("list; id", "say list or store, not: list;"),
        ("list /etc", "list takes no arguments"),
        (f"store ../../x.db {'0' * 64} 1 {'0' * 12}", "this is no snapshot of cp1"),
        (f"store 20250101T000000Z-cp2-v1.34.4.db {'0' * 64} 1 {'0' * 12}", "this is no snapshot of cp1"),
        (f"store 20250101T000000Z-cp1-v1.34.4.db {'0' * 64} 1 {'0' * 12} $(id)", "this is no snapshot of cp1"),
        (f"store 20250101T000000Z-cp1-v1.34.4.db {'0' * 64} 4 {'0' * 12}", "did not arrive whole"),
        (f"store 20250101T000000Z-cp1-v1.34.4.db {'0' * 64} 999999999999 {'0' * 12}", "MiB are free"),
    ],
)
def test_a_stolen_key_can_do_nothing_else(sending: ControlPlane, keeper: Keeper, command: str, refusal: str) -> None:
    done = sending.ssh(keeper, keeper.server.addresses[0], command, stdin=b"data")
    assert done.returncode != 0
    assert refusal in done.stderr.decode()
    assert done.stdout == b""
    assert keeper.kept("cp1") == []


def test_a_stolen_key_reads_nothing_back_and_opens_no_tunnel(sending: ControlPlane, keeper: Keeper) -> None:
    sending.save()
    listed = sending.ssh(keeper, keeper.server.addresses[0], "list")
    assert listed.stdout.decode().split() == sending.names  # names are all there is
    address = keeper.server.addresses[0]
    done = sending.ssh(keeper, "-W", f"{address}:{keeper.server.port}", address)
    assert done.returncode != 0
    assert b"administratively prohibited" in done.stderr


# Names, keys, settings


def test_names_tell_when_where_and_of_what() -> None:
    name = SnapshotName.parse("20250102T030405Z-a-b-v1.34.4-before-upgrade.db")
    assert name == SnapshotName(datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), "a-b", "1.34.4", "before-upgrade")
    for wrong in (
        "x.db",
        "20250102T030405Z-cp1-v1.34.db",
        "20250102T030405Z-cp1-v1.34.4.db.sha256",
        "../20250102T030405Z-a-v1.1.1.db",
    ):
        with pytest.raises(ValueError, match="is no snapshot"):
            SnapshotName.parse(wrong)


def test_each_source_has_a_key_of_its_own_that_openssh_reads(tmp_path: Path) -> None:
    pairs = {name: snapshots.key_pair("generated", name) for name in ("cp1", "cp2", "a-host-with-a-long-name")}
    assert len({pair.public for pair in pairs.values()}) == 3
    for name, pair in pairs.items():
        file = tmp_path / name
        file.touch(0o600)
        file.write_text(pair.private + "\n")
        told = subprocess.run(["ssh-keygen", "-y", "-f", file], check=True, capture_output=True, text=True).stdout
        assert told.split()[:2] == pair.public.split()
        assert snapshots.key_pair("generated", name) == pair  # not a byte differs from run to run
        assert snapshots.key_pair("another", name).public != pair.public


def test_only_control_planes_have_a_key_and_only_targets_know_whose() -> None:
    known = settings()
    cp1, s1, w1 = (host_of(known, name) for name in ("cp1", "s1", "w1"))
    assert "OPENSSH PRIVATE KEY" in snapshots.node_secrets("generated", cp1)["SNAPSHOT_KEY"]
    assert snapshots.node_secrets("generated", w1) == {"SNAPSHOT_KEY": ""}
    public = snapshots.receive_secrets("generated", known, s1)["SNAPSHOT_PUBLIC_KEYS"].splitlines()
    assert [line.split()[0] for line in public] == ["cp1", "cp2", "cp3"]
    assert public[0] == f"cp1 {snapshots.key_pair('generated', 'cp1').public}"
    assert snapshots.receive_secrets("generated", known, w1) == {"SNAPSHOT_PUBLIC_KEYS": ""}
    assert snapshots.receive_settings(known, s1)["SNAPSHOT_SOURCES"] == ["cp1", "cp2", "cp3"]
    assert snapshots.receive_settings(known, cp1)["SNAPSHOT_SOURCES"] == []


def test_without_a_storage_host_control_planes_keep_each_others() -> None:
    known = _only("cp1", "cp2", "cp3", "w1")
    assert [host.name for host in snapshots.sources(known, host_of(known, "cp3"))] == ["cp1", "cp2"]
    assert [host.name for host in snapshots.sources(known, host_of(known, "cp2"))] == ["cp3"]
    assert snapshots.without_copies(known) == []


def test_a_single_host_keeps_its_own_and_is_told_of() -> None:
    known = _only("cp1")
    assert [host.name for host in snapshots.without_copies(known)] == ["cp1"]
    told = snapshots.node_settings(known, known.primary)
    assert (told["SNAPSHOT_TARGET"], told["SNAPSHOT_KNOWN_HOSTS"]) == ("", "")


def test_a_worker_takes_none() -> None:
    known = settings()
    assert snapshots.node_settings(known, host_of(known, "w1"))["SNAPSHOT_PROGRAM"] == ""


def _only(*names: str) -> OnPrem:
    known = settings()
    return known.model_copy(update={"hosts": tuple(host_of(known, name) for name in names)})
