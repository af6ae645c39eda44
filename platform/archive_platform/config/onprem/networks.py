"""Networks and the addresses that no host has for itself."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator

from archive_platform import cidr
from archive_platform.config.rules import Group, Rule, Wrong
from archive_platform.config.types import Address, Network

SERVICE_PREFIXES = (12, 24)  # kube-apiserver takes up to 20 bits of services; fewer than 8 run out soon
POD_PREFIXES = (8, cidr.POD_SUBNET_PREFIX)  # kube-controller-manager counts up to 2**16 subnets


def _sized(smallest: int, largest: int) -> AfterValidator:
    def check(network: IPv4Network) -> IPv4Network:
        if not smallest <= network.prefixlen <= largest:
            raise ValueError("another size")
        return network

    return AfterValidator(check)


def _pool(text: str) -> str:
    try:
        pool = cidr.addresses_of_pool(text)
    except ValueError:
        first, dash, last = text.partition("-")
        if dash and last.strip().isdigit():
            raise Wrong(mend=f"Write the last address in full: {first.rpartition('.')[0]}.{last.strip()}") from None
        raise
    return text if "/" in text else f"{pool.first}-{pool.last}"


class Networks(Group):
    """IPv4 networks. Those of pods and services exist inside the cluster alone."""

    node: Annotated[
        Network,
        _sized(8, 29),
        Rule(
            "be the network of the hosts, /8 to /29, as in 10.0.0.0/24",
            "every host's address, and those that move between load balancers, lie in it",
            "Set the network that `ip -4 route` shows on a host",
        ),
    ]
    pod: Annotated[
        Network,
        _sized(*POD_PREFIXES),
        Rule(
            f"be a network of /{POD_PREFIXES[0]} to /{POD_PREFIXES[1]}",
            f"each node takes a /{cidr.POD_SUBNET_PREFIX} of it for its pods",
            "Set 10.244.0.0/16 unless it is in use",
        ),
    ] = IPv4Network("10.244.0.0/16")
    service: Annotated[
        Network,
        _sized(*SERVICE_PREFIXES),
        Rule(
            f"be a network of /{SERVICE_PREFIXES[0]} to /{SERVICE_PREFIXES[1]}",
            "every service takes an address of it, and the API server refuses larger ones",
            "Set 10.96.0.0/12 unless it is in use",
        ),
    ] = IPv4Network("10.96.0.0/12")


class Addresses(Group):
    """Addresses of the node network that move between hosts."""

    api: Annotated[
        Address,
        Rule(
            "be a free IPv4 address of the node network",
            "the API server answers there, whichever load balancer lives",
            "Set one that no host has, as in 10.0.0.100",
        ),
    ]
    ingress: Annotated[
        Address | None,
        Rule(
            "be a free IPv4 address of the node network",
            "HTTP and HTTPS of the community are answered there",
            "Set one that no host has, as in 10.0.0.101, or leave it out",
        ),
    ] = None
    pool: Annotated[
        Annotated[str, AfterValidator(_pool)] | None,
        Rule(
            "be two addresses with a - between them, the smaller one first, or a network",
            "services of type LoadBalancer take addresses of it",
            "Set one, as in 10.0.0.200-10.0.0.220, or leave it out",
        ),
    ] = None
