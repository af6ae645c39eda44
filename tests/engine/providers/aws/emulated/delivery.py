"""CloudFront's distributions, and who is sent the record of what they deliver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .kind import Asked, Called, Kind, Op, Outputs, Written, fitted, once_missing

# The Terraform provider's own way of waiting and keeping
_SILENT = frozenset({"region", "retainOnDelete", "waitForDeployment"})
_RENAMED = {
    "isIpv6Enabled": "IsIPV6Enabled",
    "originId": "Id",
    "restrictionType": "RestrictionType",
    "geoRestriction.locations": "Items",
}


def _config(asked: Asked) -> dict[str, Any]:
    """A distribution's settings are told as a whole."""
    given = {name: value for name, value in asked.inputs.items() if name not in _SILENT}
    given["defaultCacheBehavior"] = _behavior(given["defaultCacheBehavior"])
    if given.get("orderedCacheBehaviors"):
        given["cacheBehaviors"] = [_behavior(each) for each in given.pop("orderedCacheBehaviors")]
    given["restrictions"] = {"geoRestriction": _places(given["restrictions"]["geoRestriction"])}
    config = {"callerReference": asked.id or asked.look("unique"), "comment": "", **given}
    parameters = fitted(asked, "cloudfront", "create_distribution", {"distributionConfig": config}, _RENAMED)
    return parameters["DistributionConfig"]


def _behavior(given: Mapping[str, Any]) -> dict[str, Any]:
    """CloudFront has the methods whose answers are kept within those that are allowed."""
    told = {name: value for name, value in given.items() if name != "cachedMethods"}
    allowed, cached = given.get("allowedMethods") or [], given.get("cachedMethods") or []
    return {**told, "allowedMethods": {**_counted(allowed), "cachedMethods": _counted(cached)}}


def _places(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"restrictionType": given["restrictionType"], **_counted(given.get("locations") or [])}


def _counted(items: list[Any]) -> dict[str, Any]:
    return {"quantity": len(items), "items": items}


def _create(asked: Asked) -> str:
    answer = asked.call("cloudfront", "create_distribution", DistributionConfig=_config(asked))
    asked.id = answer["Distribution"]["Id"]
    return asked.id


def _find(asked: Asked) -> dict[str, Any] | None:
    return once_missing(lambda: asked.call("cloudfront", "get_distribution", Id=asked.id))


def _read(asked: Asked) -> Outputs | None:
    answer = _find(asked)
    if answer is None:
        return None
    found = answer["Distribution"]
    enabled = found["DistributionConfig"]["Enabled"]
    return {
        **({"enabled": enabled} if enabled != asked.inputs["enabled"] else {}),
        "arn": found["ARN"],
        "domainName": found["DomainName"],
        "etag": answer["ETag"],
        "hostedZoneId": "Z2FDTNDATAQYW2",  # of every distribution (Route 53 API, AliasTarget)
    }


def _put(asked: Asked, **change: Any) -> str | None:
    answer = _find(asked)
    if answer is None:
        return None
    config = {**_config(asked), **change}
    return asked.call(
        "cloudfront", "update_distribution", Id=asked.id, IfMatch=answer["ETag"], DistributionConfig=config
    )["ETag"]


def _change(asked: Asked, _: frozenset[str]) -> None:
    _put(asked)


def _delete(asked: Asked) -> None:
    """One that delivers is not deleted."""
    tag = _put(asked, Enabled=False)
    if tag is not None:
        asked.call("cloudfront", "delete_distribution", Id=asked.id, IfMatch=tag)


KINDS: dict[str, Kind] = {
    "aws:cloudfront/distribution:Distribution": Written("cloudfront", _create, _read, _delete, _change),
    "aws:cloudfront/originAccessControl:OriginAccessControl": Called(
        "cloudfront",
        Op("create_origin_access_control"),
        "answer.OriginAccessControl.Id",
        Op("get_origin_access_control", Id="id"),
        "OriginAccessControl",
        Op("delete_origin_access_control", Id="id"),
        within="originAccessControlConfig",
        arn="cloudfront:origin-access-control/{id}",
        tagged=False,
    ),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": Called(
        "logs",
        Op("put_delivery_source"),
        "inputs.name",
        Op("get_delivery_source", name="id"),
        "deliverySource",
        Op("delete_delivery_source", name="id"),
        outputs={"arn": "arn", "service": "service"},
    ),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": Called(
        "logs",
        Op("put_delivery_destination"),
        "inputs.name",
        Op("get_delivery_destination", name="id"),
        "deliveryDestination",
        Op("delete_delivery_destination", name="id"),
        outputs={"arn": "arn"},
    ),
    "aws:cloudwatch/logDelivery:LogDelivery": Called(
        "logs",
        Op("create_delivery"),
        "answer.delivery.id",
        Op("get_delivery", id="id"),
        "delivery",
        Op("delete_delivery", id="id"),
        renamed={"s3DeliveryConfigurations": "s3DeliveryConfiguration"},
        outputs={"arn": "arn"},
    ),
}
