"""The community's files: members' pictures, backups, and who asked for what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi import ComponentResource, Input, ResourceOptions

from archive_platform.aws.bucket import Lifecycle, PrivateBucket
from archive_platform.aws.distribution import may_deliver, may_read
from archive_platform.aws.here import Here
from archive_platform.aws.policies import Statement, allow
from archive_platform.config.aws import StorageSettings


class Storage(ComponentResource):
    """Three private buckets.

    Attributes:
        logs: who asked the load balancer and the other two for what.
        media: pictures of posts.
        backups: of databases, for whoever has to bring one back.
    """

    def __init__(
        self, name: str, settings: StorageSettings, *, key_arn: Input[str], opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("archive:aws:Storage", name, None, opts)
        child = ResourceOptions(parent=self)
        versions, keep = settings.old_versions_days, settings.keep
        # Amazon's own key: neither S3 nor load balancers deliver logs into a bucket that another key encrypts
        self.logs = PrivateBucket(
            f"{name}-logs",
            Lifecycle(versions, expire=settings.log_days),
            keep=keep,
            key_arn=None,
            statements=self._log_writers(settings),
            opts=child,
        )
        self.media = PrivateBucket(
            f"{name}-media",
            Lifecycle(versions, colder=settings.colder_after_days),
            keep=keep,
            key_arn=key_arn,
            log_bucket=self.logs.writable,
            statements=[may_read(Here(self))] if settings.distribution else [],
            upload_origins=settings.upload_origins,
            opts=child,
        )
        self.backups = PrivateBucket(
            f"{name}-backups",
            Lifecycle(versions, _colder(settings), colder_class="GLACIER_IR", expire=settings.backup_days),
            keep=keep,
            key_arn=key_arn,
            log_bucket=self.logs.writable,
            opts=child,
        )
        self.register_outputs(
            {
                "logs": self.logs.bucket.id,
                "media": self.media.bucket.id,
                "backups": self.backups.bucket.id,
            }
        )

    def _log_writers(self, settings: StorageSettings) -> list[Statement]:
        here = Here(self)
        balancers = here.arn("elasticloadbalancing", "loadbalancer/*")
        return [
            _write("logging.s3.amazonaws.com", {"StringEquals": {"aws:SourceAccount": here.account}}),
            _write("logdelivery.elasticloadbalancing.amazonaws.com", {"ArnLike": {"aws:SourceArn": balancers}}),
            *([may_deliver(here)] if settings.distribution else []),
        ]


def _write(service: str, condition: Mapping[str, Any]) -> Statement:
    return allow(["s3:PutObject"], [], principal={"Service": service}, condition=condition)


def _colder(settings: StorageSettings) -> int | None:
    """Not for what is deleted by then, which S3 refuses (InvalidArgument)."""
    return settings.colder_after_days if settings.colder_after_days < settings.backup_days else None
