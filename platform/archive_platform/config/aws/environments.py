"""What `dev` and `prod` set where the stack's file says nothing: the one place where they differ.

`dev` is cheap (under 2 USD a day) and may be lost, `prod` outlives a zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

DEFAULTS: dict[str, dict[str, Any]] = {
    "dev": {
        "network": {"nat": "none", "ipv6": True},
        "loadBalancer": {"protect": False, "firewall": False},
        "database": {"instanceClass": "db.t4g.micro", "multiZone": False, "backupDays": 1, "protect": False},
        "compute": {"instanceType": "t4g.small", "minimum": 1, "maximum": 2, "spot": True},
        "storage": {"keep": False},
        "watch": {"monthlyBudget": 100},
    },
    "prod": {
        "network": {"nat": "per-zone"},
        "loadBalancer": {"protect": True, "firewall": True},
        "database": {"instanceClass": "db.m7g.large", "multiZone": True, "backupDays": 14, "protect": True},
        "compute": {"instanceType": "m7g.large", "minimum": 2, "maximum": 6, "spot": False},
        "storage": {"keep": True},
        "watch": {"monthlyBudget": 900},
    },
}


def completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values over their environment's defaults. An environment that there is none of has no defaults."""
    environment = values.get("environment", "dev")
    defaults = DEFAULTS.get(environment, {}) if isinstance(environment, str) else {}
    return _over(defaults, values)


def _over(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    found = {**defaults, **values}
    for key, default in defaults.items():
        value = found[key]
        if isinstance(default, Mapping) and isinstance(value, Mapping):
            found[key] = _over(cast("Mapping[str, Any]", default), cast("Mapping[str, Any]", value))
    return found
