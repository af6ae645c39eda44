"""A record of all connections of a network, for whoever has to find out later what happened."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from archive_platform.aws.here import Here
from archive_platform.aws.logs import log_group
from archive_platform.aws.policies import allow, document, trust

INTERVAL_SECONDS = 600  # the other one, 60, costs several times as much and tells no more


class FlowLog(ComponentResource):
    """Accepted and refused connections of a VPC, encrypted in CloudWatch Logs for a number of days.

    Attributes:
        group: the log group.
    """

    def __init__(
        self,
        name: str,
        vpc_id: Input[str],
        *,
        days: int,
        key_arn: Input[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:aws:FlowLog", name, None, opts)
        child = ResourceOptions(parent=self)
        self.group = log_group(name, key_arn=key_arn, days=days, opts=child)
        role = self._role(name)
        aws.ec2.FlowLog(
            name,
            vpc_id=vpc_id,
            traffic_type="ALL",
            max_aggregation_interval=INTERVAL_SECONDS,
            log_destination_type="cloud-watch-logs",
            log_destination=self.group.arn,
            iam_role_arn=role.arn,
            opts=child,
        )
        self.register_outputs({"logGroup": self.group.name})

    def _role(self, name: str) -> aws.iam.Role:
        child = ResourceOptions(parent=self)
        role = aws.iam.Role(
            name, assume_role_policy=trust("vpc-flow-logs.amazonaws.com", account=Here(self).account), opts=child
        )
        actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
        streams = Output.concat(self.group.arn, ":*")
        aws.iam.RolePolicy(name, role=role.id, policy=document(allow(actions, [self.group.arn, streams])), opts=child)
        return role
