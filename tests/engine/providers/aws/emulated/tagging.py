"""How each service is told a resource's tags, once it is there and whenever they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...provider.failures import Failure
from .kind import Asked


def tag(asked: Asked, service: str, arn: str, before: Mapping[str, str]) -> None:
    """Give it the tags of `asked`, where it had those `before`.

    Raises:
        Failure: how the service is told is not known.
    """
    if dict(asked.tags) == dict(before):
        return
    if service not in _SERVICES:
        raise Failure(f"{asked.type}: the stand-in does not know how {service} is told tags")
    tagging = _SERVICES[service]
    of = tagging.of(asked, arn)
    gone = sorted(before.keys() - asked.tags.keys())
    if gone and tagging.take:
        asked.call(service, tagging.take.format(**of.words), **of.parameters, **tagging.names(gone))
    if asked.tags:
        asked.call(service, tagging.give.format(**of.words), **of.parameters, **tagging.tags(asked.tags))


@dataclass(frozen=True)
class Of:
    """Parameters that say whose tags, and words for the names of the operations."""

    parameters: Mapping[str, Any]
    words: Mapping[str, str]


@dataclass(frozen=True)
class Tagging:
    """A service's operations, and the forms that they take tags and names of tags in."""

    give: str
    take: str
    of: Callable[[Asked, str], Of]
    tags: Callable[[Mapping[str, str]], dict[str, Any]]
    names: Callable[[Sequence[str]], dict[str, Any]]


def _id(parameter: str, *, many: bool = False) -> Callable[[Asked, str], Of]:
    return lambda asked, _: Of({parameter: [asked.id] if many else asked.id}, {})


def _arn(parameter: str, *, many: bool = False) -> Callable[[Asked, str], Of]:
    return lambda _, arn: Of({parameter: [arn] if many else arn}, {})


def _kind(kind: str) -> Callable[[Asked, str], Of]:
    return lambda asked, _: Of({"ResourceType": kind, "ResourceId": asked.id}, {})


def _of_iam(asked: Asked, arn: str) -> Of:
    """IAM has operations for each kind of its resources."""
    kinds = {
        "Role": ("role", "RoleName"),
        "Policy": ("policy", "PolicyArn"),
        "InstanceProfile": ("instance_profile", "InstanceProfileName"),
        "OpenIdConnectProvider": ("open_id_connect_provider", "OpenIDConnectProviderArn"),
    }
    word, parameter = kinds[asked.type.rpartition(":")[2]]
    return Of({parameter: asked.id}, {"kind": word})


def _listed(parameter: str, key: str = "Key", value: str = "Value") -> Callable[[Mapping[str, str]], dict[str, Any]]:
    return lambda tags: {parameter: [{key: name, value: each} for name, each in tags.items()]}


def _mapped(parameter: str) -> Callable[[Mapping[str, str]], dict[str, Any]]:
    return lambda tags: {parameter: dict(tags)}


def _named(parameter: str) -> Callable[[Sequence[str]], dict[str, Any]]:
    return lambda gone: {parameter: list(gone)}


def _keyed(parameter: str) -> Callable[[Sequence[str]], dict[str, Any]]:
    return lambda gone: {parameter: [{"Key": name} for name in gone]}


def _usual(of: str) -> Tagging:
    return Tagging("tag_resource", "untag_resource", _arn(of), _listed("Tags"), _named("TagKeys"))


_TO_RESOURCE = ("add_tags_to_resource", "remove_tags_from_resource")
_SERVICES = {
    "acm": Tagging(
        "add_tags_to_certificate",
        "remove_tags_from_certificate",
        _arn("CertificateArn"),
        _listed("Tags"),
        _keyed("Tags"),
    ),
    "cloudfront": Tagging(
        "tag_resource",
        "untag_resource",
        _arn("Resource"),
        lambda tags: {"Tags": _listed("Items")(tags)},
        lambda gone: {"TagKeys": _named("Items")(gone)},
    ),
    "cloudwatch": _usual("ResourceARN"),
    "ec2": Tagging("create_tags", "delete_tags", _id("Resources", many=True), _listed("Tags"), _keyed("Tags")),
    "elasticache": Tagging(*_TO_RESOURCE, _arn("ResourceName"), _listed("Tags"), _named("TagKeys")),
    "elbv2": Tagging("add_tags", "remove_tags", _arn("ResourceArns", many=True), _listed("Tags"), _named("TagKeys")),
    "iam": Tagging("tag_{kind}", "untag_{kind}", _of_iam, _listed("Tags"), _named("TagKeys")),
    "kms": Tagging(
        "tag_resource", "untag_resource", _id("KeyId"), _listed("Tags", "TagKey", "TagValue"), _named("TagKeys")
    ),
    "lambda": Tagging("tag_resource", "untag_resource", _arn("Resource"), _mapped("Tags"), _named("TagKeys")),
    "logs": Tagging("tag_resource", "untag_resource", _arn("resourceArn"), _mapped("tags"), _named("tagKeys")),
    "rds": Tagging(*_TO_RESOURCE, _arn("ResourceName"), _listed("Tags"), _named("TagKeys")),
    "route53": Tagging(
        "change_tags_for_resource",
        "change_tags_for_resource",
        _kind("healthcheck"),
        _listed("AddTags"),
        _named("RemoveTagKeys"),
    ),
    # All of them at once: what is not told is gone
    "s3": Tagging(
        "put_bucket_tagging", "", _id("Bucket"), lambda tags: {"Tagging": _listed("TagSet")(tags)}, _named("")
    ),
    "secretsmanager": Tagging("tag_resource", "untag_resource", _id("SecretId"), _listed("Tags"), _named("TagKeys")),
    "sns": _usual("ResourceArn"),
    "ssm": Tagging(*_TO_RESOURCE, _kind("Parameter"), _listed("Tags"), _named("TagKeys")),
    "wafv2": _usual("ResourceARN"),
}
