"""The inventory of the tests of `load_balancer`."""

from __future__ import annotations

import re
from typing import Any

from tests.infra.onprem.paper import HOSTS, settings

from archive_platform.config.onprem import OnPrem

INVENTORY = {
    **{name: told for name, told in HOSTS.items() if name != "s1"},
    "w2": ("10.0.0.32", "worker"),
}

BOTH_ROLES = [
    {"name": "lb1", "address": "10.0.0.11", "roles": ["load-balancer"]},
    {"name": "lb2", "address": "10.0.0.12", "roles": ["load-balancer"]},
    {"name": "cp1", "address": "10.0.0.21", "roles": ["control-plane", "worker"]},
]


def known(lost: str = "", **own: Any) -> OnPrem:
    """Two load balancers, three control planes, two workers; `lost` matches names."""
    hosts = [
        {"name": name, "address": address, "roles": [role], "lost": bool(lost and re.fullmatch(lost, name))}
        for name, (address, role) in INVENTORY.items()
    ]
    return settings(hosts=hosts, **own)
