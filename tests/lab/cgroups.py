"""A host's own group in every cgroup v1 hierarchy.

Two hosts that shared a group would fight over it: each systemd makes /system.slice, each kubelet /kubepods. A host's
first process enters its groups and only then gets a cgroup namespace, so that they are the root of all it sees.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.identity import ProcessIdentity

MOUNTS = Path("/proc/self/mounts")
POLL_SECONDS = 0.05
# A new cpuset group has neither processors nor memory nodes, and takes no process until it has.
CPUSET_INHERITED = ("cpuset.cpus", "cpuset.mems")
# For `sh -uc ENTER NAME "GROUP GROUP…" PROGRAM ARGUMENT…`: the program runs in these groups from its first instruction.
ENTER = 'groups=$1; shift; for group in $groups; do echo $$ > "$group/cgroup.procs"; done; exec "$@"'


def hierarchies(mounts: Path = MOUNTS) -> list[Path]:
    """Where this machine's v1 hierarchies are mounted: one for each controller, and systemd's own.

    Raises:
        LabError: the machine has cgroup v2 alone.
    """
    rows = [line.split() for line in mounts.read_text().splitlines()]
    if not any(row[2] == "cgroup" for row in rows):
        raise LabError(
            "The lab runs on a machine with cgroup v1 (hybrid), this one has v2 alone. "
            "Start its kernel with systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1."
        )
    # The same hierarchy may be mounted twice; the first one is enough.
    found: dict[str, Path] = {}
    for row in rows:
        if row[2] == "cgroup" and row[1].startswith("/sys/fs/cgroup"):
            found.setdefault(row[3], Path(row[1]))
    return list(found.values())


def groups_of(name: str) -> list[Path]:
    return [hierarchy / name for hierarchy in hierarchies()]


def create(name: str) -> list[Path]:
    """The groups of this name, empty and ready to be entered."""
    groups = groups_of(name)
    for group in groups:
        group.mkdir(exist_ok=True)
        if (group / "cpuset.cpus").exists():
            for setting in CPUSET_INHERITED:
                (group / setting).write_text((group.parent / setting).read_text())
            (group / "cgroup.clone_children").write_text("1")
    return groups


def members(name: str) -> set[int]:
    """Every process in the groups of this name, as this machine numbers them."""
    return {pid for group in groups_of(name) for folder in _with_subgroups(group) for pid in _processes(folder)}


def kill(name: str, timeout: float = 15) -> None:
    """SIGKILL whatever is left in the groups of this name. Nothing but one host's processes can be there.

    Raises:
        LabError: a process does not end.
    """
    deadline = time.monotonic() + timeout
    while left := members(name):
        for pid in left:
            identity = ProcessIdentity.of(pid)
            if identity is not None:
                identity.kill(timeout=1)
        if time.monotonic() > deadline:
            raise LabError(f"processes {sorted(left)} of the cgroup {name} do not end")
        time.sleep(POLL_SECONDS)


def remove(name: str, timeout: float = 15) -> None:
    """Remove the groups of this name; the kernel may need a moment after the last process.

    Raises:
        LabError: a group stays busy.
    """
    deadline = time.monotonic() + timeout
    while left := [group for group in groups_of(name) if group.exists()]:
        for group in left:
            for folder in _with_subgroups(group):
                with suppress(OSError):
                    folder.rmdir()
        if time.monotonic() > deadline:
            raise LabError(f"cgroup {left[0]} cannot be removed: something is still in it")
        if any(group.exists() for group in left):
            time.sleep(POLL_SECONDS)


def _with_subgroups(group: Path) -> Iterator[Path]:
    """The group's folders, the innermost first."""
    for folder, _, _ in os.walk(group, topdown=False):
        yield Path(folder)


def _processes(folder: Path) -> list[int]:
    try:
        return [int(line) for line in (folder / "cgroup.procs").read_text().split()]
    except OSError:  # removed meanwhile
        return []
