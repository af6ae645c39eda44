"""Buckets, and what is set about one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ...provider.failures import Failure
from .account import Refused
from .kind import Asked, Kind, Outputs, Written, fitted, once_missing


def _create_bucket(asked: Asked) -> str:
    name = asked.inputs["bucket"]
    region = asked.inputs.get("region") or asked.account.region
    # us-east-1 is told by saying nothing
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    asked.call("s3", "create_bucket", Bucket=name, **place)
    asked.id = name
    return name


def _read_bucket(asked: Asked) -> Outputs | None:
    if once_missing(lambda: asked.call("s3", "head_bucket", Bucket=asked.id)) is None:
        return None
    place = asked.inputs.get("region") or asked.account.region
    return {
        "arn": f"arn:aws:s3:::{asked.id}",
        "bucket": asked.id,
        "bucketDomainName": f"{asked.id}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{asked.id}.s3.{place}.amazonaws.com",
        "region": place,
    }


def _change_bucket(asked: Asked, changed: frozenset[str]) -> None:
    if changed != {"forceDestroy"}:
        raise Failure(f"{asked.type}: {', '.join(sorted(changed))} is set by a resource of its own")


def _delete_bucket(asked: Asked) -> None:
    if asked.inputs.get("forceDestroy"):
        _empty(asked)
    once_missing(lambda: asked.call("s3", "delete_bucket", Bucket=asked.id))


def _empty(asked: Asked) -> None:
    answer: Any = once_missing(lambda: asked.call("s3", "list_object_versions", Bucket=asked.id)) or {}
    for version in [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]:
        asked.call("s3", "delete_object", Bucket=asked.id, Key=version["Key"], VersionId=version["VersionId"])


class Setting:
    """One of a bucket's settings: put as a whole, and taken away as a whole.

    `word` as in put_bucket_policy, `parameter` what that operation takes, `shaped` the inputs in AWS's form. `taken`
    is the operation that takes it away; where there is none, it stays as it is while the bucket is there. `empty` says
    that it may be there and say nothing.
    """

    service, tagged = "s3", False

    def __init__(
        self,
        word: str,
        parameter: str,
        shaped: Callable[[Asked], Mapping[str, Any] | str],
        taken: str | None = None,
        *,
        empty: bool = False,
    ) -> None:
        self._empty = empty
        self._word, self._parameter, self._shaped = word, parameter, shaped
        self._taken = f"delete_{word}" if taken is None else taken

    def create(self, asked: Asked) -> str:
        self._put(asked)
        return asked.inputs["bucket"]

    def read(self, asked: Asked) -> Outputs | None:
        bucket = asked.inputs["bucket"]
        answer: Any = once_missing(lambda: asked.call("s3", f"get_{self._word}", Bucket=bucket))
        told = {name for name in answer or {} if name != "ResponseMetadata"}
        return {} if told or (self._empty and answer is not None) else None

    def update(self, asked: Asked, _: frozenset[str]) -> None:
        self._put(asked)

    def delete(self, asked: Asked) -> None:
        if self._taken:
            once_missing(lambda: asked.call("s3", self._taken, Bucket=asked.inputs["bucket"]))

    def _put(self, asked: Asked) -> None:
        operation, value = f"put_{self._word}", self._shaped(asked)
        parameters = {self._parameter: value}
        if not isinstance(value, str):
            parameters = fitted(asked, "s3", operation, parameters, {})
        asked.call("s3", operation, Bucket=asked.inputs["bucket"], **parameters)


def _policy(asked: Asked) -> str:
    """S3 takes a bucket's policy only about the bucket itself.

    A list of one resource is told as that resource, and everybody as every account, which are the same: moto looks for
    writers of logs so.
    """
    policy: dict[str, Any] = json.loads(asked.inputs["policy"])
    own = f"arn:aws:s3:::{asked.inputs['bucket']}"
    for statement in policy["Statement"]:
        named = statement["Resource"]
        resources: list[str] = [named] if isinstance(named, str) else named
        for resource in resources:
            if resource != own and not resource.startswith(f"{own}/"):
                raise Refused("MalformedPolicy", f"MalformedPolicy: Policy has invalid resource {resource}")
        statement["Resource"] = resources[0] if len(resources) == 1 else resources
        if statement.get("Principal") == "*":
            statement["Principal"] = {"AWS": "*"}
    return json.dumps(policy)


def _only(*names: str) -> Callable[[Asked], Mapping[str, Any]]:
    return lambda asked: {name: asked.inputs[name] for name in names if asked.inputs.get(name) is not None}


def _versioning(asked: Asked) -> Mapping[str, Any]:
    return asked.inputs["versioningConfiguration"]


def _logging(asked: Asked) -> Mapping[str, Any]:
    return {"loggingEnabled": _only("targetBucket", "targetPrefix")(asked)}


def _lifecycle(asked: Asked) -> Mapping[str, Any]:
    """A rule's only filter may be empty, and then it is for all."""
    rules: list[dict[str, Any]] = []
    for rule in asked.inputs["rules"]:
        expiration = rule.get("expiration")
        told = {name: value for name, value in rule.items() if name != "expiration" or value}
        if isinstance(expiration, Mapping) and not any(expiration.values()):
            told.pop("expiration", None)
        rules.append(told)
    return {"rules": rules}


_NOTIFIED = {
    "lambdaFunctions": "lambdaFunctionConfigurations",
    "queues": "queueConfigurations",
    "topics": "topicConfigurations",
}


def _notification(asked: Asked) -> Mapping[str, Any]:
    told = {_NOTIFIED[name]: asked.inputs[name] for name in _NOTIFIED if asked.inputs.get(name)}
    return {**told, **({"eventBridgeConfiguration": {}} if asked.inputs.get("eventbridge") else {})}


KINDS: dict[str, Kind] = {
    "aws:s3/bucket:Bucket": Written("s3", _create_bucket, _read_bucket, _delete_bucket, _change_bucket),
    "aws:s3/bucketPolicy:BucketPolicy": Setting("bucket_policy", "Policy", _policy),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Setting(
        "public_access_block",
        "PublicAccessBlockConfiguration",
        _only("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Setting(
        "bucket_ownership_controls", "OwnershipControls", _only("rule")
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Setting(
        "bucket_encryption", "ServerSideEncryptionConfiguration", _only("rules")
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Setting(
        "bucket_versioning", "VersioningConfiguration", _versioning, taken=""
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Setting(
        "bucket_lifecycle_configuration", "LifecycleConfiguration", _lifecycle, taken="delete_bucket_lifecycle"
    ),
    "aws:s3/bucketLogging:BucketLogging": Setting("bucket_logging", "BucketLoggingStatus", _logging, taken=""),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": Setting(
        "bucket_cors", "CORSConfiguration", _only("corsRules")
    ),
    "aws:s3/bucketNotification:BucketNotification": Setting(
        "bucket_notification_configuration", "NotificationConfiguration", _notification, taken="", empty=True
    ),
}
