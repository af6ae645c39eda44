"""How visitors come in: the community's name, its load balancer, and who else answers behind it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from archive_platform.config.aws.vpn import public
from archive_platform.config.rules import Group, Rule, holding
from archive_platform.config.types import Address, HostName, Whole, is_address, matching, unique

WAF_LEAST, WAF_MOST = 10, 2_000_000_000  # AWS WAF's own, for a rate-based rule


def _name(name: str) -> str:
    if is_address(name) or "." not in name:
        raise ValueError("no name")
    return name


class DomainSettings(Group):
    """`archive:domain`: under which name the community is found, and who answers for that name."""

    name: Annotated[
        Annotated[HostName, AfterValidator(_name)],
        Rule("be a DNS name", "the community is found there, and its certificate is for it", "Set one you own"),
    ]
    zone_id: Annotated[
        Annotated[str, AfterValidator(matching(r"Z[A-Z0-9]{1,31}"))],
        Rule(
            "be the id of a hosted zone, which begins with Z",
            "the name's records are written there, and show that the name is yours",
            "Set the zone's that the name is in (see: aws route53 list-hosted-zones)",
        ),
    ]
    standby: Annotated[
        Annotated[Address, AfterValidator(public)] | None,
        Rule(
            "be an IPv4 address",
            "the name leads there while the load balancer does not answer",
            "Set the public address of your other cluster, or leave it out",
        ),
    ] = None


class HybridSettings(Group):
    """`archive:loadBalancer.hybrid`: a cluster on servers of your own that takes a part of the requests."""

    addresses: Annotated[
        tuple[Address, ...],
        AfterValidator(unique),
        Rule(
            "be a list of IPv4 addresses",
            "requests for the other cluster go there, through the VPN",
            "Set its ingress address, as in [10.0.0.101]",
            item="be an IPv4 address",
        ),
    ] = ()
    share: Annotated[
        Whole,
        Field(ge=0, le=100),
        Rule("be 0 to 100", "so many of a hundred requests go to the other cluster", "Set 0 to send it none"),
    ] = 0
    controlled: Annotated[
        bool,
        Rule(
            "be true or false",
            "when a controller moves the share, pulumi up leaves it as it finds it",
            "Set true only with a controller: a share alone answers 503 when the other cluster is down",
        ),
    ] = False


class BalancerSettings(Group):
    """`archive:loadBalancer`: what a `LoadBalancer` is made of."""

    protect: Annotated[
        bool,
        Rule("be true or false", "a protected load balancer is not deleted by mistake", "Set true where it is used"),
    ] = True
    firewall: Annotated[
        bool,
        Rule(
            "be true or false",
            "AWS WAF refuses known attacks and floods, at about 0.3 USD a day and 0.6 USD a million requests",
            "Set true where the community is public",
        ),
    ] = True
    requests_per_five_minutes: Annotated[
        Whole,
        Field(ge=WAF_LEAST, le=WAF_MOST),
        Rule(
            f"be {WAF_LEAST} to {WAF_MOST}",
            "the firewall refuses an address that sends more in five minutes",
            "Set 3000, or more if many visitors share an address",
        ),
    ] = 3000
    hybrid: Annotated[
        HybridSettings,
        holding("the cluster that takes a part of the requests"),
    ] = HybridSettings()
