"""`archive snapshots onprem`: every snapshot of etcd, and where it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from archive_platform.cli.onprem.project import Project
from archive_platform.cli.table import table
from archive_platform.config.onprem import Host
from archive_platform.errors import HostError
from archive_platform.onprem.connection import Connection, Connections, on_each
from archive_platform.onprem.script import render
from archive_platform.onprem.snapshots import SnapshotName

_QUICK_SECONDS = 30
_VERIFY_SECONDS = 900
_MIB = 1 << 20


@dataclass(frozen=True)
class Copy:
    """A snapshot on one host.

    Attributes:
        name: its file name.
        host: where it is.
        path: there.
        bytes: its size.
        sha256: as it was when it was taken.
        cluster: of which it is.
        whole: whether it still has that digest; None when nobody looked.
    """

    name: str
    host: str
    path: str
    bytes: int
    sha256: str
    cluster: str
    whole: bool | None

    @property
    def parsed(self) -> SnapshotName:
        return SnapshotName.parse(self.name)


Found = Mapping[str, list[Copy] | HostError]


async def snapshots(project: Project, *, as_json: bool, verify: bool) -> int:
    """Print them, the newest first. 0, or 1 when one is damaged or a host could not be read."""
    async with Connections(project.settings) as connections:
        found = await find(project.settings.present, connections, verify=verify)
    copies = listed(found)
    unread = {host: str(each) for host, each in found.items() if isinstance(each, HostError)}
    if as_json:
        print(json.dumps(document(copies, unread), indent=2, ensure_ascii=False))
    else:
        if copies:
            print(table(["SNAPSHOT", "AGE", "MiB", "WHERE"], rows(copies, datetime.now(UTC))) + "\n")
        if unread:
            print(table(["HOST", "COULD NOT BE READ"], unread.items()) + "\n")
        print(summary(copies, unread))
    return 1 if unread or any(copy.whole is False for copy in copies) else 0


async def find(hosts: Sequence[Host], connections: Connections, *, verify: bool) -> dict[str, list[Copy] | HostError]:
    """By the host's name the snapshots that are there. `verify` reads each of them whole."""

    async def one(host: Host) -> list[Copy]:
        async with connections.to(host) as connection:
            return await copies_on(host, connection, verify=verify)

    return await on_each(hosts, one)


async def copies_on(host: Host, connection: Connection, *, verify: bool) -> list[Copy]:
    """The snapshots of one host. HostError when it cannot tell."""
    seconds = _VERIFY_SECONDS if verify else _QUICK_SECONDS
    script = render("snapshot_list", host.name, {"VERIFY": verify}, seconds=seconds)
    done = await connection.run(script.command("plan", connection.server.sudo), script.text, seconds)
    if done.code:
        raise HostError(f"{host.name}: {done.reason}")
    return list(_copies(json.loads(done.out)))


def _copies(told: Mapping[str, Any]) -> Iterator[Copy]:
    for each in told["snapshots"]:
        name = PurePosixPath(each["path"]).name
        try:
            SnapshotName.parse(name)
        except ValueError:
            continue  # somebody's own file
        whole = None if each["whole"] == "" else each["whole"] == "yes"
        yield Copy(name, told["host"], each["path"], each["bytes"], each["sha256"], each["cluster"], whole)


def listed(found: Found) -> list[Copy]:
    """All copies, the newest snapshot first."""
    copies = [copy for each in found.values() if not isinstance(each, HostError) for copy in each]
    return sorted(copies, key=lambda copy: copy.name, reverse=True)


def rows(copies: Sequence[Copy], now: datetime) -> Iterator[list[str]]:
    """A row for each snapshot, with all the hosts that have it."""
    for name in dict.fromkeys(copy.name for copy in copies):
        same = [copy for copy in copies if copy.name == name]
        where = ", ".join(f"{copy.host} (damaged)" if copy.whole is False else copy.host for copy in same)
        yield [name, age(now, same[0].parsed.taken), f"{same[0].bytes / _MIB:.1f}", where]


def age(now: datetime, then: datetime) -> str:
    """How long ago, in the two largest units.

    >>> age(datetime(2025, 1, 2, 5, 30), datetime(2025, 1, 1, 3, 4, 5))
    '1 d 2 h'
    """
    minutes = max(0, int((now - then).total_seconds()) // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def summary(copies: Sequence[Copy], unread: Mapping[str, str]) -> str:
    """The table in a sentence or two."""
    names = {copy.name for copy in copies}
    alone = [name for name in names if len({copy.host for copy in copies if copy.name == name}) == 1]
    parts = [f"{len(names)} snapshots." if names else "There is no snapshot."]
    if alone:
        parts.append(f"{len(alone)} of them on one host only.")
    if damaged := [copy for copy in copies if copy.whole is False]:
        parts.append(f"{len(damaged)} copies are damaged: remove them.")
    elif copies and copies[0].whole is None:
        parts.append("None was read whole; --verify does that.")
    if unread:
        parts.append(f"{len(unread)} hosts could not be read.")
    return " ".join(parts)


def document(copies: Sequence[Copy], unread: Mapping[str, str]) -> dict[str, object]:
    """The same for programs."""
    shown = [
        {
            "name": copy.name,
            "host": copy.host,
            "path": copy.path,
            "bytes": copy.bytes,
            "sha256": copy.sha256,
            "taken": copy.parsed.taken.isoformat(),
            "whole": copy.whole,
        }
        for copy in copies
    ]
    return {"snapshots": shown, "unread": dict(unread)}
