"""Where a resource is made: its account, region and partition, as AWS says."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import InvokeOptions, Output, Resource


class Here:
    """What the provider of a resource answers. Each is asked for when it is needed.

    Attributes:
        asked: options with which other functions ask the same provider.
    """

    def __init__(self, resource: Resource) -> None:
        self.asked = InvokeOptions(parent=resource)

    @property
    def account(self) -> Output[str]:
        """Its twelve digits."""
        return aws.get_caller_identity_output(opts=self.asked).account_id

    @property
    def region(self) -> Output[str]:
        """As in ap-northeast-2."""
        return aws.get_region_output(opts=self.asked).region

    @property
    def partition(self) -> Output[str]:
        """`aws`, or that of China or of a government."""
        return aws.get_partition_output(opts=self.asked).partition

    def arn(self, service: str, rest: str) -> Output[str]:
        """Of something of this account in this region."""
        return Output.format("arn:{0}:{1}:{2}:{3}:{4}", self.partition, service, self.region, self.account, rest)
