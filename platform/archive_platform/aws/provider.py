"""Who talks to AWS, and the tags that everything carries."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import ResourceOptions

from archive_platform.config.aws import Aws

PROJECT = "game-archive"
# What the stack talks to. An emulator answers for all of them at one address.
SERVICES = (
    "acm",
    "autoscaling",
    "budgets",
    "chatbot",
    "cloudfront",
    "cloudwatch",
    "ec2",
    "elbv2",
    "iam",
    "kms",
    "lambda_",
    "logs",
    "rds",
    "route53",
    "s3",
    "sns",
    "ssm",
    "sts",
    "wafv2",
)


def tags(settings: Aws, stack: str) -> dict[str, str]:
    """The one source of tags: who made a resource, for what, and whom to ask."""
    return {
        "Project": PROJECT,
        "Stack": stack,
        "Environment": settings.environment,
        "Owner": settings.owner,
        "ManagedBy": "pulumi",
    }


def provider(name: str, settings: Aws, stack: str, opts: ResourceOptions | None = None) -> aws.Provider:
    """AWS in the settings' region, or an emulator; it refuses any account but the settings'."""
    account, endpoint = settings.aws, settings.aws.endpoint
    emulated = True if endpoint else None  # it has no accounts, and no addresses with a bucket's name in them
    return aws.Provider(
        name,
        region=account.region,
        allowed_account_ids=[account.account] if account.account else None,
        default_tags=aws.ProviderDefaultTagsArgs(tags=tags(settings, stack)),
        endpoints=[aws.ProviderEndpointArgs(**dict.fromkeys(SERVICES, endpoint))] if endpoint else None,
        skip_credentials_validation=emulated,
        skip_requesting_account_id=emulated,
        skip_metadata_api_check=emulated,
        s3_use_path_style=emulated,
        opts=opts,
    )
