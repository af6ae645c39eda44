"""A resource in the making: the numbers and names that AWS gives, in AWS's form.

They follow from the resource's URN and inputs alone, so that a resource that is made again is the same, and nothing is
kept between two runs of the plugin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

ACCOUNT, PARTITION = "123456789012", "aws"
Inputs: TypeAlias = Mapping[str, Any]


class Made:
    """One resource in the making."""

    def __init__(self, urn: str, inputs: Inputs, region: str, old: Inputs) -> None:
        """`old` are the outputs that it had; none where it is new."""
        self.type, self.name = urn.split("::")[2].rpartition("$")[2], urn.rpartition("::")[2]
        self.inputs = inputs
        self.old = old
        self.region = str(inputs.get("region") or region)
        self.hash = hashlib.sha256(urn.encode()).hexdigest()

    def number(self, prefix: str) -> str:
        """As in vpc-0a1b2c3d4e5f60718."""
        return f"{prefix}-0{self.hash[:16]}"

    def named(self) -> str:
        """The physical name (see `naming`)."""
        return str(self.inputs["name"])

    def arn(self, service: str, rest: str, *, region: bool = True, account: bool = True) -> str:
        place = self.region if region else ""
        return f"arn:{PARTITION}:{service}:{place}:{ACCOUNT if account else ''}:{rest}"


def plain(prefix: str, service: str = "ec2", kind: str | None = None) -> Callable[[Made], dict[str, Any]]:
    """A resource of EC2 that is known by its number."""

    def make(made: Made) -> dict[str, Any]:
        number = made.number(prefix)
        return {"id": number, "arn": made.arn(service, f"{kind or prefix}/{number}")}

    return make


def association(prefix: str) -> Callable[[Made], dict[str, Any]]:
    return lambda made: {"id": made.number(prefix)}


def called(service: str, kind: str) -> Callable[[Made], dict[str, Any]]:
    """A resource that is known by its name."""

    def make(made: Made) -> dict[str, Any]:
        name = made.named()
        return {"id": name, "name": name, "arn": made.arn(service, f"{kind}{name}")}

    return make
