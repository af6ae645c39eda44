"""All policies, in the order in which the documentation lists them."""

from __future__ import annotations

from archive_platform.policy import (
    accounts,
    buckets,
    databases,
    deliveries,
    entrance,
    functions,
    identities,
    networks,
    servers,
    watching,
)
from archive_platform.policy.model import Policy

AREAS: dict[str, tuple[Policy, ...]] = {
    "Account": accounts.POLICIES,
    "Network": networks.POLICIES,
    "Servers": servers.POLICIES,
    "Entrance": entrance.POLICIES,
    "Databases": databases.POLICIES,
    "Buckets": buckets.POLICIES,
    "CloudFront": deliveries.POLICIES,
    "Functions": functions.POLICIES,
    "Identities": identities.POLICIES,
    "Keys, logs and alarms": watching.POLICIES,
}
POLICIES: tuple[Policy, ...] = tuple(policy for policies in AREAS.values() for policy in policies)
