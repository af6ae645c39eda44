"""`archive snapshots onprem` and `archive restore onprem` against a real sshd, with phases that note that they ran."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.infra.onprem.inventory import inventory, only, script
from tests.infra.onprem.known import project
from tests.infra.onprem.sshd import Sshd
from tests.ports import free_port

from archive_platform.cli.onprem import restore as restores
from archive_platform.cli.onprem import snapshots as lists
from archive_platform.config.onprem import Host, OnPrem
from archive_platform.errors import PlatformError
from archive_platform.onprem import restore as phases
from archive_platform.onprem.restore import Phase
from archive_platform.onprem.script import Script, Value

NAME = "20250101T000000Z-cp1-v1.34.4.db"
CLUSTER = "0123456789ab"
CONTENT = bytes(range(256)) * 5000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PHASES = ("stage", "stop", "swap", "etcd", "api", "finish")


class Hosts:
    """cp1, cp2, cp3 and w1 as scripts: what they have, what goes wrong on them, and what was done."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.log.touch()
        self.files: dict[str, list[dict[str, object]]] = {}
        self.seen: dict[str, dict[str, str]] = {}
        self.failing: set[tuple[str, str]] = set()
        monkeypatch.setattr(lists, "render", self._listing)
        monkeypatch.setattr(phases, "_script", self._phase)
        monkeypatch.setattr(phases, "RECEIVE", f"sh -c 'cat > {folder}/arrived && echo arrived >> {self.log}'")

    def keep(
        self, host: str, content: bytes = CONTENT, name: str = NAME, cluster: str = CLUSTER, **own: object
    ) -> None:
        """Let the host have a snapshot; `content` may be another than the digest's."""
        file = self.folder / host / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        told = {"path": str(file), "bytes": len(content), "sha256": DIGEST, "cluster": cluster, "whole": "", **own}
        self.files.setdefault(host, []).append(told)

    def done(self) -> list[str]:
        """`HOST PHASE`, in the order in which they ended."""
        return self.log.read_text().splitlines()

    def _listing(self, step: str, host: str, _told: Mapping[str, Value], seconds: int) -> Script:
        document = {"host": host, "last": "", "snapshots": self.files.get(host, [])}
        return script(host, f"cat <<'END'\n{json.dumps(document)}\nEND\n", step, seconds)

    def _phase(self, _settings: OnPrem, host: Host, name: Phase, _told: Mapping[str, str]) -> Script:
        if name == "look":
            extra = {"member": "yes", "version": "1.34.4", "cluster": CLUSTER, "staged": "", "begun": ""}
            document = {"extra": {**extra, **self.seen.get(host.name, {})}}
            return script(host.name, f"[ \"$1\" = plan ] || exit 9\ncat <<'END'\n{json.dumps(document)}\nEND\n")
        fails = "echo 'it is broken' >&2; exit 1" if (host.name, name) in self.failing else ""
        text = f'[ "$1" = apply ] || exit 9\n{fails}\necho {host.name} {name} >> {self.log}\necho {{}}\n'
        return script(host.name, text)


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hosts:
    return Hosts(tmp_path, monkeypatch)


@pytest.fixture
def settings(server: Sshd) -> OnPrem:
    return small(inventory(server))


def small(known: OnPrem) -> OnPrem:
    return known.model_copy(update={"hosts": tuple(only(known, "cp1", "cp2", "cp3", "w1"))})


def restore(settings: OnPrem, name: str = NAME, *, source: str | None = None, yes: bool = True) -> int:
    return asyncio.run(restores.restore(project(settings), name, source=source, yes=yes))


def listing(settings: OnPrem, *, as_json: bool = False, verify: bool = False) -> int:
    return asyncio.run(lists.snapshots(project(settings), as_json=as_json, verify=verify))


# Restoring


def test_each_phase_ends_everywhere_before_the_next_begins(settings: OnPrem, hosts: Hosts) -> None:
    hosts.keep("cp1")
    assert restore(settings) == 0
    done = [line for line in hosts.done() if line != "arrived"]
    assert [set(done[at : at + 3]) for at in range(0, 18, 3)] == [
        {f"cp{number} {phase}" for number in (1, 2, 3)} for phase in PHASES
    ]
    assert done[18:] == ["w1 kubelet"]


