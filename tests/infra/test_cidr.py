"""Address arithmetic."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_platform import cidr
from archive_platform.cidr import (
    AddressRange,
    addresses_of_pool,
    dns_service_address,
    overlaps,
    pod_subnet,
    zone_subnet,
    zone_subnet_v6,
)

NODES, PODS = IPv4Network("10.77.0.0/24"), IPv4Network("10.244.0.0/16")
HOSTS = st.integers(0, 255).map(lambda number: NODES[number])


@settings(deadline=None)
@given(HOSTS, HOSTS)
def test_every_node_has_pods_of_its_own(one: IPv4Address, other: IPv4Address) -> None:
    first, second = (pod_subnet(address, NODES, PODS) for address in (one, other))
    assert first.subnet_of(PODS)
    assert first.prefixlen == cidr.POD_SUBNET_PREFIX
    assert overlaps(first, second) == (one == other)


def test_the_number_of_a_node_is_that_of_its_pods() -> None:
    assert pod_subnet(IPv4Address("10.77.0.200"), NODES, PODS) == IPv4Network("10.244.200.0/24")
    far = pod_subnet(IPv4Address("172.16.3.9"), IPv4Network("172.16.0.0/20"), IPv4Network("10.128.0.0/10"))
    assert far == IPv4Network("10.131.9.0/24")  # number 3 * 256 + 9


def test_a_node_from_elsewhere_has_no_pods() -> None:
    with pytest.raises(ValueError, match=r"10\.78\.0\.1 is not in the node network 10\.77\.0\.0/24"):
        pod_subnet(IPv4Address("10.78.0.1"), NODES, PODS)


def test_a_pod_network_that_is_too_small_is_said_to_be() -> None:
    small = IPv4Network("10.244.0.0/22")
    assert pod_subnet(IPv4Address("10.77.0.3"), NODES, small) == IPv4Network("10.244.3.0/24")
    with pytest.raises(ValueError, match="has 4 subnets of /24, none with number 4"):
        pod_subnet(IPv4Address("10.77.0.4"), NODES, small)


@pytest.mark.parametrize(("network", "count"), [("10.0.0.0/8", 65_536), ("10.0.0.0/24", 1), ("10.0.0.0/25", 0)])
def test_pod_subnets_are_counted(network: str, count: int) -> None:
    assert cidr.pod_subnets(IPv4Network(network)) == count


NETWORKS = st.tuples(st.integers(0, 15), st.integers(16, 28)).map(
    lambda drawn: IPv4Network((int(IPv4Address("10.0.0.0")) + (drawn[0] << 16), drawn[1]))
)
SLOTS = st.tuples(st.integers(0, 3), st.integers(0, 3))


@settings(deadline=None)
@given(NETWORKS, SLOTS, SLOTS)
def test_subnets_of_tiers_and_zones_share_no_address(
    network: IPv4Network, one: tuple[int, int], other: tuple[int, int]
) -> None:
    first, second = (zone_subnet(network, *slot) for slot in (one, other))
    assert first.subnet_of(network)
    assert first.prefixlen == network.prefixlen + 4
    assert overlaps(first, second) == (one == other)


@settings(deadline=None)
@given(NETWORKS)
def test_the_sixteen_subnets_fill_the_network(network: IPv4Network) -> None:
    found = [zone_subnet(network, tier, zone) for tier in range(4) for zone in range(4)]
    assert list(network.subnets(prefixlen_diff=4)) == found


@settings(deadline=None)
@given(st.integers(0, 2**20 - 1), SLOTS, SLOTS)
def test_the_same_places_have_an_ipv6_subnet(number: int, one: tuple[int, int], other: tuple[int, int]) -> None:
    network = IPv6Network((int(IPv6Address("2406:da12::")) + (number << 72), 56))
    first, second = (zone_subnet_v6(network, *slot) for slot in (one, other))
    assert first.subnet_of(network)
    assert first.prefixlen == 64
    assert first.overlaps(second) == (one == other)


@pytest.mark.parametrize(("tier", "zone", "what"), [(4, 0, "tier number 4"), (0, -1, "zone number -1")])
def test_there_is_no_fifth_tier_or_zone(tier: int, zone: int, what: str) -> None:
    with pytest.raises(ValueError, match=f"there is no {what}, only 0 to 3"):
        zone_subnet(IPv4Network("10.0.0.0/16"), tier, zone)


def test_a_network_without_sixteen_subnets_is_said_to_be() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/29 has no sixteen subnets"):
        zone_subnet(IPv4Network("10.0.0.0/29"), 0, 0)
    with pytest.raises(ValueError, match="has no sixteen subnets of /64"):
        zone_subnet_v6(IPv6Network("2406:da12::/61"), 0, 0)


def test_dns_has_the_tenth_address() -> None:
    assert dns_service_address(IPv4Network("10.96.0.0/12")) == IPv4Address("10.96.0.10")
    with pytest.raises(ValueError, match="has no tenth address"):
        dns_service_address(IPv4Network("10.96.0.0/29"))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 300), st.integers(0, 200))
def test_a_pool_is_the_same_in_both_forms(start: int, more: int) -> None:
    first, last = IPv4Address(start), IPv4Address(start + more)
    pool = addresses_of_pool(f"{first} - {last}")
    assert pool == AddressRange(first, last)
    assert list(pool) == [IPv4Address(start + number) for number in range(more + 1)]
    assert len(pool) == more + 1
    assert (first in pool, last in pool, last + 1 in pool) == (True, True, False)


def test_a_network_is_a_pool_too() -> None:
    assert list(addresses_of_pool("192.0.2.4/31")) == [IPv4Address("192.0.2.4"), IPv4Address("192.0.2.5")]


@pytest.mark.parametrize("text", ["", "10.0.0.9-10.0.0.1", "10.0.0.1-9", "10.0.0.1/24", "a-b", "-"])
def test_what_is_no_pool_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        addresses_of_pool(text)


@pytest.mark.parametrize(
    ("address", "network", "may"),
    [
        ("10.77.0.1", "10.77.0.0/24", True),
        ("10.77.0.0", "10.77.0.0/24", False),
        ("10.77.0.255", "10.77.0.0/24", False),
        ("10.77.1.1", "10.77.0.0/24", False),
        ("10.77.0.0", "10.77.0.0/31", True),
    ],
)
def test_a_host_has_neither_end_of_a_network(address: str, network: str, may: bool) -> None:
    assert cidr.is_host_address(IPv4Address(address), IPv4Network(network)) is may
