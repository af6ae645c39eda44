"""What a server may do: fetch its services' secrets and images, write its log, and be reached without SSH."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from archive_platform.aws.here import Here
from archive_platform.aws.policies import allow, document, trust


class ServerRole(ComponentResource):
    """A role for servers.

    Attributes:
        role: the role.
        profile_arn: of the instance profile that gives the role to a server; known once the role may do all of this.
    """

    def __init__(
        self,
        name: str,
        *,
        parameter_arns: Sequence[Input[str]],
        log_group_arn: Input[str],
        key_arn: Input[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:aws:ServerRole", name, None, opts)
        child = ResourceOptions(parent=self)
        here = Here(self)
        self.role = aws.iam.Role(name, assume_role_policy=trust("ec2.amazonaws.com"), opts=child)
        through = Output.format("ssm.{0}.amazonaws.com", here.region)
        allowed = aws.iam.RolePolicy(
            name,
            role=self.role.id,
            policy=document(
                allow(["ssm:GetParameters"], parameter_arns),
                allow(["kms:Decrypt"], [key_arn], condition={"StringEquals": {"kms:ViaService": through}}),
                allow(["logs:CreateLogStream", "logs:PutLogEvents"], [Output.concat(log_group_arn, ":*")]),
                allow(
                    ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    [here.arn("ecr", "repository/game-archive/*")],
                ),
                # Neither these nor Session Manager's know anything smaller to be allowed for (Service Authorization
                # Reference). AWS' own policy for servers would let one read every parameter of the account.
                allow(
                    [
                        "ecr:GetAuthorizationToken",
                        "ssmmessages:CreateControlChannel",
                        "ssmmessages:CreateDataChannel",
                        "ssmmessages:OpenControlChannel",
                        "ssmmessages:OpenDataChannel",
                    ],
                    ["*"],
                ),
                allow(["ssm:UpdateInstanceInformation"], [here.arn("ec2", "instance/*")]),
            ),
            opts=child,
        )
        profile = aws.iam.InstanceProfile(
            name, role=self.role.name, opts=ResourceOptions(parent=self, depends_on=[allowed])
        )
        self.profile_arn: Output[str] = profile.arn
        self.register_outputs({"profileArn": self.profile_arn})
