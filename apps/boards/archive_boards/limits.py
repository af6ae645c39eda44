"""How often one member, and one address, may do something on a board. All limits stand in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import has_request_context, request

from archive_boards.writers import Writer
from archive_chassis import ratelimit


@dataclass(frozen=True)
class Limit:
    """Uses that are allowed in a window of `seconds`: of one member, and of one address.

    An address may do much more than a member: a school, a PC bang or a mobile network has one for all its people. Its
    limit is for somebody who goes from account to account.
    """

    member: int
    address: int
    seconds: int


LIMITS: Mapping[str, Limit] = {
    "post": Limit(member=20, address=100, seconds=600),
    "comment": Limit(member=60, address=300, seconds=600),
    "draft": Limit(member=300, address=3_000, seconds=600),
    "vote": Limit(member=120, address=1_200, seconds=600),
    "confirm": Limit(member=60, address=600, seconds=600),
    "picture": Limit(member=60, address=600, seconds=3_600),
    "report": Limit(member=20, address=100, seconds=86_400),
}


def spend(kind: str, writer: Writer) -> None:
    """Count one use of `kind` (a key of LIMITS) by a member, and by the address that the request came from.

    RateLimited beyond either. Work without a request, such as an import, has no address. To be called before the
    request's transaction begins: SQLite has one writer, and the counts are committed by themselves.
    """
    limit = LIMITS[kind]
    ratelimit.spend(kind, str(writer.id), limit.member, limit.seconds)
    if has_request_context() and request.remote_addr:
        ratelimit.spend(f"{kind} address", network(request.remote_addr), limit.address, limit.seconds)


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 of an IPv6 address, which one household has to itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
