"""CloudFront in front of the media bucket, as AWS is asked for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi import ComponentResource
from tests.infra.aws.answers import ACCOUNT, REGION, Answers
from tests.infra.recorded import Recorded, record

from archive_platform.aws.distribution import VIRGINIA, MediaDistribution, may_decrypt, of_media
from archive_platform.aws.encryption import EncryptionKey
from archive_platform.aws.here import Here
from archive_platform.aws.policies import document
from archive_platform.aws.storage import Storage
from archive_platform.config.aws import Aws, ComputeSettings, DomainSettings, StorageSettings

KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/1"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1"
DOMAIN = DomainSettings(name="archive.example.com", zone_id="Z0123456789ABC")
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
DISTRIBUTIONS = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/*"}}


def delivered(distribution: bool = True) -> Recorded:
    def program() -> None:
        storage = Storage("files", StorageSettings(distribution=distribution), key_arn=KEY)
        if distribution:
            MediaDistribution(
                "media",
                of_media(DOMAIN),
                bucket=storage.media,
                log_bucket=storage.logs,
                certificate_arn=CERTIFICATE,
            )

    return record(program, Answers())


def statements(made: Recorded, bucket: str) -> list[dict[str, Any]]:
    policy = made.one("aws:s3/bucketPolicy:BucketPolicy", bucket).inputs["policy"]
    return json.loads(policy)["Statement"]


def test_only_a_signed_request_of_cloudfront_reads_the_bucket() -> None:
    made = delivered()
    signed = made.one("aws:cloudfront/originAccessControl:OriginAccessControl").inputs
    assert (signed["originAccessControlOriginType"], signed["signingBehavior"], signed["signingProtocol"]) == (
        "s3",
        "always",
        "sigv4",
    )
    (origin,) = made.one(DISTRIBUTION).inputs["origins"]
    assert origin["domainName"] == f"files-media.s3.{REGION}.amazonaws.com"
    assert origin["originAccessControlId"] == "media-id"
    assert "customOriginConfig" not in origin
    closed, read = statements(made, "files-media")
    assert closed["Sid"] == "TlsAlone"
    assert read == {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Resource": [f"arn:aws:s3:{REGION}:{ACCOUNT}:files-media/*"],
        "Condition": DISTRIBUTIONS,
    }


def test_without_it_nobody_else_reads_or_writes() -> None:
    made = delivered(distribution=False)
    assert made.of(DISTRIBUTION) == []
    assert "cloudfront" not in json.dumps(statements(made, "files-media"))
    assert "delivery.logs" not in json.dumps(statements(made, "files-logs"))


def test_the_backups_are_in_front_of_nobody() -> None:
    assert [each["Sid"] for each in statements(delivered(), "files-backups")] == ["TlsAlone"]


def test_visitors_come_by_modern_tls_alone() -> None:
    inputs = delivered().one(DISTRIBUTION).inputs
    assert inputs["viewerCertificate"] == {
        "acmCertificateArn": CERTIFICATE,
        "minimumProtocolVersion": "TLSv1.2_2021",
        "sslSupportMethod": "sni-only",
    }
    behavior = inputs["defaultCacheBehavior"]
    assert behavior["viewerProtocolPolicy"] == "https-only"
    assert behavior["allowedMethods"] == ["GET", "HEAD"]
    assert behavior["compress"] is True
    assert behavior["cachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert inputs["priceClass"] == "PriceClass_200"  # the cheapest with an edge in Korea
    assert inputs["defaultRootObject"]


def test_no_file_acts_as_a_page() -> None:
    made = delivered()
    policy = made.one("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy").inputs
    assert made.one(DISTRIBUTION).inputs["defaultCacheBehavior"]["responseHeadersPolicyId"] == "media-id"
    assert "corsConfig" not in policy
    headers = policy["securityHeadersConfig"]
    assert headers["contentTypeOptions"] == {"override": True}
    assert headers["contentSecurityPolicy"]["contentSecurityPolicy"].startswith("default-src 'none';")
    assert headers["strictTransportSecurity"]["accessControlMaxAgeSec"] >= 31_536_000
    assert all(each["override"] for each in headers.values())


def test_its_name_is_apart_from_the_communitys() -> None:
    made = delivered()
    assert made.one(DISTRIBUTION).inputs["aliases"] == ["media.archive.example.com"]
    records = made.of("aws:route53/record:Record")
    assert {each.inputs["type"] for each in records} == {"A", "AAAA"}
    for each in records:
        assert (each.inputs["name"], each.inputs["zoneId"]) == ("media.archive.example.com", "Z0123456789ABC")


def test_who_asked_is_written_down_in_the_logs_bucket() -> None:
    made = delivered()
    source = made.one("aws:cloudwatch/logDeliverySource:LogDeliverySource").inputs
    destination = made.one("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination").inputs
    delivery = made.one("aws:cloudwatch/logDelivery:LogDelivery").inputs
    assert {each["region"] for each in (source, destination, delivery)} == {"us-east-1"}
    assert (source["logType"], source["resourceArn"]) == ("ACCESS_LOGS", f"arn:aws:cloudfront:{REGION}:{ACCOUNT}:media")
    assert destination["deliveryDestinationConfiguration"] == {
        "destinationResourceArn": f"arn:aws:s3:{REGION}:{ACCOUNT}:files-logs/cloudfront"
    }
    assert "name" not in source  # two stacks of an account would clash
    write = statements(made, "files-logs")[-1]
    assert write["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert write["Action"] == ["s3:PutObject"]
    assert write["Condition"] == {
        "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:delivery-source:*"},
    }


def test_distributions_of_this_account_alone_have_what_the_key_encrypts() -> None:
    seen: list[str] = []

    def program() -> None:
        document(may_decrypt(Here(ComponentResource("archive:test:Any", "any")))).apply(seen.append)

    record(program, Answers())
    (statement,) = json.loads(seen[0])["Statement"]
    assert (statement["Action"], statement["Condition"]) == (["kms:Decrypt"], DISTRIBUTIONS)


@pytest.mark.parametrize("region", ["ap-northeast-2", "us-east-1"])
def test_its_certificate_is_of_virginia_and_nothing_else_changes(region: str) -> None:
    compute = ComputeSettings(registry="registry.example.com", release="1.0.0")
    settings = Aws(domain=DOMAIN, compute=compute, aws={"region": region, "account": ACCOUNT})  # pyright: ignore[reportArgumentType]
    there = settings.in_region(VIRGINIA)
    assert there.aws.region == "us-east-1"
    assert there.aws.account == ACCOUNT
    assert settings.aws.region == region
    assert there.model_copy(update={"aws": settings.aws}) == settings


def test_every_child_has_its_parent_and_the_component_tells_its_outputs() -> None:
    made = delivered()
    (whole,) = made.of("archive:aws:MediaDistribution")
    mine = [each for each in made if each.name.startswith("media") and each.type.startswith("aws:")]
    assert len(mine) == 8
    assert {each.parent for each in mine} == {whole.urn}
    assert made.outputs[whole.urn] == {"url": "https://media.archive.example.com"}


@pytest.mark.parametrize("distributions", [True, False])
def test_the_stacks_key_lets_cloudfront_read_where_it_is_wanted(distributions: bool) -> None:
    def program() -> None:
        EncryptionKey("key", distributions=distributions)

    made = record(program, Answers())
    services = str(made.one("aws:kms/key:Key").inputs["policy"])
    assert ("cloudfront.amazonaws.com" in services) is distributions
