"""The addresses that move: free, in the node network, and apart from one another."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from archive_platform import cidr
from archive_platform.config.onprem.conflicts.known import Known
from archive_platform.config.paths import render
from archive_platform.config.rules import Conflict

_FREE = "Choose a free address of archive:networks.node"


def conflicts(known: Known) -> Iterator[Conflict]:
    addresses = known.draft.part("addresses")
    api: IPv4Address | None = addresses.get("api")
    ingress: IPv4Address | None = addresses.get("ingress")
    alone = known.counts and not known.all_of("load-balancer") and len(known.all_of("control-plane")) == 1
    if alone:
        yield from _single(known, api, ingress)
    moving = {"api": None if alone else api, "ingress": None if alone else ingress}
    for name, address in moving.items():
        if address is not None:
            yield from _moving(known, name, address)
    if ingress is not None and ingress == api:
        yield Conflict(
            ("addresses", "ingress"),
            must="be another than archive:addresses.api",
            why="each moves for itself, and the API is not to be reached from where visitors come",
            mend=_FREE,
        )
    if addresses.get("pool"):
        yield from _pool(known, cidr.addresses_of_pool(addresses.get("pool")), {"api": api, "ingress": ingress})


def _single(known: Known, api: IPv4Address | None, ingress: IPv4Address | None) -> Iterator[Conflict]:
    only = known.all_of("control-plane")[0]
    if api is not None and only.address is not None and api != only.address:
        yield Conflict(
            ("addresses", "api"),
            must=f"be the address of {only.called}, {only.address}",
            why="without load balancers nothing moves an address, and the single control plane answers at its own",
            mend=f"Set {only.address}, or add two hosts with the role load-balancer",
        )
    if ingress is not None:
        yield Conflict(
            ("addresses", "ingress"),
            must="be left out without load balancers",
            why="nobody would answer there",
            mend="Remove it, or add two hosts with the role load-balancer",
        )


def _moving(known: Known, name: str, address: IPv4Address) -> Iterator[Conflict]:
    network = known.node_network
    if network and not cidr.is_host_address(address, network):
        yield Conflict(
            ("addresses", name),
            must=f"be an address for a host in archive:networks.node, {network}",
            why=f"it is {'the first or last address of' if address in network else 'outside'} that network",
            mend=_FREE,
        )
    for host in known.present:
        if host.address == address:
            yield Conflict(
                ("addresses", name),
                must="be no host's address",
                why=f"{host.called} has it, and it is to move between the load balancers",
                mend=_FREE,
            )


def _pool(known: Known, pool: cidr.AddressRange, moving: dict[str, IPv4Address | None]) -> Iterator[Conflict]:
    network = known.node_network
    if network and not (cidr.is_host_address(pool.first, network) and cidr.is_host_address(pool.last, network)):
        inside = pool.first in network and pool.last in network
        why = "it holds the first or last address of that network" if inside else "a part of it lies outside"
        yield Conflict(
            ("addresses", "pool"),
            must=f"hold addresses for hosts in archive:networks.node, {network}, alone",
            why=why,
            mend=f"Set a part of it, as in {network[-4]}-{network[-2]}",
        )
    taken = [(host.address, host.called) for host in known.present if host.address is not None]
    taken += [(address, render(("addresses", name))) for name, address in moving.items() if address is not None]
    held = [f"{whose} ({address})" for address, whose in taken if address in pool]
    if held:
        yield Conflict(
            ("addresses", "pool"),
            must="hold free addresses alone",
            why=f"it holds {', '.join(held)}",
            mend="Make it smaller, or move it",
        )
