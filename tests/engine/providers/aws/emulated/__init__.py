"""What an emulator of AWS serves: each type of resource, by the calls that make, find, change and delete it."""

from __future__ import annotations

from . import (
    caches,
    databases,
    delivery,
    firewall,
    functions,
    iam,
    keys_and_secrets,
    load_balancers,
    names,
    network,
    security_groups,
    servers,
    storage,
    vpn,
    watch,
)
from .kind import Kind

_MODULES = (
    caches,
    databases,
    delivery,
    firewall,
    functions,
    iam,
    keys_and_secrets,
    load_balancers,
    names,
    network,
    security_groups,
    servers,
    storage,
    vpn,
    watch,
)
KINDS: dict[str, Kind] = {token: kind for module in _MODULES for token, kind in module.KINDS.items()}
"""Every type that is served. What is not here is computed (see `computed`)."""
