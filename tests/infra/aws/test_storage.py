"""Buckets, as AWS is asked for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.infra.aws.answers import ACCOUNT, REGION, Answers
from tests.infra.recorded import Recorded, record

from archive_platform.aws.storage import Storage
from archive_platform.config.aws import StorageSettings

KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/1"
BUCKETS = ("files-backups", "files-logs", "files-media")
PARTS = {
    "public": "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "owner": "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "policy": "aws:s3/bucketPolicy:BucketPolicy",
    "encryption": "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "versions": "aws:s3/bucketVersioning:BucketVersioning",
    "lifecycle": "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "logging": "aws:s3/bucketLogging:BucketLogging",
    "uploads": "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
}


def storage(**settings: Any) -> Recorded:
    def program() -> None:
        Storage("files", StorageSettings(**settings), key_arn=KEY)

    return record(program, Answers())


def part(made: Recorded, what: str, bucket: str) -> dict[str, Any]:
    found = made.one(PARTS[what], bucket).inputs
    assert found["bucket"] == f"{bucket}-id"
    return found


@pytest.mark.parametrize("bucket", BUCKETS)
def test_no_bucket_is_open(bucket: str) -> None:
    made = storage()
    closed = part(made, "public", bucket)
    assert {closed[key] for key in closed if key != "bucket"} == {True}
    assert len(closed) == 5
    assert part(made, "owner", bucket)["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    assert part(made, "versions", bucket)["versioningConfiguration"] == {"status": "Enabled"}
    arn = f"arn:aws:s3:{REGION}:{ACCOUNT}:{bucket}"
    assert json.loads(part(made, "policy", bucket)["policy"])["Statement"][0] == {
        "Sid": "TlsAlone",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_files_lie_under_the_stacks_key_and_logs_under_amazons() -> None:
    made = storage()
    for bucket, wanted in (
        ("files-media", {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}),
        ("files-backups", {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}),
        ("files-logs", {"sseAlgorithm": "AES256"}),
    ):
        (rule,) = part(made, "encryption", bucket)["rules"]
        assert rule == {"applyServerSideEncryptionByDefault": wanted, "bucketKeyEnabled": True}


def test_every_access_is_written_down() -> None:
    made = storage()
    for bucket in ("files-media", "files-backups"):
        logging = part(made, "logging", bucket)
        assert (logging["targetBucket"], logging["targetPrefix"]) == ("files-logs-id", f"s3/{bucket}/")
    _, of_s3, of_balancers = json.loads(part(made, "policy", "files-logs")["policy"])["Statement"]
    files = [f"arn:aws:s3:{REGION}:{ACCOUNT}:files-logs/*"]
    assert of_s3 == {
        "Effect": "Allow",
        "Action": ["s3:PutObject"],
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Resource": files,
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    assert (of_balancers["Action"], of_balancers["Resource"]) == (["s3:PutObject"], files)
    assert of_balancers["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    balancers = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/*"
    assert of_balancers["Condition"] == {"ArnLike": {"aws:SourceArn": balancers}}


@pytest.mark.parametrize(
    ("bucket", "colder", "expire"),
    [
        ("files-media", [{"days": 60, "storageClass": "STANDARD_IA"}], None),
        ("files-backups", [{"days": 60, "storageClass": "GLACIER_IR"}], {"days": 500}),
        ("files-logs", None, {"days": 600}),
    ],
)
def test_files_grow_cold_and_are_deleted_in_time(bucket: str, colder: object, expire: object) -> None:
    made = storage(colder_after_days=60, backup_days=500, log_days=600, old_versions_days=14)
    (rule,) = part(made, "lifecycle", bucket)["rules"]
    assert (rule.get("transitions"), rule.get("expiration")) == (colder, expire)
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 14}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert (rule["status"], rule["filter"]) == ("Enabled", {"prefix": ""})


def test_backups_that_are_deleted_early_never_grow_cold() -> None:
    (rule,) = part(storage(colder_after_days=90, backup_days=90), "lifecycle", "files-backups")["rules"]
    assert "transitions" not in rule


def test_only_the_communitys_pages_upload() -> None:
    assert storage().of(PARTS["uploads"]) == []
    made = storage(upload_origins=("https://archive.example.com",))
    (uploads,) = made.of(PARTS["uploads"])
    assert uploads.name == "files-media"
    (rule,) = uploads.inputs["corsRules"]
    assert rule["allowedOrigins"] == ["https://archive.example.com"]
    assert rule["allowedMethods"] == ["PUT", "POST"]


@pytest.mark.parametrize("keep", [True, False])
def test_what_is_kept_is_kept_with_all_that_closes_it(keep: bool) -> None:
    made = storage(keep=keep, upload_origins=("https://archive.example.com",))
    resources = [each for each in made if each.type.startswith("aws:")]
    assert len(resources) == 3 * 8 + 3
    assert {each.wire.retainOnDelete for each in resources} == {keep}
    assert {each.inputs.get("forceDestroy", False) for each in made.of("aws:s3/bucket:Bucket")} == {not keep}


def test_no_bucket_has_a_name_that_a_second_one_would_clash_with() -> None:
    assert all(set(each.inputs) == {"forceDestroy"} for each in storage().of("aws:s3/bucket:Bucket"))


def test_every_child_has_its_parent_and_every_component_tells_its_outputs() -> None:
    made = storage()
    components = {each.urn: each for each in made if each.is_component and each.type.startswith("archive:")}
    assert len(components) == 4
    assert all(each.parent in components for each in made if each.type.startswith("aws:"))
    assert set(made.outputs) >= set(components)
    (whole,) = made.of("archive:aws:Storage")
    assert made.outputs[whole.urn] == {
        "logs": "files-logs-id",
        "media": "files-media-id",
        "backups": "files-backups-id",
    }


def test_nothing_writes_logs_before_the_bucket_lets_it() -> None:
    """S3 and load balancers try the bucket when they are told of it, and are refused until its policy is there."""
    made = storage()
    policy = made.one("aws:s3/bucketPolicy:BucketPolicy", "files-logs").urn
    for logging in made.of("aws:s3/bucketLogging:BucketLogging"):
        assert policy in logging.wire.propertyDependencies["targetBucket"].urns
