"""What the functions of the plugin answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..provider.failures import Failure
from .made import ACCOUNT, PARTITION

IMAGE = "ami-0a1b2c3d4e5f60718"
"""The only machine image there is. An emulator has to know it too."""
# Parameters of AWS's own that say which image is the newest (Canonical: "Find Ubuntu images with AWS SSM")
_IMAGES = ("/aws/service/canonical/ubuntu/", "/aws/service/ami-amazon-linux-latest/")


def answer(token: str, region: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Raises:
    Failure: the function is not known here.
    """
    if token not in _FUNCTIONS:
        raise Failure(f"the stand-in for aws does not know {token}")
    return _FUNCTIONS[token](region, arguments)


def _caller(_: str, __: Mapping[str, Any]) -> dict[str, Any]:
    arn = f"arn:{PARTITION}:iam::{ACCOUNT}:user/operator"
    return {"accountId": ACCOUNT, "arn": arn, "id": ACCOUNT, "userId": "AIDAEXAMPLE"}


def _partition(_: str, __: Mapping[str, Any]) -> dict[str, Any]:
    return {"partition": PARTITION, "dnsSuffix": "amazonaws.com", "id": PARTITION}


def _region(region: str, _: Mapping[str, Any]) -> dict[str, Any]:
    return {"region": region, "name": region, "id": region}


def _parameter(region: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    name = str(arguments["name"])
    if not name.startswith(_IMAGES):
        raise Failure(f"ParameterNotFound: there is no parameter {name}")
    arn = f"arn:{PARTITION}:ssm:{region}::parameter{name}"
    text = {"value": IMAGE, "insecureValue": IMAGE}
    return {"id": name, "name": name, "arn": arn, "type": "String", "version": 1, **text}


_FUNCTIONS: dict[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:ssm/getParameter:getParameter": _parameter,
}
