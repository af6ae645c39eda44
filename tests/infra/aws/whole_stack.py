"""The whole program of stacks/aws, recorded."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

from pulumi.runtime import config
from tests.infra.aws.answers import Answers
from tests.infra.inventories import as_the_engine_has_it
from tests.infra.recorded import Recorded, record

from archive_platform.config import parse
from archive_platform.config.aws import Aws

PROGRAM = Path(__file__).parents[3] / "stacks" / "aws" / "__main__.py"
NEEDED: dict[str, Any] = {
    "domain": {"name": "archive.example.com", "zoneId": "Z0123456789ABC"},
    "compute": {"registry": "registry.example.com", "release": "1.0.0"},
}
VPN = {"address": "203.0.114.10", "networks": ["10.0.0.0/24"]}
IDENTITY = {"repository": "example/game-archive", "environment": "production"}
# What the settings offer and leave out by default
EVERYTHING: dict[str, Any] = {
    "vpn": VPN,
    "identity": IDENTITY,
    "network": {"interfaceEndpoints": ["ssm", "ecr.api"]},
    "domain": {**NEEDED["domain"], "standby": "203.0.114.20"},
    "loadBalancer": {"hybrid": {"addresses": ["10.0.0.101"], "share": 10}},
    "database": {"replica": True},
    "storage": {"distribution": True},
    "watch": {"emails": ["operators@example.com"], "slack": {"team": "T0123456789", "channel": "C0123456789"}},
}


def settings_of(**settings: Any) -> Aws:
    return parse(Aws, as_the_engine_has_it({**NEEDED, **settings}))


def whole_stack(**settings: Any) -> Recorded:
    """Everything that the program asks the engine for with these settings."""
    told = {f"archive:{key}": value for key, value in as_the_engine_has_it({**NEEDED, **settings}).items()}

    def program() -> None:
        runpy.run_path(str(PROGRAM), run_name="__main__")

    before = config.CONFIG.get()
    config.set_all_config(told)
    try:
        return record(program, Answers())
    finally:
        config.set_all_config(before)


def policy(text: str) -> list[dict[str, Any]]:
    """The statements of a policy document."""
    return json.loads(text)["Statement"]
