"""Log groups: encrypted under the stack's key, and kept long enough to look back at a break-in that is found late."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import Input, ResourceOptions

DAYS = 365  # checkov's CKV_AWS_338


def log_group(
    name: str,
    *,
    key_arn: Input[str],
    opts: ResourceOptions,
    days: int = DAYS,
    physical_name: Input[str] | None = None,
) -> aws.cloudwatch.LogGroup:
    """A log group that is kept for so many `days`. `physical_name` is for services that write into one they choose."""
    return aws.cloudwatch.LogGroup(name, name=physical_name, retention_in_days=days, kms_key_id=key_arn, opts=opts)
