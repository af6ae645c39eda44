"""What the steps decide about snapshots and a restore, on a host of paper."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from tests.infra.onprem.golden_files import check
from tests.infra.onprem.paper import host_of, settings
from tests.infra.onprem.sandbox import Outcome, Sandbox

from archive_platform.config.onprem import Host, OnPrem
from archive_platform.onprem import restore, snapshots
from archive_platform.onprem.restore import Phase, Restore
from archive_platform.onprem.script import Script, Value, assignments

DATA = "all that etcd knew"
DIGEST = hashlib.sha256(DATA.encode()).hexdigest()
MANIFESTS = "/etc/kubernetes/manifests"
ASIDE = "/etc/kubernetes/archive/restore-manifests"
RESTORING = "/etc/kubernetes/archive/restore"
STAGED = "/var/lib/archive/restore/snapshot.db"
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")

# etcd's tools and containerd's, as far as the steps ask them. `running` names the containers that run.
ETCDUTL = """#!/bin/bash
[ "$1 $2" = 'snapshot restore' ] || exit 9
printf '%s\\n' "$*" > /stub/restored
[ ! -e /stub/unreadable ] || { echo 'Error: expected sha256' >&2; exit 1; }
while [ "$1" != --data-dir ]; do shift; done
mkdir -p "$2/member" && cp /var/lib/archive/restore/snapshot.db "$2/member/db"
"""
ETCDCTL = """#!/bin/bash
[ ! -e /stub/lonely ] || exit 1
case $* in
    *health*) ;;
    *list*) printf '1, started, cp1\\n2, started, cp2\\n' ;;
esac
"""
CTR = """#!/bin/bash
case "$3 $4" in
    'containers list') sed 's/ .*//' /stub/containers ;;
    'tasks list') sed 's/ / 12 /' /stub/containers ;;
    'tasks kill') sed -i "/^${*: -1} /d" /stub/containers ;;
