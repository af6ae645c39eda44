"""Packages, load balancers, administrators and snapshots, each within itself and with the hosts."""

from __future__ import annotations

from collections.abc import Iterator

from archive_platform.config.onprem import sshkeys
from archive_platform.config.onprem.conflicts.known import Known
from archive_platform.config.paths import Path, render
from archive_platform.config.rules import Conflict


def conflicts(known: Known) -> Iterator[Conflict]:
    yield from _bundle(known)
    yield from _ports(known)
    yield from _administrators(known)
    yield from _snapshots(known)


def _bundle(known: Known) -> Iterator[Conflict]:
    packages = known.draft.part("packages")
    bundle, digest = packages.get("bundle"), packages.get("bundle_sha256")
    if bundle and not digest and "bundle_sha256" not in packages.wrong:
        yield Conflict(
            ("packages", "bundleSha256"),
            must="be set together with archive:packages.bundle",
            why="it pins what the hosts install",
            mend="Set what `sha256sum index.json` prints in the bundle",
        )
    if digest and not bundle and "bundle" not in packages.wrong:
        yield Conflict(
            ("packages", "bundle"),
            must="be set together with archive:packages.bundleSha256",
            why="there is nothing to compare with that digest",
            mend="Set the bundle's URL, or remove the digest",
        )


def _ports(known: Known) -> Iterator[Conflict]:
    balancer = known.draft.part("load_balancer")
    http, https = balancer.get("http_port"), balancer.get("https_port")
    if http is not None and http == https:
        yield Conflict(
            ("loadBalancer", "httpsPort"),
            got=str(https),
            must="be another than archive:loadBalancer.httpPort",
            why="a node port leads to one service",
            mend="Set 30080 for HTTP and 30443 for HTTPS",
        )


def _administrators(known: Known) -> Iterator[Conflict]:
    names: dict[str, Path] = {}
    owners: dict[str, Path] = {}
    for administrator in known.draft.each("administrators"):
        name, keys = administrator.get("name"), administrator.get("keys") or ()
        if name in names:
            yield Conflict(
                administrator.key("name"),
                must="be no other administrator's",
                why=f"{render(names[name])} has it as well",
                mend="Put the keys of one person into one list",
            )
        if name:
            names.setdefault(name, administrator.path)
        for number, key in enumerate(keys):
            path = (*administrator.key("keys"), number)
            if (blob := sshkeys.blob(key)) in owners:
                yield Conflict(
                    path,
                    must="stand once",
                    why=f"it is {render(owners[blob])} as well, and the log tells people apart by their keys",
                    mend="Remove one of them",
                )
            owners.setdefault(blob, path)


def _snapshots(known: Known) -> Iterator[Conflict]:
    target = known.draft.part("snapshots").get("target")
    if target is None or any(host.name is None for host in known.hosts):
        return
    path: Path = ("snapshots", "target")
    host = next((host for host in known.hosts if host.name == target), None)
    if host is None:
        yield Conflict(
            path,
            must="be the name of a host",
            why="archive:hosts has none that is called so",
            mend=f"Set one of {', '.join(str(host.name) for host in known.present)}",
        )
    elif host.lost:
        yield Conflict(
            path,
            must="be a host that is not lost",
            why=f"{render(host.draft.path)} is",
            mend="Set another",
        )
    elif known.counts and known.present_of("control-plane") == (host,):
        yield Conflict(
            path,
            must="be another host than the only control plane",
            why="the copies would be lost together with it",
            mend="Set a host of role storage or worker",
        )
