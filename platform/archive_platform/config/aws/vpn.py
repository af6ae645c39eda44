"""The tunnel between the network on AWS and one of one's own."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated

from pydantic import AfterValidator, Field

from archive_platform.config.rules import Group, Rule, Wrong
from archive_platform.config.types import Address, Network, Whole, unique


def public(address: IPv4Address) -> IPv4Address:
    """A validator of addresses that AWS reaches through the internet."""
    if not address.is_global:
        raise Wrong(
            must="be a public IPv4 address",
            why="AWS reaches it through the internet",
            mend="Set the address that your router shows the world",
        )
    return address


class VpnSettings(Group):
    """`archive:vpn`: what a `Vpn` is made of."""

    address: Annotated[
        Annotated[Address, AfterValidator(public)],
        Rule("be an IPv4 address", "both tunnels end there", "Set the address that your router shows the world"),
    ]
    networks: Annotated[
        tuple[Network, ...],
        Field(min_length=1),
        AfterValidator(unique),
        Rule(
            "be a list of networks",
            "they are reached through the tunnels",
            "Set those of your servers, as in [10.0.0.0/24]",
            item="be a network",
        ),
    ]
    key_generation: Annotated[
        Whole,
        Field(ge=1),
        Rule("be 1 or more", "each new number makes new keys for both tunnels", "Raise it by one"),
    ] = 1
