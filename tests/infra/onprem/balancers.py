"""The inventory of the tests of `load_balancer`."""

from __future__ import annotations

import re
from typing import Any

from tests.infra.onprem.paper import settings

from archive_platform.config.onprem import OnPrem

INVENTORY = {
    "lb1": ("10.0.0.11", "load-balancer"),
    "lb2": ("10.0.0.12", "load-balancer"),
    "cp1": ("10.0.0.21", "control-plane"),
    "cp2": ("10.0.0.22", "control-plane"),
    "cp3": ("10.0.0.23", "control-plane"),
    "w1": ("10.0.0.31", "worker"),
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
