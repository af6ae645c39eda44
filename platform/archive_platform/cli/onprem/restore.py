"""`archive restore onprem SNAPSHOT`: the whole cluster becomes what it was when the snapshot was taken.

Each phase is done on all control planes before the next one begins. What dies on the way is done again by the same
command.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from archive_platform.cli.onprem.project import Project
from archive_platform.cli.onprem.snapshots import Copy, age, find, listed
from archive_platform.config.onprem import Host, OnPrem
from archive_platform.errors import HostError, PlatformError
from archive_platform.onprem import restore as phases
from archive_platform.onprem.connection import Connection, Connections, on_each
from archive_platform.onprem.restore import DANGEROUS, SECONDS, Phase, Restore, Seen
from archive_platform.onprem.script import Script

_TOLD = {
    "stop": "stop API servers, controllers and etcd",
    "swap": "put the snapshot's data in the old data's place",
    "etcd": "start etcd",
    "api": "start API servers and controllers",
}


async def restore(project: Project, name: str, *, source: str | None, yes: bool) -> int:
    """Restore after a question. 0, or 1 when somebody said no; PlatformError when it cannot be done."""
    settings = project.settings
    async with Connections(settings) as connections:
        copy = await _find(settings, connections, name, source)
        async with _opened(settings.control_planes, connections) as opened:
            seen = await _look(settings, opened)
            phases.check(copy.parsed, copy.cluster, seen)
            members = [host for host in settings.control_planes if seen[host.name].member]
            wanted = Restore(name, copy.sha256, members, datetime.now(UTC))
            work = _Work(settings, wanted, {host.name: opened[host.name] for host in members})
            if all(seen[host.name].has_started(wanted.digest) for host in members):
                print("An earlier try has put this snapshot back, and is finished now.")
            else:
                print(_question(settings, copy, members))
                if not yes and not _agreed():
                    print("Nothing was changed.")
                    return 1
                await _stage(work, connections, copy, seen)
                await work.exchange()
            await work.run("finish")
        await _restart_kubelets(settings, connections)
    print(
        f"\n{name} is restored. Now run `{project.stack.starter}`: it brings back labels, taints and nodes that the"
        " snapshot did not know."
    )
    return 0


class _Work:
    """A restore on its control planes, all of them connected."""

    def __init__(self, settings: OnPrem, wanted: Restore, opened: Mapping[str, Connection]) -> None:
        self.settings = settings
        self.wanted = wanted
        self.opened = opened

    async def exchange(self) -> None:
        """From the running cluster to the restored one."""
        for name in DANGEROUS:
            print(f"* {_TOLD[name]}", flush=True)
            try:
                await self.run(name)
            except PlatformError as error:
                raise PlatformError(
                    f"{error}\n\nThe restore stopped at: {_TOLD[name]}. The cluster stays as it is now, also when hosts"
                    " are restarted. Mend what is said above, then run it again:"
                    f" archive restore onprem {self.wanted.snapshot}"
                ) from None

    async def run(self, name: Phase, found: Mapping[str, str] | None = None) -> None:
        """One phase everywhere at once. PlatformError names every host where it went wrong."""

        async def one(host: Host) -> None:
            path = (found or {}).get(host.name, "")
            await _run(self.opened[host.name], phases.phase(self.settings, host, self.wanted, name, path))

        _raise(await on_each(self.wanted.members, one))


async def _find(settings: OnPrem, connections: Connections, name: str, source: str | None) -> Copy:
    """A copy of the snapshot that is whole. PlatformError when there is none."""
    if source is not None and source not in [host.name for host in settings.present]:
        raise PlatformError(f"--from {source}: there is no such host. There are: {_names(settings.present)}")
    hosts = [host for host in settings.present if source in (None, host.name)]
    found = await find(hosts, connections, verify=False)
    damaged: list[str] = []
    for copy in (each for each in listed(found) if each.name == name):
        host = next(each for each in hosts if each.name == copy.host)
        async with connections.to(host) as connection:
            if await _is_whole(connection, copy):
                return copy
        damaged.append(copy.host)
    unread = [str(each) for each in found.values() if isinstance(each, HostError)]
    if damaged:
        raise PlatformError(
            f"{name} is damaged on {', '.join(damaged)}: choose another, see `archive snapshots onprem`"
        )
    raise PlatformError(
        "\n".join([*unread, f"there is no snapshot {name} on {_names(hosts)}: see `archive snapshots onprem`"])
    )


async def _is_whole(connection: Connection, copy: Copy) -> bool:
    done = await connection.run(f"{_root(connection)}sha256sum {copy.path}", seconds=SECONDS)
    return done.code == 0 and done.out.split()[0] == copy.sha256


@asynccontextmanager
async def _opened(hosts: Sequence[Host], connections: Connections) -> AsyncGenerator[dict[str, Connection]]:
    """A connection to each of them. PlatformError when one cannot be had: it would go on with the old data."""
    async with AsyncExitStack() as stack:

        async def one(host: Host) -> Connection:
            return await stack.enter_async_context(connections.to(host))

        opened = await on_each(hosts, one)
        wrong = {host: each for host, each in opened.items() if isinstance(each, HostError)}
        if wrong:
            lines = [*map(str, wrong.values()), "Nothing was changed. Every control plane has to take part: bring"]
            lines[-1] += f" {', '.join(wrong)} back, or, if gone for good, set `lost: true` at it in archive:hosts"
            raise PlatformError("\n".join(lines))
        yield {host: each for host, each in opened.items() if isinstance(each, Connection)}


async def _look(settings: OnPrem, opened: Mapping[str, Connection]) -> dict[str, Seen]:
    async def one(host: Host) -> Seen:
        connection = opened[host.name]
        script = phases.look(settings, host)
        done = await connection.run(script.command("plan", connection.server.sudo), script.text)
        if done.code:
            raise HostError(f"{host.name}: {done.reason}")
        return Seen.of(json.loads(done.out)["extra"])

    found = await on_each(settings.control_planes, one)
    _raise(found)
    return {host: each for host, each in found.items() if isinstance(each, Seen)}


async def _stage(work: _Work, connections: Connections, copy: Copy, seen: Mapping[str, Seen]) -> None:
    """The snapshot on every member, whole and ready to be taken. Nothing is stopped yet."""
    print("* bring the snapshot to all control planes", flush=True)
    source = next(host for host in work.settings.present if host.name == copy.host)
    lacking = [host for host in work.wanted.members if host != source and seen[host.name].staged != work.wanted.digest]
    try:
        async with connections.to(source) as reading:

            async def one(host: Host) -> None:
                target = work.opened[host.name]
                sending = f"{_root(reading)}cat {copy.path}"
                await reading.send(sending, target, f"{_root(target)}{phases.RECEIVE}", SECONDS)

            _raise(await on_each(lacking, one))
        await work.run("stage", {source.name: copy.path})
    except PlatformError as error:
        raise PlatformError(f"{error}\nNothing was stopped: the cluster runs as before.") from None


async def _restart_kubelets(settings: OnPrem, connections: Connections) -> None:
    """On the workers, which are told of and not waited for: the cluster is restored whether they answer or not."""

    async def one(host: Host) -> None:
        async with connections.to(host) as connection:
            await _run(connection, phases.restart_kubelet(settings, host))

    for each in (await on_each(settings.workers, one)).values():
        if isinstance(each, HostError):
            print(f"{each}. Restart its kubelet when it is back: systemctl restart kubelet", file=sys.stderr)


async def _run(connection: Connection, script: Script) -> None:
    done = await connection.run(script.command("apply", connection.server.sudo), script.text, script.seconds)
    print(done.err, end="", file=sys.stderr, flush=True)
    if done.code:
        raise HostError(f"{script.host}: {done.reason}")


def _raise(found: Mapping[str, object]) -> None:
    if wrong := [str(each) for each in found.values() if isinstance(each, HostError)]:
        raise PlatformError("\n".join(wrong))


def _question(settings: OnPrem, copy: Copy, members: Sequence[Host]) -> str:
    now = datetime.now(UTC)
    taken = copy.parsed.taken
    lines = [
        f"{copy.name} was taken on {taken:%Y-%m-%d at %H:%M:%S} UTC, {age(now, taken)} ago."
        f" It is whole on {copy.host}.",
        "",
        "LOST is what was written to the cluster since: deployments, settings, secrets, what runs where. Data on"
        " volumes is not touched. The Kubernetes API is away for some minutes; what runs meanwhile goes on running.",
        f"etcd's members are {_names(members)} from then on.",
    ]
    if absent := [host for host in settings.control_planes if host not in members]:
        lines.append(f"Not part of the cluster yet, and left alone: {_names(absent)}.")
    if lost := [host for host in settings.hosts if host.lost and host.is_control_plane]:
        lines.append(f"Lost, and never to be started again with the data that it has: {_names(lost)}.")
    return "\n".join([*lines, "The old data is kept on each of them, in /var/lib/etcd/before-restore-*.", ""])


def _agreed() -> bool:
    if not sys.stdin.isatty():
        print("Nobody can be asked here. Say --yes once that is what you want.")
        return False
    return input("Restore it? (yes/no) ").strip().lower() == "yes"


def _root(connection: Connection) -> str:
    return "sudo -n " if connection.server.sudo else ""


def _names(hosts: Sequence[Host]) -> str:
    return ", ".join(host.name for host in hosts)
