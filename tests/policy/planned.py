"""The stack of AWS as it is asked for, without an engine: what policies and checkov are held against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.infra.aws.answers import ACCOUNT
from tests.infra.aws.whole_stack import EVERYTHING, NEEDED, whole_stack
from tests.infra.recorded import Recorded

from archive_platform.policy import Resource
from archive_platform.policy.model import PROVIDER

COMMON: dict[str, Any] = {**NEEDED, "aws": {"account": ACCOUNT}, "owner": "platform@example.com"}
ORIGINS = {"uploadOrigins": ["https://archive.example.com"]}
CONNECTED = {key: EVERYTHING[key] for key in ("identity", "vpn", "network", "loadBalancer", "watch")}
# dev as it is by default, prod connected with all that it may be, and prod with everything that can be chosen
SETTINGS: dict[str, dict[str, Any]] = {
    "dev": {**COMMON, "environment": "dev", "identity": EVERYTHING["identity"]},
    "prod": {**COMMON, "environment": "prod", **CONNECTED, "storage": ORIGINS},
    "everything": {
        **COMMON,
        "environment": "prod",
        **EVERYTHING,
        "storage": {**EVERYTHING["storage"], **ORIGINS},
    },
}


def planned(name: str, **more: Mapping[str, Any]) -> Recorded:
    """What the program of stacks/aws asks for with settings of `SETTINGS`; those of `more` are added group by group."""
    settings: dict[str, Any] = dict(SETTINGS[name])
    for group, values in more.items():
        settings[group] = {**settings.get(group, {}), **values}
    return _planned(json.dumps(settings))


@cache
def _planned(settings: str) -> Recorded:
    return whole_stack(**json.loads(settings))


def resources(made: Recorded) -> list[Resource]:
    """As the policies see them."""
    providers = {each.urn: each.inputs for each in made.of(PROVIDER)}
    return [
        Resource(
            type=each.type,
            name=each.name,
            urn=each.urn,
            properties=each.inputs,
            provider=providers.get(each.wire.provider.rpartition("::")[0], {}),
            protected=each.wire.protect,
            links={name: list(found.urns) for name, found in each.wire.propertyDependencies.items() if found.urns},
        )
        for each in made
        if not each.is_component
    ]
