"""What is wrong between the settings of a cluster, though each is well by itself."""

from __future__ import annotations

from collections.abc import Iterator

from archive_platform.config.draft import Draft
from archive_platform.config.onprem.conflicts import addresses, hosts, logins, networks, services
from archive_platform.config.onprem.conflicts.known import Known
from archive_platform.config.rules import Conflict

__all__ = ["conflicts"]


def conflicts(draft: Draft) -> Iterator[Conflict]:
    """All of them, of settings that may hold other mistakes."""
    known = Known.of(draft)
    for checks in (hosts, logins, networks, addresses, services):
        yield from checks.conflicts(known)
