"""Putting a snapshot of etcd back: the phases, and the script of each for one host. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archive_platform.config.onprem import Host, OnPrem
from archive_platform.errors import PlatformError
from archive_platform.onprem.script import Script, render
from archive_platform.onprem.snapshots import SnapshotName

Phase = Literal["look", "stage", "stop", "swap", "etcd", "api", "finish", "kubelet"]

# What stops the cluster and starts it again. Before these nothing has happened; each is done everywhere before the next
DANGEROUS: tuple[Phase, ...] = ("stop", "swap", "etcd", "api")
SECONDS = 900  # a snapshot of etcd's largest size, 8 GiB, on a slow disk

STAGED_FOLDER = "/var/lib/archive/restore"
RECEIVE = (
    f"sh -c 'umask 077 && mkdir -p {STAGED_FOLDER} && cd {STAGED_FOLDER}"
    " && rm -f snapshot.db.sha256 && exec cat > snapshot.db'"
)
"""The command that takes the snapshot from its standard input."""


@dataclass(frozen=True)
class Restore:
    """What is restored, and into what.

    Attributes:
        snapshot: its file name.
        digest: its SHA-256.
        members: the control planes that will be etcd's members, all others are not any more.
        began: when; names the old data that is set aside, and the new cluster of etcd.
    """

    snapshot: str
    digest: str
    members: Sequence[Host]
    began: datetime

    @property
    def token(self) -> str:
        """Tells members of the restored etcd from those of the one before, which must never find each other."""
        return f"{self.digest[:12]}-{self.stamp}"

    @property
    def stamp(self) -> str:
        return f"{self.began:%Y%m%dT%H%M%SZ}"


@dataclass(frozen=True)
class Seen:
    """What the phase `look` tells of a control plane.

    Attributes:
        member: whether it is part of the cluster.
        version: of its API server.
        cluster: which cluster it is of: a digest of its authority's certificate.
        staged: the digest of the snapshot that an earlier try left there.
        begun: "" or what an earlier try left: when it began, the snapshot's digest, "stopped" or "started".
    """

    member: bool
    version: str
    cluster: str
    staged: str
    begun: str

    @classmethod
    def of(cls, extra: Mapping[str, str]) -> Seen:
        return cls(
            extra["member"] == "yes", extra["version"], extra["cluster"], extra["staged"], extra["begun"].strip()
        )

    def has_started(self, digest: str) -> bool:
        """Whether an earlier try put this very snapshot back here, and only had to finish."""
        return self.begun.split()[1:] == [digest, "started"]


def look(settings: OnPrem, host: Host) -> Script:
    """Reads what a control plane is and has; for the verb `plan`."""
    return _script(settings, host, "look", {})


def phase(settings: OnPrem, host: Host, restore: Restore, name: Phase, found: str = "") -> Script:
    """A phase on one control plane. `found`: the snapshot's path, when that host has it."""
    told = {
        "SNAPSHOT": restore.snapshot,
        "DIGEST": restore.digest,
        "FOUND": found,
        "MEMBERS": ",".join(f"{member.name}=https://{member.address}:2380" for member in restore.members),
        "TOKEN": restore.token,
        "STARTED": restore.stamp,
    }
    return _script(settings, host, name, told)


def restart_kubelet(settings: OnPrem, host: Host) -> Script:
    """For nodes that are no control planes."""
    return _script(settings, host, "kubelet", {})


def _script(settings: OnPrem, host: Host, name: Phase, told: Mapping[str, str]) -> Script:
    empty = dict.fromkeys(("SNAPSHOT", "DIGEST", "FOUND", "MEMBERS", "TOKEN", "STARTED"), "")
    fixed = {"PHASE": name, "ADDRESS": str(host.address), "SNAPSHOTTER": settings.runtime.snapshotter}
    return render("restore", host.name, {**empty, **told, **fixed}, parts=("etcd_tools",), seconds=SECONDS)


def check(name: SnapshotName, cluster: str, seen: Mapping[str, Seen]) -> None:
    """PlatformError when the snapshot cannot go into the cluster that was seen."""
    members = {host: each for host, each in seen.items() if each.member}
    if not members:
        raise PlatformError(
            "no control plane is a member of a cluster: run pulumi up first, a snapshot needs one to go to"
        )
    for host, each in members.items():
        if cluster != each.cluster:
            raise PlatformError(
                f"the snapshot is of another cluster than {host}'s: what is secret in it can be read with that"
                " cluster's keys only. Choose one that was taken since this cluster was made (archive snapshots onprem)"
            )
        if _minor(name.version) > _minor(each.version):
            raise PlatformError(
                f"the snapshot is of Kubernetes {name.version}, and {host} runs {each.version}, which may not"
                " understand it. Choose an older one, or upgrade first"
            )


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
