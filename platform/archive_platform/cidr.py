"""Address arithmetic of IPv4 networks. Pure functions, apart from every resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network

POD_SUBNET_PREFIX = 24  # kube-controller-manager's --node-cidr-mask-size-ipv4: 254 pods a node, twice the kubelet's 110
DNS_SERVICE_OFFSET = 10  # kubeadm's GetDNSIP: the cluster's DNS is the tenth address of the service network

TIER_SLOTS = 4
ZONE_SLOTS = 4
IPV6_SUBNET_PREFIX = 64  # the only one that AWS gives a subnet of a dual-stack VPC by default


@dataclass(frozen=True)
class AddressRange:
    """All addresses from `first` to `last`, both among them."""

    first: IPv4Address
    last: IPv4Address

    def __contains__(self, address: IPv4Address) -> bool:
        return self.first <= address <= self.last

    def __iter__(self) -> Iterator[IPv4Address]:
        return (IPv4Address(number) for number in range(int(self.first), int(self.last) + 1))

    def __len__(self) -> int:
        return int(self.last) - int(self.first) + 1


def overlaps(one: IPv4Network, other: IPv4Network) -> bool:
    """Whether an address lies in both networks.

    >>> overlaps(IPv4Network("10.96.0.0/12"), IPv4Network("10.100.0.0/16"))
    True
    """
    return one.overlaps(other)


def is_host_address(address: IPv4Address, network: IPv4Network) -> bool:
    """Whether a machine may have the address in that network: neither the network's own nor the broadcast address.

    >>> [is_host_address(IPv4Address(a), IPv4Network("10.0.0.0/24")) for a in ("10.0.0.1", "10.0.0.0", "10.0.1.1")]
    [True, False, False]
    """
    ends = (network.network_address, network.broadcast_address)
    return address in network and (network.prefixlen >= 31 or address not in ends)  # RFC 3021: a /31 has no ends


def pod_subnets(pod_network: IPv4Network) -> int:
    """How many nodes a pod network serves.

    >>> pod_subnets(IPv4Network("10.244.0.0/16"))
    256
    """
    spare = POD_SUBNET_PREFIX - pod_network.prefixlen
    return 1 << spare if spare >= 0 else 0


def pod_subnet(address: IPv4Address, node_network: IPv4Network, pod_network: IPv4Network) -> IPv4Network:
    """The /24 for a node's pods: the one whose number is the node's offset in the node network.

    It depends on that node alone, so that adding or removing another moves no pods and no routes.

    >>> pod_subnet(IPv4Address("10.77.0.11"), IPv4Network("10.77.0.0/24"), IPv4Network("10.244.0.0/16"))
    IPv4Network('10.244.11.0/24')

    ValueError when the address is not in the node network, or the pod network has no /24 of that number.
    """
    if address not in node_network:
        raise ValueError(f"{address} is not in the node network {node_network}")
    number = int(address) - int(node_network.network_address)
    if number >= pod_subnets(pod_network):
        raise ValueError(
            f"the pod network {pod_network} has {pod_subnets(pod_network)} subnets of /{POD_SUBNET_PREFIX},"
            f" none with number {number}"
        )
    first = int(pod_network.network_address) + number * (1 << (32 - POD_SUBNET_PREFIX))
    return IPv4Network((first, POD_SUBNET_PREFIX))


def zone_subnet(network: IPv4Network, tier: int, zone: int) -> IPv4Network:
    """The subnet of a tier in a zone: one sixteenth of the network, whose place follows from the two numbers alone.

    So neither another zone nor another tier moves a subnet, and none has to be known to place one.

    >>> zone_subnet(IPv4Network("10.20.0.0/16"), 1, 2)
    IPv4Network('10.20.96.0/20')

    ValueError when a number is not one of 0 to 3, or a sixteenth of the network is less than an address.
    """
    prefix = network.prefixlen + (TIER_SLOTS * ZONE_SLOTS - 1).bit_length()
    if prefix > network.max_prefixlen:
        raise ValueError(f"{network} has no sixteen subnets")
    first = int(network.network_address) + (_slot(tier, zone) << (network.max_prefixlen - prefix))
    return IPv4Network((first, prefix))


def zone_subnet_v6(network: IPv6Network, tier: int, zone: int) -> IPv6Network:
    """The /64 of a tier in a zone, as `zone_subnet` has it.

    >>> zone_subnet_v6(IPv6Network("2406:da12:0:1200::/56"), 1, 2)
    IPv6Network('2406:da12:0:1206::/64')

    ValueError when a number is not one of 0 to 3, or the network has no sixteen /64.
    """
    if network.prefixlen > IPV6_SUBNET_PREFIX - 4:
        raise ValueError(f"{network} has no sixteen subnets of /{IPV6_SUBNET_PREFIX}")
    first = int(network.network_address) + (_slot(tier, zone) << (network.max_prefixlen - IPV6_SUBNET_PREFIX))
    return IPv6Network((first, IPV6_SUBNET_PREFIX))


def _slot(tier: int, zone: int) -> int:
    for what, number, slots in (("tier", tier, TIER_SLOTS), ("zone", zone, ZONE_SLOTS)):
        if not 0 <= number < slots:
            raise ValueError(f"there is no {what} number {number}, only 0 to {slots - 1}")
    return tier * ZONE_SLOTS + zone


def dns_service_address(service_network: IPv4Network) -> IPv4Address:
    """The address of the cluster's DNS service.

    >>> dns_service_address(IPv4Network("10.96.0.0/12"))
    IPv4Address('10.96.0.10')

    ValueError when the network is too small to have one.
    """
    if service_network.num_addresses <= DNS_SERVICE_OFFSET:
        raise ValueError(f"the service network {service_network} has no tenth address")
    return service_network.network_address + DNS_SERVICE_OFFSET


def addresses_of_pool(pool: str) -> AddressRange:
    """The addresses of a pool, written as MetalLB takes it: `first-last`, or a network.

    >>> addresses_of_pool("10.0.0.200-10.0.0.220").last, len(addresses_of_pool("10.0.0.192/28"))
    (IPv4Address('10.0.0.220'), 16)

    ValueError when it is neither, or ends before it begins.
    """
    first, dash, last = pool.partition("-")
    if not dash:
        network = IPv4Network(pool.strip())
        return AddressRange(network.network_address, network.broadcast_address)
    found = AddressRange(IPv4Address(first.strip()), IPv4Address(last.strip()))
    if found.last < found.first:
        raise ValueError(f"the pool {pool} ends before it begins")
    return found
