"""A certificate that AWS renews by itself as long as the name's records say that it is ours."""

from __future__ import annotations

from typing import cast

import pulumi_aws as aws
from pulumi import ComponentResource, Output, ResourceOptions

from archive_platform.config.aws import DomainSettings

RECORD_SECONDS = 300


class Certificate(ComponentResource):
    """The certificate of a name and its subdomains.

    Attributes:
        arn: of the certificate; known once it is issued, so that nothing uses it before.
    """

    def __init__(self, name: str, domain: DomainSettings, opts: ResourceOptions | None = None) -> None:
        super().__init__("archive:aws:Certificate", name, None, opts)
        child = ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            name,
            domain_name=domain.name,
            validation_method="DNS",
            opts=child,  # a new one is there before the old one goes: Pulumi replaces so
        )
        # A name and its subdomains are shown to be ours by one and the same record
        proof = certificate.domain_validation_options[0]
        record = aws.route53.Record(
            f"{name}-proof",
            zone_id=domain.zone_id,
            name=_told(proof.resource_record_name),
            type=_told(proof.resource_record_type),
            records=[_told(proof.resource_record_value)],
            ttl=RECORD_SECONDS,
            allow_overwrite=True,  # another stack's certificate for the same name has the same record
            opts=child,
        )
        issued = aws.acm.CertificateValidation(
            name, certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn], opts=child
        )
        self.arn: Output[str] = issued.certificate_arn
        self.register_outputs({"arn": self.arn})


def _told(output: Output[str | None]) -> Output[str]:
    """Part of a proof, which ACM has a moment after the certificate is asked for; the plugin waits for it."""
    return cast("Output[str]", output)
