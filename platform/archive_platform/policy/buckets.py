"""Buckets: never public, reached over TLS alone, encrypted, versioned, watched, and not kept for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from archive_platform.policy.documents import compared, principals, several, statements
from archive_platform.policy.expect import (
    companion,
    equal,
    must,
    objects,
    shown,
    together,
)
from archive_platform.policy.model import UNKNOWN, Finding, Policy, References, Resource, Stack

BUCKET = "aws:s3/bucket:Bucket"
ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
CORS = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
ACL = "aws:s3/bucketAcl:BucketAcl"
COMPONENT = "Make it with archive_platform.aws.bucket.PrivateBucket"
ALGORITHMS = ("aws:kms", "aws:kms:dsse", "AES256")
OPEN_ACLS = ("public-read", "public-read-write", "authenticated-read", "website")


def _tls_alone(resource: Resource) -> Iterator[Finding]:
    if resource.at("policy") is UNKNOWN:
        return
    if not any(_refuses_plain(each) for each in statements(resource, "policy")):
        yield Finding("policy", "without such a statement", "deny everybody s3:* where aws:SecureTransport is false")


def _refuses_plain(statement: Any) -> bool:
    return (
        statement.get("Effect") == "Deny"
        and "*" in principals(statement)
        and {"s3:*", "*"} & set(several(statement.get("Action"))) != set()
        and ("Bool", "false") in compared(statement, "aws:securetransport")
    )


def _encrypted(resource: Resource) -> Iterator[Finding]:
    for number, rule in enumerate(objects(resource.each("rules"))):
        default = rule.get("applyServerSideEncryptionByDefault")
        used = cast("Mapping[str, Any]", default).get("sseAlgorithm") if isinstance(default, Mapping) else None
        if UNKNOWN not in (default, used) and used not in ALGORITHMS:
            path = f"rules[{number}].applyServerSideEncryptionByDefault.sseAlgorithm"
            yield Finding(path, shown(used), f"be {' or '.join(ALGORITHMS)}")


def _ages(resource: Resource) -> Iterator[Finding]:
    """A rule of the whole bucket ends what is left of uploads that never came, and versions that were replaced."""
    enabled = [rule for rule in objects(resource.each("rules")) if rule.get("status") == "Enabled"]
    for what in ("abortIncompleteMultipartUpload", "noncurrentVersionExpiration"):
        if resource.at("rules") is not UNKNOWN and not any(rule.get(what) for rule in enabled):
            yield Finding(f"rules[].{what}", "not set", "be set in a rule that is enabled")


def _logged(stack: Stack) -> Iterator[Finding]:
    """But for buckets that hold such logs: each access would write of itself."""
    holders = {id(found) for log in stack.of(LOGGING) for found in stack.linked(log, "targetBucket")}
    for bucket in stack.of(BUCKET):
        if id(bucket) not in holders and not stack.companions(bucket, LOGGING, "bucket"):
            yield Finding("access log", "missing", "be there: a BucketLogging that refers to it", bucket)


def _origins_named(resource: Resource) -> Iterator[Finding]:
    for number, rule in enumerate(objects(resource.each("corsRules"))):
        for origin in several(rule.get("allowedOrigins")):
            if origin is not UNKNOWN and not str(origin).startswith("https://"):
                yield Finding(f"corsRules[{number}].allowedOrigins", shown(origin), "be an https:// origin with a name")


BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

POLICIES = (
    Policy(
        "bucket-public-access-blocked",
        "S3 refuses every public access to a bucket",
        "one careless policy or ACL would show members' files to the world",
        COMPONENT,
        References(("2.1.4",), ("S3.8",), ("CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "CKV2_AWS_6")),
        (BUCKET, ACCESS_BLOCK),
        whole=companion(
            [BUCKET], ACCESS_BLOCK, "bucket", together(*(equal(each, True) for each in BLOCKS)), "public access block"
        ),
    ),
    Policy(
        "bucket-owner-enforced",
        "A bucket's owner owns every file in it, and no ACL counts",
        "a file of another account's could not be read or deleted by us",
        COMPONENT,
        References((), ("S3.12",), ("CKV2_AWS_65",)),
        (BUCKET, OWNERSHIP),
        whole=companion(
            [BUCKET], OWNERSHIP, "bucket", equal("rule.objectOwnership", "BucketOwnerEnforced"), "ownership controls"
        ),
    ),
    Policy(
        "bucket-no-open-acl",
        "A bucket has no ACL that opens it",
        "files would be there for whoever guesses their name",
        "Leave the acl out; who may read is for the bucket's policy to say",
        References((), ("S3.2", "S3.3"), ("CKV_AWS_20", "CKV_AWS_57")),
        (BUCKET, ACL),
        check=must("acl", lambda value: value not in OPEN_ACLS, "not be open"),
    ),
    Policy(
        "bucket-policy-tls-alone",
        "A bucket's policy refuses requests without TLS",
        "files and signed requests could be read on their way",
        COMPONENT,
        References(("2.1.1",), ("S3.5",), ("CKV_AWS_379",)),
        (BUCKET_POLICY,),
        check=_tls_alone,
    ),
    Policy(
        "bucket-has-policy",
        "A bucket has a policy",
        "without one it answers requests without TLS",
        COMPONENT,
        References(("2.1.1",), ("S3.5",)),
        (BUCKET, BUCKET_POLICY),
        whole=companion([BUCKET], BUCKET_POLICY, "bucket", _tls_alone, "bucket policy"),
    ),
    Policy(
        "bucket-versioned",
        "A bucket keeps what was overwritten or deleted",
        "a mistake, or somebody with stolen keys, would take the only copy",
        COMPONENT,
        References((), (), ("CKV_AWS_21",)),
        (BUCKET, VERSIONING),
        whole=companion(
            [BUCKET], VERSIONING, "bucket", equal("versioningConfiguration.status", "Enabled"), "versioning"
        ),
    ),
    Policy(
        "bucket-encrypted",
        "A bucket encrypts what lies in it, under KMS or at least Amazon's own key",
        "what is there would be readable to whoever gets at the disks",
        COMPONENT,
        References((), (), ("CKV_AWS_19", "CKV_AWS_145")),
        (BUCKET, ENCRYPTION),
        whole=companion([BUCKET], ENCRYPTION, "bucket", _encrypted, "encryption"),
    ),
    Policy(
        "bucket-ages",
        "A bucket deletes old versions and the rest of broken uploads",
        "they would be paid for, for ever",
        COMPONENT,
        References((), ("S3.13",), ("CKV2_AWS_61", "CKV_AWS_300")),
        (BUCKET, LIFECYCLE),
        whole=companion([BUCKET], LIFECYCLE, "bucket", _ages, "lifecycle"),
    ),
    Policy(
        "bucket-access-logged",
        "Who asked a bucket for what is written into another bucket",
        "nobody could tell later what a thief took",
        "Give it archive_platform.aws.storage.Storage's logs as log_bucket",
        References((), ("S3.9",), ("CKV_AWS_18",)),
        (BUCKET, LOGGING),
        whole=_logged,
    ),
    Policy(
        "bucket-not-emptied",
        "No bucket of prod is emptied when it is destroyed",
        "pulumi destroy would take every file and every version of it",
        "Set archive:storage.keep to true",
        References(),
        (BUCKET,),
        check=must("forceDestroy", lambda value: not value, "not be true"),
        prod=True,
    ),
    Policy(
        "bucket-uploads-from-named-origins",
        "Only pages of named https:// origins upload into a bucket",
        "any page could make its visitors' browsers write there",
        "Name the community's own origins in archive:storage.uploadOrigins",
        References(),
        (CORS,),
        check=_origins_named,
    ),
)
