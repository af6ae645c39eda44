"""What deployments may do, as IAM's statements: to what the stack is made of, where the stack is, and no more.

A test asks these for what making and deleting each of the stack's resources takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi import Input, Output, Resource

from archive_platform.aws import actions
from archive_platform.aws.here import Here
from archive_platform.aws.policies import Statement, allow
from archive_platform.aws.provider import PROJECT

GLOBAL = "us-east-1"  # where services answer that are in no region, and where CloudFront's certificates are
CHAT = ("ap-southeast-1", "eu-west-1", "us-east-2", "us-west-2")  # where Amazon Q Developer answers, of all regions
# Who may be handed a role of the stack
HANDED_TO = (
    "chatbot.amazonaws.com",
    "ec2.amazonaws.com",
    "lambda.amazonaws.com",
    "monitoring.rds.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)
# Who makes a role for itself in an account that uses it for the first time
LINKED = (
    "autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "management.chatbot.amazonaws.com",
    "rds.amazonaws.com",
    "spot.amazonaws.com",
)


@dataclass(frozen=True)
class Place:
    """Where the stack is.

    Attributes:
        partition: as in `aws`.
        stack: its name, which all that it makes has as a tag.
        path: of its roles in IAM.
        zone_id: of the hosted zone with its names.
        buckets: what the names of its buckets begin with.
        parameters: what the names of its parameters in Systems Manager begin with.
        state_bucket: where Pulumi keeps its state; None if that is elsewhere.
    """

    partition: Output[str]
    region: Output[str]
    account: Output[str]
    stack: str
    path: str
    zone_id: Input[str]
    buckets: str
    parameters: str
    state_bucket: str | None = None

    @classmethod
    def of(cls, resource: Resource, *known: Any) -> Place:
        """Where a resource is made, and what is known of the stack beside that."""
        here = Here(resource)
        return cls(here.partition, here.region, here.account, *known)

    def arn(
        self, service: str, rest: Any, *, region: Input[str] = "", account: Input[str] | None = None
    ) -> Output[str]:
        """Of something of this account; of a service without regions, unless one is given."""
        owner = self.account if account is None else account
        return Output.concat("arn:", self.partition, ":", service, ":", region, ":", owner, ":", rest)

    def role(self) -> Output[str]:
        """Every role of the stack."""
        return self.arn("iam", f"role{self.path}*")


def of_region(place: Place) -> list[Statement]:
    """For `pulumi up`: what has no name before it is there. A policy of its own: IAM takes none with all in it."""
    return [_in_region(actions.REGIONAL, place.region)]


def of_deployment(place: Place, boundary_arn: Input[str]) -> list[Statement]:
    """For `pulumi up`: everything else that the stack is made of, and nothing of another stack."""
    return [
        _read(place),
        _in_region(actions.IN_VIRGINIA, GLOBAL),
        *_files(place),
        *_secrets(place),
        *_names(place),
        *_roles(place, boundary_arn),
        *_state(place, actions.STATE_WRITE),
        _nothing_of_other_stacks(place),
        {"Effect": "Deny", "Action": list(actions.NEVER), "Resource": ["*"]},
    ]


def of_preview(place: Place) -> list[Statement]:
    """For `pulumi preview`: how everything is, but no content of files, secrets, parameters or logs.

    That leaves out `--refresh`, which would read the parameters with the services' secrets.
    """
    return [
        _read(place),
        allow(["ssm:GetParameter"], [_public_parameters(place)]),
        *_state(place, actions.STATE_READ),
    ]


def of_boundary(place: Place) -> list[Statement]:
    """The most that a role of the stack may be given: what servers, functions and log writers do. No IAM.

    A server takes on other roles of the stack, which the boundary holds as well.
    """
    return [
        _in_region(actions.AT_WORK, place.region),
        allow(["sts:AssumeRole"], [place.role()], condition=_only_in(place.region)),
    ]


def _read(place: Place) -> Statement:
    return _in_region(actions.READ, place.region, GLOBAL, *CHAT)


def _in_region(what: tuple[str, ...], *regions: Input[str]) -> Statement:
    return allow(what, ["*"], condition=_only_in(*regions))


def _only_in(*regions: Input[str]) -> Mapping[str, Any]:
    return {"StringEquals": {"aws:RequestedRegion": list(regions)}}


def _files(place: Place) -> list[Statement]:
    bucket = place.arn("s3", f"{place.buckets}*", account="")
    return [allow(actions.BUCKETS, [bucket, Output.concat(bucket, "/*")])]


def _secrets(place: Place) -> list[Statement]:
    """What is encrypted: keys that carry the stack's tag, the servers' parameters, the database's password."""
    parameters = place.arn("ssm", f"parameter/{place.parameters}*", region=place.region)
    password = place.arn("secretsmanager", "secret:rds!*", region=place.region)
    tagged: Mapping[str, Any] = {"StringEquals": {"aws:ResourceTag/Stack": place.stack}}
    made: Mapping[str, Any] = {"StringEquals": {"aws:RequestTag/Stack": place.stack}}
    return [
        allow(["kms:CreateKey"], ["*"], condition=made),
        # A key that is just being made has its tags with the request
        allow(["kms:TagResource"], [place.arn("kms", "key/*", region=place.region)], condition=made),
        allow(actions.KEYS, [place.arn("kms", "key/*", region=place.region)], condition=tagged),
        allow(actions.PARAMETERS, [parameters]),
        allow(["ssm:GetParameter"], [_public_parameters(place)]),
        allow(["secretsmanager:CreateSecret", "secretsmanager:TagResource"], [password]),
    ]


