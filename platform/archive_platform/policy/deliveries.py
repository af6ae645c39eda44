"""CloudFront: TLS, no way around it to the bucket, and every request on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from archive_platform.policy.expect import objects, shown
from archive_platform.policy.model import UNKNOWN, Finding, Policy, References, Resource, Stack

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
VERSIONS = ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")
PROTOCOLS = ("redirect-to-https", "https-only")


def _behaviours(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    first = resource.at("defaultCacheBehavior")
    if isinstance(first, Mapping):
        yield "defaultCacheBehavior", cast("Mapping[str, Any]", first)
    for number, each in enumerate(objects(resource.each("orderedCacheBehaviors"))):
        yield f"orderedCacheBehaviors[{number}]", each


def _https_alone(resource: Resource) -> Iterator[Finding]:
    for path, behaviour in _behaviours(resource):
        protocol = behaviour.get("viewerProtocolPolicy")
        if protocol is not UNKNOWN and protocol not in PROTOCOLS:
            yield Finding(f"{path}.viewerProtocolPolicy", shown(protocol), f"be {' or '.join(PROTOCOLS)}")


def _tls(resource: Resource) -> Iterator[Finding]:
    """But for CloudFront's own name, whose versions CloudFront sets."""
    if resource.at("aliases") or resource.at("viewerCertificate.acmCertificateArn"):
        version = resource.at("viewerCertificate.minimumProtocolVersion")
        if version is not UNKNOWN and version not in VERSIONS:
            yield Finding("viewerCertificate.minimumProtocolVersion", shown(version), f"be {VERSIONS[0]} or newer")


def _closed_origins(resource: Resource) -> Iterator[Finding]:
    for number, origin in enumerate(objects(resource.each("origins"))):
        if not origin.get("customOriginConfig") and not origin.get("originAccessControlId"):
            yield Finding(f"origins[{number}].originAccessControlId", "not set", "be set")
        custom = origin.get("customOriginConfig")
        protocol = cast("Mapping[str, Any]", custom).get("originProtocolPolicy") if isinstance(custom, Mapping) else ""
        if custom and protocol not in ("https-only", UNKNOWN):
            path = f"origins[{number}].customOriginConfig.originProtocolPolicy"
            yield Finding(path, shown(protocol), "be https-only")


def _logged(stack: Stack) -> Iterator[Finding]:
    """By CloudWatch's delivery, or by CloudFront's older one, which is a property."""
    for distribution in stack.of(DISTRIBUTION):
        if not distribution.at("loggingConfig.bucket") and not stack.companions(distribution, SOURCE, "resourceArn"):
            yield Finding("access log", "missing", "be there: a LogDeliverySource that refers to it", distribution)


def _headers(resource: Resource) -> Iterator[Finding]:
    for path, behaviour in _behaviours(resource):
        if not behaviour.get("responseHeadersPolicyId"):
            yield Finding(f"{path}.responseHeadersPolicyId", "not set", "be set")


POLICIES = (
    Policy(
        "delivery-https-alone",
        "CloudFront sends who comes over HTTP to HTTPS",
        "pictures could be read, and changed, on their way",
        "Set viewerProtocolPolicy to redirect-to-https",
        References((), ("CloudFront.3",), ("CKV_AWS_34",)),
        (DISTRIBUTION,),
        check=_https_alone,
    ),
    Policy(
        "delivery-tls",
        "CloudFront speaks TLS 1.2 and newer alone under a name of ours",
        "older versions are broken",
        f"Set viewerCertificate's minimumProtocolVersion to {VERSIONS[0]}",
        References((), ("CloudFront.15",), ("CKV_AWS_174",)),
        (DISTRIBUTION,),
        check=_tls,
    ),
    Policy(
        "delivery-origins-closed",
        "What CloudFront delivers is had from CloudFront alone, over TLS",
        "visitors could go around it to the bucket",
        "Give each bucket an OriginAccessControl, and each server https-only",
        References((), ("CloudFront.9", "CloudFront.13")),
        (DISTRIBUTION,),
        check=_closed_origins,
    ),
    Policy(
        "delivery-logged",
        "CloudFront writes down who asked for what",
        "nobody could find out later what an attacker took",
        "Make it with archive_platform.aws.distribution.MediaDistribution",
        References((), ("CloudFront.5",), ("CKV_AWS_86",)),
        (DISTRIBUTION, SOURCE),
        whole=_logged,
    ),
    Policy(
        "delivery-headers",
        "CloudFront tells browsers to be strict",
        "an uploaded file could be run as a page of ours",
        "Set responseHeadersPolicyId, as to AWS' SecurityHeadersPolicy",
        References((), (), ("CKV2_AWS_32",)),
        (DISTRIBUTION,),
        check=_headers,
    ),
)