esac
"""
DF = "#!/bin/bash\necho Avail; if [ -e /stub/full ]; then echo 1048576; else echo 9000000000; fi\n"
CHOWN = "#!/bin/bash\n"


def part(name: str, call: str, host: Host, told: dict[str, Value]) -> Script:
    """A step that is one function of a part."""
    scripts = files("archive_platform.onprem") / "scripts"
    code = "".join((scripts / f"{each}.sh").read_text() for each in ("lib", "ahead", name))
    given = assignments({"HOST": host.name, "STEP": "test", "LOCK_SECONDS": 5, **told})
    text = f'set -Eeuo pipefail\n{given}{code}\nmain() {{ begin "$1"; {call}; answer; }}\nmain "$@" < /dev/null\nexit\n'
    return Script(host.name, "test", text, "0" * 12, 60)


# Taking and receiving


def node(call: str = "ensure_snapshots", known: OnPrem | None = None, name: str = "cp1") -> Script:
    known = known or settings()
    host = host_of(known, name)
    told: dict[str, Value] = {"ROLE": "control-plane" if host.is_control_plane else "worker"}
    told |= snapshots.node_settings(known, host)
    return part("snapshot", call, host, {**told, **snapshots.node_secrets("generated", host)})


def receiver(call: str = "ensure_receiver", name: str = "s1", generated: str = "generated", **own: int) -> Script:
    known = settings(snapshots=own) if own else settings()
    host = host_of(known, name)
    told: dict[str, Value] = {**snapshots.receive_settings(known, host)}
    return part("snapshot_receive", call, host, {**told, **snapshots.receive_secrets(generated, known, host)})


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "root")


def test_a_control_plane_takes_them_on_schedule(host: Sandbox) -> None:
    done = host.run(node(), "apply")
    assert done.code == 0, done.said
    assert "OnCalendar=*-*-* 00/6:00:00\n" in host.read("/etc/systemd/system/archive-snapshot.timer")
    assert host.read("/usr/local/lib/archive/snapshot").startswith("#!/usr/bin/env bash\n")
    assert "TARGET=s1\n" in host.read("/etc/archive/snapshots/settings")
    assert "OPENSSH PRIVATE KEY" in host.read("/etc/archive/snapshots/key")
    assert done.items["file:/etc/archive/snapshots/key"].startswith("600 root:root ")
    assert done.items["service:archive-snapshot.timer"] == "enabled active"
    assert done.items["snapshots:copies"] == "s1"


def test_a_second_run_changes_nothing(host: Sandbox) -> None:
    first = host.run(node(), "apply")
    again = host.run(node(), "apply")
    assert (again.items, again.calls, again.said) == (first.items, [], [])


def test_a_plan_says_it_and_needs_no_key(host: Sandbox) -> None:
    known = settings()
    blind = part(
        "snapshot",
        "ensure_snapshots",
        host_of(known, "cp1"),
        {"ROLE": "control-plane", "SNAPSHOT_KEY": "", **snapshots.node_settings(known, host_of(known, "cp1"))},
    )
    bare = host.run(blind, "plan")
    assert "write /etc/archive/snapshots/key" in bare.changes
    assert "start archive-snapshot.timer" in bare.changes
    host.run(node(), "apply")
    assert host.run(blind, "plan").changes == []


def test_a_worker_takes_none(host: Sandbox) -> None:
    assert host.run(node(name="w1"), "apply").items == {}


def test_a_single_host_keeps_them_to_itself(host: Sandbox) -> None:
    host.run(node(), "apply")
    known = settings()
    alone = known.model_copy(update={"hosts": (host_of(known, "cp1"),)})
    done = host.run(node(known=alone), "apply")
    assert done.items["snapshots:copies"] == "none: there is no other host"
    assert not host.has("/etc/archive/snapshots/key")


def test_a_host_that_leaves_keeps_what_was_taken(host: Sandbox) -> None:
    host.run(node(), "apply")
    host.write("/var/lib/archive/snapshots/x.db", "data")
    assert host.run(node("remove_snapshots"), "remove").code == 0
    assert host.has("/var/lib/archive/snapshots/x.db")
    for gone in (
        "/etc/archive/snapshots",
        "/usr/local/lib/archive/snapshot",
        "/etc/systemd/system/archive-snapshot.timer",
    ):
        assert not host.has(gone)
    assert host.run(node("remove_snapshots"), "remove").said == []


@pytest.mark.parametrize(("code", "went_on"), [(0, True), (3, True), (1, False)])
def test_an_upgrade_goes_on_only_with_a_snapshot(host: Sandbox, code: int, went_on: bool) -> None:
    """3: it is there, and could not be copied."""
    program = f"SNAPSHOT_PROGRAM=$'#!/bin/bash\\necho \"$1\" > /stub/label\\nexit {code}'"
    call = f"{program}; take_snapshot before-upgrade"
    done = host.run(node(call), "apply")
    assert (done.code == 0) is went_on
    assert host.read("/stub/label") == "before-upgrade\n"
    if not went_on:
        assert "no snapshot could be taken, and nothing was changed without one" in done.said[-1]


def test_nothing_touches_a_node_while_its_etcd_is_being_restored(host: Sandbox) -> None:
    assert host.run(node("refuse_while_restoring"), "apply").code == 0
    host.write(RESTORING, "20250101T000000Z 0123 stopped\n")
    for verb in ("apply", "plan"):
        done = host.run(node("refuse_while_restoring"), verb)
        assert done.code == 1
        assert "Run it again: archive restore onprem SNAPSHOT" in done.said[-1]


def test_the_keeper_lets_each_source_do_one_thing(host: Sandbox) -> None:
    done = host.run(receiver(), "apply")
    assert done.code == 0, done.said
    lines = host.read("/var/lib/archive/received/.ssh/authorized_keys").splitlines()
    assert [line.split()[0] for line in lines] == ['restrict,command="/usr/local/lib/archive/receive'] * 3
    public = snapshots.key_pair("generated", "cp2").public
    assert lines[1] == f'restrict,command="/usr/local/lib/archive/receive cp2 28" {public} cp2'
    assert any(call.startswith("useradd --system") and "--password *" in call for call in done.calls)
    assert host.has("/var/lib/archive/received/cp3")
    again = host.run(receiver(), "apply")
    assert (again.items, again.calls) == (done.items, [])


def test_a_plan_of_the_keeper_needs_no_keys(host: Sandbox) -> None:
    known = settings()
    blind = part(
        "snapshot_receive",
        "ensure_receiver",
        host_of(known, "s1"),
        {"SNAPSHOT_PUBLIC_KEYS": "", **snapshots.receive_settings(known, host_of(known, "s1"))},
    )
    bare = host.run(blind, "plan")
    assert [change for change in bare.changes if "let" in change] == [
        f"let {name} send its snapshots" for name in ("cp1", "cp2", "cp3")
    ]
    host.run(receiver(), "apply")
    assert host.run(blind, "plan").changes == []
    assert host.run(receiver(keep=5), "plan").changes[-3:] == bare.changes[-3:]


def test_a_host_that_keeps_none_any_more_lets_nobody_in_and_keeps_what_it_has(host: Sandbox) -> None:
    host.run(receiver(), "apply")
    host.write("/var/lib/archive/received/cp1/x.db", "data")
    assert host.run(receiver(name="w1"), "apply").code == 0
    assert not host.has("/var/lib/archive/received/.ssh/authorized_keys")
    assert host.has("/var/lib/archive/received/cp1/x.db")


# Restoring


@pytest.fixture
def plane(host: Sandbox) -> Sandbox:
    """cp1, with a control plane that runs."""
    for component in COMPONENTS:
        host.write(f"{MANIFESTS}/{component}.yaml", f"    image: registry.k8s.io/{component}:v1.34.4\n")
    host.write("/etc/kubernetes/archive/member", "")
    host.write("/etc/kubernetes/pki/ca.crt", "ca")
    host.write("/etc/kubernetes/pki/etcd/server.key", "key")
    host.write("/var/lib/etcd/member/db", "old")
    host.write("/stub/containers", "")
    for name, text in (("etcdutl", ETCDUTL), ("etcdctl", ETCDCTL)):
        host.write(f"/usr/local/lib/archive/etcd/v1.34.4/{name}", text, 0o755)
    for name, text in (("ctr", CTR), ("df", DF), ("chown", CHOWN)):
        (host.root / "usr/bin" / name).unlink(missing_ok=True)
        host.write(f"/usr/bin/{name}", text, 0o755)
    host.write(STAGED, DATA)
    return host


def wanted(digest: str = DIGEST, day: int = 1) -> Restore:
    known = settings()
    members = [host_of(known, name) for name in ("cp1", "cp2")]
    return Restore("20250101T000000Z-cp1-v1.34.4.db", digest, members, datetime(2025, 1, day, tzinfo=UTC))


def go(plane: Sandbox, *phases: Phase, restore_of: Restore | None = None) -> Outcome:
    """The phases, one after the other; the outcome of the last, or of the first that failed."""
    known = settings()
    done = Outcome(0, [], {}, [])
    for phase in phases:
        script = restore.phase(known, known.primary, restore_of or wanted(), phase)
        done = plane.run(script, "apply")
        if done.code:
            return done
    return done


ALL: tuple[Phase, ...] = ("stage", "stop", "swap", "etcd", "api", "finish")


def test_a_restore_puts_the_snapshot_in_the_old_datas_place_and_keeps_that(plane: Sandbox) -> None:
    done = go(plane, *ALL)
    assert done.code == 0, done.said
    assert plane.read("/var/lib/etcd/member/db") == DATA
    assert plane.read("/var/lib/etcd/before-restore-20250101T000000Z/db") == "old"
    assert all(plane.has(f"{MANIFESTS}/{component}.yaml") for component in COMPONENTS)
    assert not any(plane.has(path) for path in (RESTORING, ASIDE, STAGED, "/var/lib/etcd/restore-new"))
    assert plane.read("/stub/restored").split()[3:] == [
        *("--data-dir", "/var/lib/etcd/restore-new", "--name", "cp1"),
        *("--initial-cluster", "cp1=https://10.0.0.21:2380,cp2=https://10.0.0.22:2380"),
        *("--initial-advertise-peer-urls", "https://10.0.0.21:2380"),
        *("--initial-cluster-token", f"{DIGEST[:12]}-20250101T000000Z"),
        *("--bump-revision", "1000000000", "--mark-compacted"),
    ]


def test_staging_stops_nothing(plane: Sandbox) -> None:
    done = go(plane, "stage")
    assert done.code == 0, done.said
    assert plane.read("/var/lib/etcd/member/db") == "old"
    assert all(plane.has(f"{MANIFESTS}/{component}.yaml") for component in COMPONENTS)
    assert done.calls == []


@pytest.mark.parametrize(
    ("path", "text", "error"),
    [
        (STAGED, "half of it", "did not arrive whole. Try again"),
        ("/stub/unreadable", "", "etcdutl cannot restore 20250101T000000Z-cp1-v1.34.4.db: Error: expected sha256"),
        ("/stub/full", "", "only 1 MiB are free in /var/lib/etcd, and the snapshot takes 0 MiB: make room"),
        (f"{MANIFESTS}/etcd.yaml", "spec: {}", "names no image of etcd: run pulumi up"),
    ],
)
def test_what_cannot_be_restored_is_seen_before_anything_is_stopped(
    plane: Sandbox, path: str, text: str, error: str
) -> None:
    plane.write(path, text)
    done = go(plane, *ALL)
    assert done.code == 1
    assert error in done.said[-1]
    assert plane.has(f"{MANIFESTS}/kube-apiserver.yaml")
    assert plane.read("/var/lib/etcd/member/db") == "old"
    assert not plane.has(RESTORING)


def test_data_is_exchanged_only_when_etcd_has_ended(plane: Sandbox) -> None:
    assert go(plane, "stage", "swap").said[-1].endswith("etcd is not stopped here: begin again")
    assert go(plane, "stop").code == 0
    plane.write("/stub/containers", "a1 RUNNING\n")
    assert go(plane, "swap").said[-1].endswith("etcd is not stopped here: begin again")
    plane.write("/usr/bin/ctr", "#!/bin/bash\nexit 1\n", 0o755)  # who cannot be asked is not taken to be silent
    assert go(plane, "swap").said[-1].endswith("etcd is not stopped here: begin again")
    assert plane.read("/var/lib/etcd/member/db") == "old"
    plane.write("/usr/bin/ctr", CTR, 0o755)
    plane.write("/stub/containers", "a1 STOPPED\n")
    assert go(plane, "swap").code == 0
    assert plane.read("/var/lib/etcd/member/db") == DATA


def test_a_host_that_starts_anew_half_way_does_not_start_its_old_etcd(plane: Sandbox) -> None:
    go(plane, "stage", "stop")
    assert not any(plane.has(f"{MANIFESTS}/{component}.yaml") for component in COMPONENTS)
    assert all(plane.has(f"{ASIDE}/{component}.yaml") for component in COMPONENTS)
    assert plane.read(RESTORING) == f"20250101T000000Z {DIGEST} stopped\n"


@pytest.mark.parametrize("died_after", range(1, len(ALL) + 1))
def test_a_try_that_died_is_done_again_and_the_first_data_is_kept(plane: Sandbox, died_after: int) -> None:
    assert go(plane, *ALL[:died_after]).code == 0
    plane.write(STAGED, DATA)
    done = go(plane, *ALL, restore_of=wanted(day=2))
    assert done.code == 0, done.said
    assert plane.read("/var/lib/etcd/member/db") == DATA
    kept = sorted(path.name for path in (plane.root / "var/lib/etcd").glob("before-restore-*"))
    assert (plane.root / "var/lib/etcd" / kept[0] / "db").read_text() == "old"
    assert len(kept) == (2 if died_after == len(ALL) else 1)


def test_it_works_where_no_data_is_left(plane: Sandbox) -> None:
    (plane.root / "var/lib/etcd/member/db").unlink()
    (plane.root / "var/lib/etcd/member").rmdir()
    done = go(plane, *ALL)
    assert done.code == 0, done.said
    assert plane.read("/var/lib/etcd/member/db") == DATA


def test_the_data_of_the_last_two_restores_is_kept(plane: Sandbox) -> None:
    for day in (1, 2, 3):
        plane.write(STAGED, DATA)
        assert go(plane, *ALL, restore_of=wanted(day=day)).code == 0
    kept = sorted(path.name for path in (plane.root / "var/lib/etcd").glob("before-restore-*"))
    assert kept == ["before-restore-20250102T000000Z", "before-restore-20250103T000000Z"]


def test_looking_tells_what_is_there_and_changes_nothing(plane: Sandbox) -> None:
    known = settings()
    script = restore.look(known, known.primary)
    seen = restore.Seen.of(plane.run(script, "plan").answer["extra"])
    cluster = hashlib.sha256(b"ca").hexdigest()[:12]
    assert seen == restore.Seen(True, "1.34.4", cluster, "", "")
    go(plane, "stage", "stop", "swap", "etcd", "api")
    again = restore.Seen.of(plane.run(script, "plan").answer["extra"])
    assert again == restore.Seen(True, "1.34.4", cluster, DIGEST, f"20250101T000000Z {DIGEST} started")
    assert again.has_started(DIGEST)
    assert not again.has_started("0" * 64)


def test_looking_at_a_bare_host_finds_no_member(host: Sandbox) -> None:
    known = settings()
    done = host.run(restore.look(known, known.primary), "plan")
    assert done.code == 0
    assert done.said == []
    assert not restore.Seen.of(done.answer["extra"]).member


# What the steps decided, to be reviewed as a whole


def test_the_decisions_of_a_restore_are_the_reviewed_ones(plane: Sandbox) -> None:
    plane.write("/stub/services/kubelet", "enabled active\n")
    plane.write("/stub/services/containerd", "enabled active\n")
    lines: list[str] = []
    for phase in ALL:
        done = go(plane, phase)
        assert done.code == 0, done.said
        lines += [f"== {phase}", *done.said, *(f"$ {call}" for call in done.calls)]
    check("restore-cp1.txt", "\n".join([*lines, ""]))


def test_the_decisions_about_snapshots_are_the_reviewed_ones(host: Sandbox) -> None:
    lines: list[str] = []
    for title, script, verb in (
        ("plan of a bare control plane", node(), "plan"),
        ("apply", node(), "apply"),
        ("plan of the host that keeps the copies", receiver(), "plan"),
        ("apply there", receiver(), "apply"),
        ("the control plane leaves", node("remove_snapshots"), "remove"),
    ):
        done = host.run(script, verb)
        assert done.code == 0, done.said
        lines += [f"== {title}", *done.said, *done.answer.get("changes", []), *(f"$ {call}" for call in done.calls)]
    units = [host.root / f"etc/systemd/system/archive-snapshot.{kind}" for kind in ("service", "timer")]
    assert not any(unit.exists() for unit in units)
    host.run(node(), "apply")
    lines += [line for unit in units for line in (f"== {unit.name}", unit.read_text())]
    check("snapshots.txt", "\n".join(lines))