def _public_parameters(place: Place) -> Output[str]:
    """AWS' and Canonical's, which tell the newest machine image."""
    return place.arn("ssm", "parameter/aws/service/*", region=place.region, account="")


def _names(place: Place) -> list[Statement]:
    """What is in no region: names, CloudFront, the budget, the channel that alarms go to."""
    zone = Output.concat("arn:", place.partition, ":route53:::hostedzone/", place.zone_id)
    checks = Output.concat("arn:", place.partition, ":route53:::healthcheck/*")
    return [
        allow(["route53:ChangeResourceRecordSets"], [zone]),
        allow(actions.HEALTH_CHECKS, [checks]),
        allow(actions.DISTRIBUTIONS, [place.arn("cloudfront", "*")]),
        allow(["budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"], [place.arn("budgets", "*")]),
        allow(actions.CHANNELS, [place.arn("chatbot", "*")]),
    ]


def _roles(place: Place, boundary_arn: Input[str]) -> list[Statement]:
    """Roles under the stack's path, within the boundary, for the services that the stack uses."""
    linked = place.arn("iam", "role/aws-service-role/*")
    others = [place.arn("iam", f"{kind}{place.path}*") for kind in ("instance-profile", "policy")]
    return [
        allow(
            actions.ROLES_WITHIN, [place.role()], condition={"StringEquals": {"iam:PermissionsBoundary": boundary_arn}}
        ),
        allow(actions.ROLES, [place.role()]),
        allow(actions.PROFILES_AND_POLICIES, [place.role(), *others]),
        allow(["iam:PassRole"], [place.role()], condition={"StringEquals": {"iam:PassedToService": list(HANDED_TO)}}),
        allow(
            ["iam:CreateServiceLinkedRole"],
            [linked],
            condition={"StringEquals": {"iam:AWSServiceName": list(LINKED)}},
        ),
    ]


def _state(place: Place, what: tuple[str, ...]) -> list[Statement]:
    if place.state_bucket is None:
        return []
    bucket = place.arn("s3", place.state_bucket, account="")
    return [allow(["s3:ListBucket"], [bucket]), allow(what, [Output.concat(bucket, "/.pulumi/*")])]


def _nothing_of_other_stacks(place: Place) -> Statement:
    """Another stack of the project may be in the same account: all that it made says so by its tags."""
    of_another = {
        "Null": {"aws:ResourceTag/Stack": "false"},
        "StringEquals": {"aws:ResourceTag/Project": PROJECT},
        "StringNotEquals": {"aws:ResourceTag/Stack": place.stack},
    }
    return {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": of_another}
