"""Networks among one another, and what has to stay outside of them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from archive_platform import cidr
from archive_platform.config.onprem.conflicts.known import Known
from archive_platform.config.paths import Path
from archive_platform.config.rules import Conflict
from archive_platform.config.types import is_address


def conflicts(known: Known) -> Iterator[Conflict]:
    yield from _overlaps(known)
    yield from _pod_subnets(known)
    yield from _inside(known)


def _overlaps(known: Known) -> Iterator[Conflict]:
    networks = [("node", known.node_network), ("pod", known.pod_network), ("service", known.service_network)]
    for number, (name, network) in enumerate(networks):
        for other_name, other in networks[:number]:
            if network and other and cidr.overlaps(network, other):
                yield Conflict(
                    ("networks", name),
                    got=str(network),
                    must=f"not overlap archive:networks.{other_name}, {other}",
                    why="an address in both would be reached in one of them alone",
                    mend="Choose another, as in 10.244.0.0/16 for pods and 10.96.0.0/12 for services",
                )


def _pod_subnets(known: Known) -> Iterator[Conflict]:
    pods, plugin = known.pod_network, known.draft.part("kubernetes").get("network_plugin")
    if pods is None or plugin is None:
        return
    room = cidr.pod_subnets(pods)
    nodes = [host for host in known.present if host.is_node]
    if plugin != "bridge":
        if len(nodes) > room:
            yield Conflict(
                ("networks", "pod"),
                got=str(pods),
                must=f"have a /{cidr.POD_SUBNET_PREFIX} for each of {len(nodes)} nodes",
                why=f"it has {room}",
                mend="Make it larger, as in 10.244.0.0/16",
            )
        return
    network = known.node_network
    for host in nodes:
        if network is None or host.address is None or host.address not in network:
            continue
        number = int(host.address) - int(network.network_address)
        if number >= room:
            yield Conflict(
                host.key("address"),
                must=f"be one of the first {room} of archive:networks.node",
                why=f"with the plugin bridge the node takes subnet {number} of archive:networks.pod, which has {room}",
                mend="Make archive:networks.pod larger, or give the host a lower address",
            )


def _inside(known: Known) -> Iterator[Conflict]:
    """Addresses outside the cluster that nobody would reach, because pods or services have them."""
    for path, address, whose in _outside(known):
        for name, network in (("pod", known.pod_network), ("service", known.service_network)):
            if network and address in network:
                yield Conflict(
                    path,
                    got=str(address),
                    must=f"lie outside archive:networks.{name}, {network}",
                    why=f"the hosts would look for {whose} inside the cluster",
                    mend=f"Choose another archive:networks.{name}",
                )


def _outside(known: Known) -> Iterator[tuple[Path, IPv4Address, str]]:
    resolvers: tuple[IPv4Address, ...] = known.draft.get("resolvers") or ()
    for number, address in enumerate(resolvers):
        yield ("resolvers", number), address, "the DNS server"
    servers: tuple[str, ...] = known.draft.get("time_servers") or ()
    for number, server in enumerate(servers):
        if is_address(server):
            yield ("timeServers", number), IPv4Address(server), "the time server"
    for login in known.logins:
        jump = login.find("jump")
        if jump and is_address(address := jump.get("address") or ""):
            yield jump.key("address"), IPv4Address(address), "the jump host"
