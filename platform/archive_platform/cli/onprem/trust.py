"""`archive trust onprem`: learns the hosts' keys, once and with consent. From then on they are required.

A key that is already pinned is never changed by the way: one that differs is an alarm, and needs `--replace`.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import asyncssh

from archive_platform.cli.onprem.project import Project
from archive_platform.cli.table import counted, table
from archive_platform.config.onprem import Host, OnPrem
from archive_platform.config.paths import Path as Key
from archive_platform.config.paths import render
from archive_platform.errors import HostError, PlatformError
from archive_platform.onprem import host_keys
from archive_platform.onprem.connection import Connections, NoSuchKey, at_once
from archive_platform.onprem.server import Server, server_of

_OWN_KEYS = "for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done"
_SSH_PORT = 22
NEW, PINNED, CHANGED, REPLACED, UNKNOWN = "new", "pinned", "CHANGED", "replaced", "unknown"


@dataclass(frozen=True)
class Target:
    """A key to learn: whose it is, and the settings where it belongs, more than one for a jump host named twice."""

    server: Server
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Learned:
    """What a server showed. `key` is None when it showed nothing, and `detail` says why."""

    target: Target
    state: str
    key: asyncssh.SSHKey | None = None
    detail: str = ""


async def trust(project: Project, *, yes: bool, replaced: Collection[str]) -> int:
    """Show the keys, ask, and write those that are new. 0 when every host's key is pinned now."""
    jumps, hosts = targets(project.settings)
    _known(replaced, [*jumps, *hosts])
    async with Connections(project.settings) as connections:
        learned = await _learn(connections, jumps, replaced)
        if not _settle(project, learned, yes=yes, kind="jump hosts"):
            return 1
        pinned = {
            each.target.server: host_keys.line(each.key) for each in learned if each.key and each.state != CHANGED
        }
        hosts = [replace(each, server=_behind(each.server, pinned)) for each in hosts]
        found = await _learn(connections, hosts, replaced)
    settled = _settle(project, found, yes=yes, kind="hosts")
    return 0 if settled and all(each.state not in (CHANGED, UNKNOWN) for each in [*learned, *found]) else 1


def targets(settings: OnPrem) -> tuple[list[Target], list[Target]]:
    """The jump hosts, each once, and the hosts that are not lost."""
    hosts: list[Target] = []
    jumps: dict[Server, list[Key]] = {}
    for number, host in enumerate(settings.hosts):
        if host.lost:
            continue
        server = server_of(settings, host)
        hosts.append(Target(server, (("hosts", number, "ssh", "hostKey"),)))
        if server.jump:
            own: Key = (
                ("hosts", number, "ssh", "jump", "hostKey") if _has_own_jump(host) else ("ssh", "jump", "hostKey")
            )
            keys = jumps.setdefault(server.jump, [])
            keys += [own] if own not in keys else []
    return [Target(server, tuple(keys)) for server, keys in jumps.items()], hosts


def judge(target: Target, key: asyncssh.SSHKey, replaced: Collection[str]) -> Learned:
    """Whether a key is new, the pinned one, or another than the pinned one."""
    if not target.server.host_key:
        return Learned(target, NEW, key)
    pinned = asyncssh.import_public_key(target.server.host_key)
    if key == pinned:
        return Learned(target, PINNED, key)
    if target.server.name in replaced:
        return Learned(target, REPLACED, key, f"in place of the pinned\n{host_keys.fingerprint(pinned)}")
    return Learned(target, CHANGED, key, f"pinned is\n{host_keys.fingerprint(pinned)}")


def _has_own_jump(host: Host) -> bool:
    return host.ssh is not None and host.ssh.jump is not None


def _behind(server: Server, pinned: Mapping[Server, str]) -> Server:
    """The server with the key of its jump host that was just learned."""
    if server.jump is None or server.jump not in pinned:
        return server
    return replace(server, jump=replace(server.jump, host_key=pinned[server.jump]))


def _known(replaced: Iterable[str], all_targets: Iterable[Target]) -> None:
    names = [target.server.name for target in all_targets]
    for name in replaced:
        if name not in names:
            raise PlatformError(f"--replace {name}: there is no such host. There are: {', '.join(names)}")


async def _learn(connections: Connections, wanted: list[Target], replaced: Collection[str]) -> list[Learned]:
    async def one(target: Target) -> Learned:
        return judge(target, await _key(connections, target.server), replaced)

    shown = await at_once([(lambda target=target: one(target)) for target in wanted])
    return [
        Learned(target, UNKNOWN, detail=str(each)) if isinstance(each, HostError) else each
        for target, each in zip(wanted, shown, strict=True)
    ]


async def _key(connections: Connections, server: Server) -> asyncssh.SSHKey:
    """The key that the server shows: of the pinned algorithm when it still has one."""
    if server.host_key:
        pinned = asyncssh.import_public_key(server.host_key)
        with suppress(NoSuchKey):
            return await connections.shown_key(server, host_keys.signatures(pinned))
    return await connections.shown_key(server, host_keys.ALGORITHMS)


def _settle(project: Project, learned: list[Learned], *, yes: bool, kind: str) -> bool:
    """Show what was learned, and write what is new after a yes. Whether everything new is written."""
    if not learned:
        return True
    print(table(["HOST", "KEY IS", "ADDRESS", "KEY"], [_row(each) for each in learned]) + "\n")
    for each in learned:
        if each.state == CHANGED:
            print(
                f"ALARM: {each.target.server.label} shows another key than the pinned one. Unless it was installed"
                f" anew, somebody answers in its place. Compare with the host's own keys ({_OWN_KEYS}), then:"
                f" archive trust onprem --replace {each.target.server.name}\n"
            )
    fresh = [each for each in learned if each.state in (NEW, REPLACED)]
    if not fresh:
        return True
    if not yes and not _agreed(len(fresh), kind):
        print("Nothing was written.")
        return False
    write(project, fresh)
    print(f"Pinned in the settings of the stack {project.stack.name}: {counted(len(fresh), 'key')} of {kind}.\n")
    return True


def write(project: Project, fresh: Iterable[Learned]) -> None:
    """Pin the keys in the stack's settings, all by one command."""
    pairs = [f"{render(key)}={host_keys.line(each.key)}" for each in fresh if each.key for key in each.target.keys]
    arguments = [part for pair in pairs for part in ("--plaintext", pair)]
    project.stack.pulumi("config", "set-all", "--path", *arguments)


def _agreed(count: int, kind: str) -> bool:
    print(f"Compare each fingerprint with the host's own: {_OWN_KEYS}")
    if not sys.stdin.isatty():
        print("Nobody can be asked here. Use --yes once the fingerprints are compared.")
        return False
    return input(f"Trust these {count} {kind} from now on? (yes/no) ").strip().lower() == "yes"


def _row(each: Learned) -> list[str]:
    server = each.target.server
    address = server.address if server.port == _SSH_PORT else f"{server.address}:{server.port}"
    key = [host_keys.kind(each.key), host_keys.fingerprint(each.key)] if each.key else []
    return [server.name, each.state, address, "\n".join([*key, *([each.detail] if each.detail else [])])]