def test_the_snapshot_goes_from_the_host_that_has_it_to_those_that_have_not(settings: OnPrem, hosts: Hosts) -> None:
    hosts.keep("w1")
    hosts.seen["cp2"] = {"staged": DIGEST}
    assert restore(settings) == 0
    assert (hosts.folder / "arrived").read_bytes() == CONTENT
    assert hosts.done().count("arrived") == 2


def test_a_damaged_copy_is_passed_over(settings: OnPrem, hosts: Hosts, capsys: pytest.CaptureFixture[str]) -> None:
    hosts.keep("cp1", CONTENT[:-1])
    hosts.keep("cp3")
    assert restore(settings) == 0
    assert "It is whole on cp3." in capsys.readouterr().out


def test_damaged_everywhere_is_said_before_anything_is_done(settings: OnPrem, hosts: Hosts) -> None:
    hosts.keep("cp1", b"x")
    hosts.keep("cp2", b"y")
    with pytest.raises(PlatformError, match=r"is damaged on cp1, cp2: choose another"):
        restore(settings)
    assert hosts.done() == []


def test_the_copy_of_a_named_host_is_taken(settings: OnPrem, hosts: Hosts, capsys: pytest.CaptureFixture[str]) -> None:
    hosts.keep("cp1")
    hosts.keep("cp3")
    assert restore(settings, source="cp3") == 0
    assert "It is whole on cp3." in capsys.readouterr().out
    with pytest.raises(PlatformError, match=r"--from cp9: there is no such host. There are: cp1, cp2, cp3, w1"):
        restore(settings, source="cp9")
    with pytest.raises(PlatformError, match=r"there is no snapshot .* on cp2: see `archive snapshots onprem`"):
        restore(settings, source="cp2")


def test_without_a_yes_nothing_is_done(settings: OnPrem, hosts: Hosts, capsys: pytest.CaptureFixture[str]) -> None:
    hosts.keep("cp1")
    assert restore(settings, yes=False) == 1
    out = capsys.readouterr().out
    assert "LOST is what was written to the cluster since" in out
    assert "Nobody can be asked here. Say --yes once that is what you want.\nNothing was changed." in out
    assert hosts.done() == []


def test_what_goes_wrong_before_the_stop_leaves_the_cluster_running(settings: OnPrem, hosts: Hosts) -> None:
    hosts.keep("cp1")
    hosts.failing = {("cp2", "stage")}
    with pytest.raises(PlatformError, match=r"^cp2: it is broken\nNothing was stopped: the cluster runs as before\.$"):
        restore(settings)
    assert not any("stop" in line for line in hosts.done())


@pytest.mark.parametrize("phase", ["stop", "api"])
def test_what_goes_wrong_later_stops_there_and_says_how_to_go_on(settings: OnPrem, hosts: Hosts, phase: str) -> None:
    hosts.keep("cp1")
    hosts.failing = {("cp2", phase)}
    with pytest.raises(
        PlatformError, match=rf"cp2: it is broken(.|\n)*then run it again: archive restore onprem {NAME}$"
    ):
        restore(settings)
    after = PHASES[PHASES.index(phase) + 1 :]
    assert not any(line.split()[-1] in after for line in hosts.done())
    hosts.failing = set()
    assert restore(settings) == 0


