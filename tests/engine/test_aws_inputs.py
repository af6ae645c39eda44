"""Inputs of AWS's resources are held against the SDK's own types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN
from tests.engine.providers.aws.inputs import Problem, problems
from tests.engine.providers.aws.sdk import inputs_of, resource_class

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
RULE = {"id": "age", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": 30.0}}


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True, "tags": {"Name": "net"}}),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": UNKNOWN, "tags": UNKNOWN}),
        (LIFECYCLE, {"bucket": "b", "rules": [RULE]}),
        ("aws:s3/bucket:Bucket", {"acl": "private", "forceDestroy": False}),
        ("aws:s3/bucketLogging:BucketLogging", {"bucket": "b", "targetBucket": "logs", "targetPrefix": "s3/"}),
        ("aws:lambda/function:Function", {"role": "arn", "memorySize": 256.0}),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"instanceType": "t9.of-tomorrow"}),
    ],
)
def test_what_the_sdk_takes_is_well(token: str, inputs: dict[str, Any]) -> None:
    assert problems(token, inputs) == []


@pytest.mark.parametrize(
    ("token", "inputs", "found"),
    [
        ("aws:ec2/vpc:Vpc", {"cidr": "10.0.0.0/16"}, Problem("cidr", "unknown to VpcArgs")),
        ("aws:ec2/subnet:Subnet", {}, Problem("vpcId", "missing, and SubnetArgs requires it")),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": 10.0}, Problem("cidrBlock", "10.0 is not text")),
        ("aws:ec2/vpc:Vpc", {"enableDnsSupport": "true"}, Problem("enableDnsSupport", "'true' is not true or false")),
        ("aws:ec2/vpc:Vpc", {"ipv4NetmaskLength": 16.5}, Problem("ipv4NetmaskLength", "16.5 is not a whole number")),
        ("aws:ec2/vpc:Vpc", {"ipv4NetmaskLength": True}, Problem("ipv4NetmaskLength", "True is not a whole number")),
        ("aws:ec2/vpc:Vpc", {"tags": {"Name": 1.0}}, Problem("tags.Name", "1.0 is not text")),
        ("aws:ec2/vpc:Vpc", {"tags": ["net"]}, Problem("tags", "['net'] is no object")),
        (LIFECYCLE, {"bucket": "b", "rules": RULE}, Problem("rules", f"{RULE!r} is no list")),
        (
            LIFECYCLE,
            {"bucket": "b", "rules": [{**RULE, "expiration": {"day": 3.0}}]},
            Problem("rules[0].expiration.day", "unknown to BucketLifecycleConfigurationRuleExpirationArgs"),
        ),
        (
            LIFECYCLE,
            {"bucket": "b", "rules": [RULE, {"id": "none"}]},
            Problem("rules[1].status", "missing, and BucketLifecycleConfigurationRuleArgs requires it"),
        ),
        ("aws:s3/bucket:Bucket", {"acl": "open"}, Problem("acl", "'open' is no CannedAcl")),
    ],
)
def test_what_it_does_not_take_is_named(token: str, inputs: dict[str, Any], found: Problem) -> None:
    assert problems(token, inputs) == [found]


def test_a_type_that_there_is_not_is_named() -> None:
    with pytest.raises(LookupError, match="the SDK has no resource aws:ec2/vpc:Vcp"):
        problems("aws:ec2/vpc:Vcp", {})


def test_names_that_are_words_of_python_are_found() -> None:
    assert resource_class("aws:lambda/function:Function").__module__ == "pulumi_aws.lambda_.function"


@pytest.mark.parametrize("token", [LIFECYCLE, "aws:wafv2/webAcl:WebAcl"])
def test_what_is_kept_of_the_sdk_is_what_it_says(token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = inputs_of.__wrapped__(token)
    (kept,) = tmp_path.rglob("*.json")
    assert inputs_of.__wrapped__(token) == found
    kept.write_text(kept.read_text().replace('"text"', '"truth"'))
    assert inputs_of.__wrapped__(token) != found  # the second answer was what is kept
