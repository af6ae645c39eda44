"""Address arithmetic of IPv4 networks. Pure functions, apart from every resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

POD_SUBNET_PREFIX = 24  # kube-controller-manager's --node-cidr-mask-size-ipv4: 254 pods a node, twice the kubelet's 110
DNS_SERVICE_OFFSET = 10  # kubeadm's GetDNSIP: the cluster's DNS is the tenth address of the service network


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
