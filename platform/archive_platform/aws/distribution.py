"""CloudFront in front of the media bucket: pictures near whoever looks at them, and the bucket still private."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from archive_platform.aws.bucket import PrivateBucket
from archive_platform.aws.here import Here
from archive_platform.aws.policies import Statement, allow
from archive_platform.config.aws import DomainSettings

VIRGINIA = "us-east-1"  # the one region whose certificates CloudFront takes, and that it delivers its logs from
WORD = "media"
ORIGIN = "media-bucket"
TLS = "TLSv1.2_2021"  # TLS 1.3, and 1.2 with forward secrecy and authenticated ciphers alone
# AWS' own policy: for a day unless the file says otherwise, compressed, whatever cookies and queries a visitor sends
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
PRICE_CLASS = "PriceClass_200"  # the cheapest that has Seoul
SECONDS_OF_HSTS = 2 * 365 * 24 * 3600
# A picture may be an SVG with a script in it: opened by itself, it loads and runs nothing
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


class MediaDistribution(ComponentResource):
    """Files of a private bucket over HTTPS, under a name of the community's domain.

    Attributes:
        distribution: the distribution.
        url: where the files are.
    """

    def __init__(
        self,
        name: str,
        domain: DomainSettings,
        *,
        bucket: PrivateBucket,
        log_bucket: PrivateBucket,
        certificate_arn: Input[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        """`domain` is the files' own (`of_media`), and the certificate is for it and of `VIRGINIA`."""
        super().__init__("archive:aws:MediaDistribution", name, None, opts)
        self._name = name
        self._domain = domain
        self._child = ResourceOptions(parent=self)
        self.distribution = self._distribution(bucket, certificate_arn)
        self._lead_here()
        self._log(log_bucket)
        self.url = f"https://{domain.name}"
        self.register_outputs({"url": self.url})

    def _distribution(self, bucket: PrivateBucket, certificate_arn: Input[str]) -> aws.cloudfront.Distribution:
        signed = aws.cloudfront.OriginAccessControl(
            self._name,
            description=f"Game Archive: {self._domain.name}",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._child,
        )
        origin = aws.cloudfront.DistributionOriginArgs(
            origin_id=ORIGIN,
            domain_name=bucket.bucket.bucket_regional_domain_name,
            origin_access_control_id=signed.id,
        )
        behavior = aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
            target_origin_id=ORIGIN,
            viewer_protocol_policy="https-only",
            allowed_methods=["GET", "HEAD"],
            cached_methods=["GET", "HEAD"],
            compress=True,
            cache_policy_id=CACHING_OPTIMIZED,
            response_headers_policy_id=self._headers().id,
        )
        return aws.cloudfront.Distribution(
            self._name,
            comment=f"Game Archive: {self._domain.name}",
            enabled=True,
            is_ipv6_enabled=True,
            http_version="http2and3",
            price_class=PRICE_CLASS,
            aliases=[self._domain.name],
            # There is no such file: whoever asks for the root gets no list of the bucket's
            default_root_object="index.html",
            origins=[origin],
            default_cache_behavior=behavior,
            restrictions=aws.cloudfront.DistributionRestrictionsArgs(
                geo_restriction=aws.cloudfront.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
            ),
            viewer_certificate=aws.cloudfront.DistributionViewerCertificateArgs(
                acm_certificate_arn=certificate_arn, ssl_support_method="sni-only", minimum_protocol_version=TLS
            ),
            opts=self._child,
        )

    def _headers(self) -> aws.cloudfront.ResponseHeadersPolicy:
        """No page of others reads the files (there is no CORS), and no file acts as a page."""
        headers = aws.cloudfront
        return headers.ResponseHeadersPolicy(
            self._name,
            comment="Game Archive: files of members",
            security_headers_config=headers.ResponseHeadersPolicySecurityHeadersConfigArgs(
                content_type_options=headers.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(
                    override=True
                ),
                strict_transport_security=headers.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
                    access_control_max_age_sec=SECONDS_OF_HSTS, include_subdomains=True, preload=True, override=True
                ),
                content_security_policy=headers.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs(
                    content_security_policy=CONTENT_POLICY, override=True
                ),
                frame_options=headers.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(
                    frame_option="DENY", override=True
                ),
                referrer_policy=headers.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
                    referrer_policy="no-referrer", override=True
                ),
            ),
            opts=self._child,
        )

    def _lead_here(self) -> None:
        for kind in ("A", "AAAA"):
            aws.route53.Record(
                f"{self._name}-{kind.lower()}",
                zone_id=self._domain.zone_id,
                name=self._domain.name,
                type=kind,
                aliases=[
                    aws.route53.RecordAliasArgs(
                        name=self.distribution.domain_name,
                        zone_id=self.distribution.hosted_zone_id,
                        evaluate_target_health=False,  # CloudFront has no health to ask for
                    )
                ],
                opts=self._child,
            )

    def _log(self, log_bucket: PrivateBucket) -> None:
        """By CloudWatch's delivery: CloudFront's older one needs a bucket with access control lists."""
        source = aws.cloudwatch.LogDeliverySource(
            self._name,
            region=VIRGINIA,
            log_type="ACCESS_LOGS",
            resource_arn=self.distribution.arn,
            opts=self._child,
        )
        destination = aws.cloudwatch.LogDeliveryDestination(
            self._name,
            region=VIRGINIA,
            output_format="json",
            delivery_destination_configuration=aws.cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                destination_resource_arn=Output.concat(log_bucket.arn, "/cloudfront")
            ),
            opts=self._child,
        )
        aws.cloudwatch.LogDelivery(
            self._name,
            region=VIRGINIA,
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            opts=ResourceOptions(parent=self, depends_on=[log_bucket]),
        )


def of_media(domain: DomainSettings) -> DomainSettings:
    """The files' own name, apart from the community's: a file that acts as a page has nothing of its cookies."""
    return DomainSettings(name=f"{WORD}.{domain.name}", zone_id=domain.zone_id)


def may_read(here: Here) -> Statement:
    """For the media bucket's policy. Every distribution of the account may: the bucket is there before this one is."""
    return allow(
        ["s3:GetObject"], [], principal={"Service": "cloudfront.amazonaws.com"}, condition=_a_distribution_of(here)
    )


def may_decrypt(here: Here) -> Statement:
    """For the policy of the key that encrypts the media bucket."""
    return allow(
        ["kms:Decrypt"], ["*"], principal={"Service": "cloudfront.amazonaws.com"}, condition=_a_distribution_of(here)
    )


def may_deliver(here: Here) -> Statement:
    """For the policy of the bucket that CloudFront's logs are delivered to."""
    sources = Output.format("arn:{0}:logs:{1}:{2}:delivery-source:*", here.partition, VIRGINIA, here.account)
    condition = {
        "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": here.account},
        "ArnLike": {"aws:SourceArn": sources},
    }
    return allow(["s3:PutObject"], [], principal={"Service": "delivery.logs.amazonaws.com"}, condition=condition)


def _a_distribution_of(here: Here) -> dict[str, object]:
    every = Output.format("arn:{0}:cloudfront::{1}:distribution/*", here.partition, here.account)
    return {"ArnLike": {"aws:SourceArn": every}}
