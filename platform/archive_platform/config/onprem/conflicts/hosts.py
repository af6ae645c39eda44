"""Hosts among one another: names, addresses, roles."""

from __future__ import annotations

from collections.abc import Iterator

from archive_platform import cidr
from archive_platform.config.onprem.conflicts.known import Known, KnownHost
from archive_platform.config.paths import render
from archive_platform.config.rules import Conflict

PAIR = 2  # load balancers: one that works and one that takes over

_ONE_OF_EACH = "Give each host its own"


def conflicts(known: Known) -> Iterator[Conflict]:
    yield from _names(known)
    yield from _addresses(known)
    for host in known.hosts:
        yield from _roles(host)
    if known.counts:
        yield from _control_planes(known)
        yield from _workers(known)
        yield from _load_balancers(known)


def _names(known: Known) -> Iterator[Conflict]:
    first: dict[str, KnownHost] = {}
    for host in known.hosts:
        if host.name is None:
            continue
        if host.name in first:
            yield Conflict(
                host.key("name"),
                must="be no other host's",
                why=f"{render(first[host.name].draft.path)} is called so as well",
                mend=f"{_ONE_OF_EACH} name",
            )
        first.setdefault(host.name, host)


def _addresses(known: Known) -> Iterator[Conflict]:
    first: dict[object, KnownHost] = {}
    for host in known.hosts:
        if host.address is None:
            continue
        network = known.node_network
        if network and not cidr.is_host_address(host.address, network):
            yield Conflict(
                host.key("address"),
                must=f"be an address for a host in archive:networks.node, {network}",
                why=f"it is {'the first or last address of' if host.address in network else 'outside'} that network",
                mend="Correct the address, or the network",
            )
        if host.lost is not False:  # a machine in its place may have its address
            continue
        if host.address in first:
            yield Conflict(
                host.key("address"),
                must="be no other host's",
                why=f"{first[host.address].called} has it as well",
                mend=f"{_ONE_OF_EACH} address",
            )
        first.setdefault(host.address, host)


def _roles(host: KnownHost) -> Iterator[Conflict]:
    if host.roles is None:
        return
    taken = {"control-plane": "the API server's port 6443", "worker": "the ports 80 and 443 that pods may ask for"}
    for role, ports in taken.items():
        if host.has("load-balancer") and host.has(role):
            yield Conflict(
                host.key("roles"),
                got=", ".join(host.roles),
                must=f"not name load-balancer together with {role}",
                why=f"on one host Nginx would take {ports}",
                mend="Give the load balancers hosts of their own",
            )
    for name, what in (("labels", "labels"), ("taints", "taints")):
        if not host.is_node and host.draft.get(name):
            yield Conflict(
                host.key(name),
                got=what,
                must="be left out here",
                why=f"{what} belong to nodes of Kubernetes, and {host.called} is none",
                mend="Remove them, or add the role worker",
            )


def _control_planes(known: Known) -> Iterator[Conflict]:
    present, every = len(known.present_of("control-plane")), len(known.all_of("control-plane"))
    if not present:
        yield Conflict(
            ("hosts",),
            got="none that is not lost" if every else "none",
            must="name a host with the role control-plane",
            why="the API server and etcd run there",
            mend="Give one host that role, or three to survive the loss of one",
        )
    # With a lost one the number is even until another replaces it, which is no reason to refuse the repair
    elif present % 2 == 0 and every % 2 == 0:
        yield Conflict(
            ("hosts",),
            got=str(present),
            must="name an odd number of control planes",
            why=f"etcd needs more than half of them, so {present} survive no more losses than {present - 1} would",
            mend=f"Make it {present + 1} or {present - 1}",
        )


def _workers(known: Known) -> Iterator[Conflict]:
    if not known.present_of("worker"):
        yield Conflict(
            ("hosts",),
            got="none that is not lost" if known.all_of("worker") else "none",
            must="name a host with the role worker",
            why="the community's pods run there",
            mend="Give a host that role; on a single server, beside control-plane",
        )


def _load_balancers(known: Known) -> Iterator[Conflict]:
    present, every = len(known.present_of("load-balancer")), len(known.all_of("load-balancer"))
    control_planes = len(known.all_of("control-plane"))
    if PAIR in (present, every) or (present == 0 and control_planes == 1):
        return
    yield Conflict(
        ("hosts",),
        got=str(present),
        must="name two hosts with the role load-balancer, or none beside a single control plane",
        why="the API's virtual address moves between two of them",
        mend="Give the role to two hosts that are neither control plane nor worker",
    )