def test_an_earlier_try_that_only_had_to_finish_is_not_done_again(
    settings: OnPrem, hosts: Hosts, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts.keep("cp1")
    hosts.seen = {f"cp{number}": {"begun": f"20250101T000000Z {DIGEST} started"} for number in (1, 2, 3)}
    assert restore(settings, yes=False) == 0
    assert {line.split()[-1] for line in hosts.done()} == {"finish", "kubelet"}
    hosts.seen["cp3"] = {"begun": f"20250101T000000Z {DIGEST} stopped"}
    assert restore(settings, yes=False) == 1


def test_a_control_plane_that_is_away_stops_it_unless_it_is_lost(server: Sshd, hosts: Hosts) -> None:
    hosts.keep("cp1")
    away = {"ssh": {"port": free_port()}}
    with pytest.raises(PlatformError, match=r"bring cp2 back, or, if gone for good, set `lost: true` at it"):
        restore(small(inventory(server, cp2=away)))
    assert hosts.done() == []
    lost = {**away, "lost": True}
    assert restore(small(inventory(server, cp2=lost, cp3=lost))) == 0
    assert [line for line in hosts.done() if line.startswith("cp")] == [f"cp1 {phase}" for phase in PHASES]


def test_a_control_plane_that_never_joined_is_left_alone(
    settings: OnPrem, hosts: Hosts, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts.keep("cp1")
    hosts.seen["cp3"] = {"member": "no", "version": "", "cluster": ""}
    assert restore(settings) == 0
    assert "Not part of the cluster yet, and left alone: cp3." in capsys.readouterr().out
    assert not any(line.startswith("cp3") for line in hosts.done())


def test_a_worker_that_is_away_does_not_stop_it(server: Sshd, hosts: Hosts, capsys: pytest.CaptureFixture[str]) -> None:
    hosts.keep("cp1")
    assert restore(small(inventory(server, w1={"ssh": {"port": free_port()}}))) == 0
    assert "Restart its kubelet when it is back" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seen", "error"),
    [
        ({"cluster": "ba9876543210"}, "the snapshot is of another cluster than cp1's"),
        ({"version": "1.33.9"}, r"is of Kubernetes 1\.34\.4, and cp1 runs 1\.33\.9, which may not understand it"),
        ({"member": "no"}, "no control plane is a member of a cluster: run pulumi up first"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_refused(
    settings: OnPrem, hosts: Hosts, seen: dict[str, str], error: str
) -> None:
    hosts.keep("cp1")
    hosts.seen = dict.fromkeys(("cp1", "cp2", "cp3"), seen)
    with pytest.raises(PlatformError, match=error):
        restore(settings)
    assert hosts.done() == []


# Listing


def test_snapshots_are_listed_with_all_their_places(
    settings: OnPrem, hosts: Hosts, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = f"{datetime.now(UTC) - timedelta(hours=3, minutes=5):%Y%m%dT%H%M%SZ}-cp2-v1.34.4-before-upgrade.db"
    hosts.keep("cp1")
    hosts.keep("cp3")
    hosts.keep("cp2", name=newer)
    hosts.keep("cp2", name="notes.db")
    assert listing(settings) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["SNAPSHOT", "AGE", "MiB", "WHERE"]
    assert lines[1].split() == [newer, "3", "h", "5", "min", "1.2", "cp2"]
    assert lines[2].split()[0] == NAME
    assert lines[2].endswith("  1.2  cp1, cp3")
    assert lines[-1] == "2 snapshots. 1 of them on one host only. None was read whole; --verify does that."


def test_a_damaged_one_is_told(settings: OnPrem, hosts: Hosts, capsys: pytest.CaptureFixture[str]) -> None:
    hosts.keep("cp1", whole="yes")
    hosts.keep("cp3", whole="no")
    assert listing(settings, verify=True) == 1
    out = capsys.readouterr().out
    assert "cp1, cp3 (damaged)" in out
    assert "1 copies are damaged: remove them." in out
    assert listing(settings, verify=True, as_json=True) == 1
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [(each["host"], each["whole"]) for each in told["snapshots"]] == [("cp1", True), ("cp3", False)]
    assert told["snapshots"][0]["taken"] == "2025-01-01T00:00:00+00:00"


def test_a_host_that_is_away_is_told(server: Sshd, hosts: Hosts, capsys: pytest.CaptureFixture[str]) -> None:
    assert listing(small(inventory(server, cp2={"ssh": {"port": free_port()}}))) == 1
    out = capsys.readouterr().out
    assert "There is no snapshot. 1 hosts could not be read." in out
