"""The stack's own key: what AWS keeps for it lies encrypted under it."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import ComponentResource, Output, ResourceOptions

from archive_platform.aws.distribution import may_decrypt
from archive_platform.aws.here import Here
from archive_platform.aws.policies import allow, document

DELETION_DAYS = 30  # the longest that KMS waits: until then whoever deleted it by mistake gets everything back


class EncryptionKey(ComponentResource):
    """A key that AWS renews every year. This account's logs and alarms may use it, and whoever IAM allows to.

    With `distributions` CloudFront may read what it encrypts, for this account's distributions.

    Attributes:
        key_arn: of the key.
    """

    def __init__(self, name: str, opts: ResourceOptions | None = None, *, distributions: bool = False) -> None:
        super().__init__("archive:aws:EncryptionKey", name, None, opts)
        self.key = aws.kms.Key(
            name,
            description=f"Game Archive: {name}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_DAYS,
            policy=self._policy(distributions),
            opts=ResourceOptions(parent=self),
        )
        self.key_arn = self.key.arn
        self.register_outputs({"keyArn": self.key_arn})

    def _policy(self, distributions: bool) -> Output[str]:
        here = Here(self)
        root = Output.format("arn:{0}:iam::{1}:root", here.partition, here.account)
        return document(
            # Leaves the key to IAM's policies, and keeps it from being locked for ever (AWS KMS, "Default key policy")
            allow(["kms:*"], ["*"], principal={"AWS": root}),
            allow(
                ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                ["*"],
                principal={"Service": Output.format("logs.{0}.amazonaws.com", here.region)},
                condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": here.arn("logs", "*")}},
            ),
            # They speak on a topic that is encrypted
            allow(
                ["kms:Decrypt", "kms:GenerateDataKey*"],
                ["*"],
                principal={"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]},
                condition={"StringEquals": {"aws:SourceAccount": here.account}},
            ),
            *([may_decrypt(here)] if distributions else []),
        )
