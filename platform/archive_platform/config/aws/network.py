"""The network on AWS: its addresses, its zones, and the ways out of it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from archive_platform.cidr import ZONE_SLOTS
from archive_platform.config.draft import Draft
from archive_platform.config.rules import Conflict, Group, Rule, Wrong
from archive_platform.config.types import Network, Whole, unique

LARGEST, SMALLEST = 16, 20
PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))  # RFC 1918
RETENTION_DAYS = (365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""What CloudWatch Logs can keep (PutRetentionPolicy), from a year on: a break-in is often found late (CKV_AWS_338)."""

ZoneLetter = Literal["a", "b", "c", "d"]
InterfaceService = Literal[
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
]


def _private(network: IPv4Network) -> IPv4Network:
    if not LARGEST <= network.prefixlen <= SMALLEST:
        raise ValueError("another size")
    if not any(network.subnet_of(private) for private in PRIVATE):
        raise Wrong(
            must="be a private network",
            why="addresses of others would no longer be reached (RFC 1918)",
            mend="Choose one within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
        )
    return network


def _kept(days: int) -> int:
    if days not in RETENTION_DAYS:
        raise ValueError("no period of CloudWatch Logs")
    return days


class NetworkSettings(Group):
    """`archive:network`: what a `Network` is made of."""

    cidr: Annotated[
        Annotated[Network, AfterValidator(_private)],
        Rule(
            f"be a network of /{LARGEST} to /{SMALLEST}",
            f"{ZONE_SLOTS} tiers of {ZONE_SLOTS} zones have a subnet each, and AWS allows no VPC larger than /16",
            "Set one that no network you connect it with overlaps, as in 10.20.0.0/16",
        ),
    ] = IPv4Network("10.20.0.0/16")
    zones: Annotated[
        tuple[ZoneLetter, ...],
        Field(min_length=2, max_length=3),
        AfterValidator(unique),
        Rule(
            "be a list of 2 or 3 of a, b, c and d",
            "databases and load balancers need two zones, and a subnet's addresses follow its zone's letter",
            "Set zones that your account has, as in [a, c] (see: aws ec2 describe-availability-zones)",
            item="be a, b, c or d",
        ),
    ] = ("a", "c")
    nat: Annotated[
        Literal["none", "single", "per-zone"],
        Rule(
            "be none, single or per-zone",
            "each NAT gateway costs about 1.4 USD a day; with none, servers stand in the public subnets behind closed"
            " security groups",
            "Set per-zone where the community has to outlive a zone, single or none where it is cheap",
        ),
    ] = "per-zone"
    interface_endpoints: Annotated[
        tuple[InterfaceService, ...],
        AfterValidator(unique),
        Rule(
            "be a list of AWS services",
            "private subnets reach them without a way out, at about 0.3 USD a day for each and each zone",
            "Set them, as in [ssm, ssmmessages], or leave it out",
            item=f"be one of {', '.join(get_args(InterfaceService))}",
        ),
    ] = ()
    flow_log_days: Annotated[
        Annotated[Whole, AfterValidator(_kept)],
        Rule(
            f"be one of {', '.join(map(str, RETENTION_DAYS))}",
            "flow logs are kept so many days in CloudWatch Logs, which knows these",
            "Set 365",
        ),
    ] = 365
    ipv6: Annotated[
        bool,
        Rule("be true or false", "it says whether the network has IPv6 addresses of AWS too", "Set true or false"),
    ] = False

    @staticmethod
    def way_conflicts(network: Draft) -> Iterable[Conflict]:
        """The function that makes schemas has no public address, and needs a way to Secrets Manager."""
        endpoints = network.get("interface_endpoints")
        if network.get("nat") == "none" and network.get("ipv6") is False and "secretsmanager" not in (endpoints or ()):
            yield Conflict(
                network.key("ipv6"),
                must="be true without NAT gateways",
                why="private subnets then reach AWS over IPv6 alone, and the databases' password is fetched from there",
                mend="Set true, or single for archive:network.nat, or add secretsmanager to"
                " archive:network.interfaceEndpoints",
            )
