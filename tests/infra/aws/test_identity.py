"""Who deploys without keys, and what the roles may do: IAM's own evaluation over what AWS is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from tests.infra.aws.access import actions, may
from tests.infra.aws.answers import ACCOUNT, REGION, Answers
from tests.infra.aws.takes import (
    BOUNDARY,
    BUCKET,
    HERE,
    KEY,
    MINE,
    OTHERS,
    OWN_PATH,
    PATH,
    POLICY,
    PROVIDER,
    ROLE,
    ROLE_OF_STACK,
    TAKES,
    WITHIN,
)
from tests.infra.aws.whole_stack import EVERYTHING, IDENTITY, policy, whole_stack
from tests.infra.recorded import STACK, Recorded, record

from archive_platform.aws.identity import WITH_A_PATH, Identity, held, path_of
from archive_platform.config.aws import IdentitySettings

ISSUER = "token.actions.githubusercontent.com"
ROLE_OF_OTHER = f"arn:aws:iam::{ACCOUNT}:role/admin"
OWN_ROLE = f"arn:aws:iam::{ACCOUNT}:role{OWN_PATH}identity-deploy-1"


def identity(**settings: Any) -> Recorded:
    known = IdentitySettings(**{**IDENTITY, **settings})

    def program() -> None:
        Identity("identity", known, stack=STACK, zone_id="Z1", buckets="files-", parameters="servers-")

    return record(program, Answers())


def statements(made: Recorded, role: str) -> list[dict[str, Any]]:
    own = made.one("aws:iam/rolePolicy:RolePolicy", f"identity-{role}").inputs
    attached = [
        each.inputs["policyArn"].rpartition(":")[2]
        for each in made.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if each.inputs["role"] == f"identity-{role}"
    ]
    more = [made.one(POLICY, name).inputs["policy"] for name in attached]
    return [statement for text in (own["policy"], *more) for statement in policy(text)]


@cache
def everything() -> Recorded:
    return whole_stack(**EVERYTHING, environment="prod")


@cache
def deploys() -> list[dict[str, Any]]:
    return statements(everything(), "deploy")


# Who is let in


@pytest.mark.parametrize(("role", "what"), [("deploy", "environment:production"), ("preview", "pull_request")])
@pytest.mark.parametrize("repository", ["example/game-archive", "example@123456/game-archive@456789"])
def test_one_repository_is_let_in_and_says_all_of_who_it_is(role: str, what: str, repository: str) -> None:
    asked = identity(repository=repository).one(ROLE, f"identity-{role}").inputs
    (statement,) = policy(asked["assumeRolePolicy"])
    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam:{REGION}:{ACCOUNT}:identity"},
        "Condition": {
            "StringEquals": {
                f"{ISSUER}:aud": "sts.amazonaws.com",
                f"{ISSUER}:sub": f"repo:{repository}:{what}",
            }
        },
    }
    assert asked["maxSessionDuration"] == 3600
    assert asked["path"] == OWN_PATH


def test_github_is_trusted_once_in_an_account() -> None:
    asked = identity().one(PROVIDER).inputs
    assert (asked["url"], asked["clientIdLists"]) == (f"https://{ISSUER}", ["sts.amazonaws.com"])
    there = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
    made = identity(existing_provider=there)
    assert made.of(PROVIDER) == []
    for role in made.of(ROLE):
        (statement,) = policy(role.inputs["assumeRolePolicy"])
        assert statement["Principal"] == {"Federated": there}


# What holds the stack's roles


def unheld(made: Recorded) -> list[str]:
    """What has a place in IAM and is not where a deployment is held to, and roles without a boundary."""
    resources = [each for each in made if each.type in WITH_A_PATH and each.inputs.get("path") != OWN_PATH]
    return [
        each.name
        for each in resources
        if each.inputs.get("path") != PATH or (each.type == ROLE and each.inputs.get("permissionsBoundary") != BOUNDARY)
    ]


def test_every_role_of_the_stack_is_held() -> None:
    made = everything()
    assert len(made.of(ROLE)) > 5
    assert unheld(made) == []


def test_a_role_that_is_not_held_is_seen() -> None:
    def program(*transformations: pulumi.ResourceTransformation) -> None:
        opts = pulumi.ResourceOptions(transformations=list(transformations))
        component = pulumi.ComponentResource("archive:test:Any", "any", None, opts)
        aws.iam.Role("any", assume_role_policy="{}", opts=pulumi.ResourceOptions(parent=component))

    assert unheld(record(program, Answers())) == ["any"]
    assert unheld(record(lambda: program(held(PATH)), Answers())) == ["any"]
    assert unheld(record(lambda: program(held(PATH, BOUNDARY)), Answers())) == []


def test_without_workflows_roles_are_at_the_same_place() -> None:
    """So that workflows that come later replace no role."""
    roles = whole_stack().of(ROLE)
    assert {each.inputs["path"] for each in roles} == {PATH} == {path_of(STACK)}
    assert not any("permissionsBoundary" in each.inputs for each in roles)


# AWS' own policies that the stack attaches to roles ("AWS Managed Policy Reference")
MANAGED: Mapping[str, str] = {
    "AmazonRDSEnhancedMonitoringRole": "logs:CreateLogGroup logs:PutRetentionPolicy logs:CreateLogStream"
    " logs:PutLogEvents logs:DescribeLogStreams",
    "AWSLambdaVPCAccessExecutionRole": "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents"
    " ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:DeleteNetworkInterface"
    " ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses",
    "AWSXRayDaemonWriteAccess": "xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules"
    " xray:GetSamplingTargets",
}


def test_the_boundary_leaves_every_role_what_it_works_with() -> None:
    made = everything()
    bound = policy(made.one(POLICY, "identity-boundary").inputs["policy"])
    needed: set[str] = set()
    for each in made.of("aws:iam/rolePolicy:RolePolicy"):
        if not each.name.startswith("identity-"):
            needed |= actions(policy(each.inputs["policy"]))
    for each in made.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment"):
        if not each.name.startswith("identity-"):
            needed |= set(MANAGED[each.inputs["policyArn"].rpartition("/")[2]].split())
    assert len(needed) > 20
    of_what = {"sts:AssumeRole": ROLE_OF_STACK}
    assert [each for each in sorted(needed) if not may(bound, each, of_what.get(each, "*"), **HERE)] == []


@pytest.mark.parametrize(
    "action",
    [
        "iam:CreateRole",
        "iam:PassRole",
        "sts:AssumeRole",
        "ec2:RunInstances",
        "rds:DeleteDBInstance",
        "kms:PutKeyPolicy",
    ],
)
def test_no_role_gets_beyond_its_boundary(action: str) -> None:
    made = everything()
    bound = policy(made.one(POLICY, "identity-boundary").inputs["policy"])
    assert not may(bound, action, **HERE)
    assert not may(bound, "s3:GetObject", aws__RequestedRegion="eu-west-1")
    assert not may(bound, "sts:AssumeRole", ROLE_OF_OTHER, **HERE)
    assert not may(bound, "sts:AssumeRole", OWN_ROLE, **HERE)


# What a deployment may do


def missing(made: Recorded, given: list[dict[str, Any]]) -> list[str]:
    """What a deployment lacks to make and delete the resources. AssertionError for a type that TAKES does not know."""
    types = {each.type for each in made if each.type.startswith("aws:")}
    assert not types - set(TAKES), f"what does it take? Add it to TAKES: {', '.join(sorted(types - set(TAKES)))}"
    return [
        f"{each}: {action} of {resource}"
        for each in sorted(types)
        for names, (resource, context) in TAKES[each]
        for action in names.split()
        if not may(given, action, resource, **context)
    ]


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_a_deployment_may_make_and_delete_all_that_the_stack_is_made_of(environment: str) -> None:
    made = whole_stack(**EVERYTHING, environment=environment)
    assert missing(made, statements(made, "deploy")) == []


def test_what_a_deployment_lacks_is_seen() -> None:
    without = json.loads(json.dumps(deploys()).replace('ec2:CreateVpc"', 'ec2:Nothing"'))
    assert missing(everything(), without) == ["aws:ec2/vpc:Vpc: ec2:CreateVpc of *"]


def test_a_resource_that_nobody_thought_of_is_told() -> None:
    recorded = record(_queue, Answers())
    with pytest.raises(AssertionError, match=r"what does it take.*aws:sqs/queue:Queue"):
        missing(recorded, deploys())


def _queue() -> None:
    aws.sqs.Queue("queue")


@pytest.mark.parametrize("service", ["ec2.amazonaws.com", "lambda.amazonaws.com", "monitoring.rds.amazonaws.com"])
def test_a_deployment_hands_the_stacks_roles_to_the_services_that_it_uses(service: str) -> None:
    assert may(deploys(), "iam:PassRole", ROLE_OF_STACK, iam__PassedToService=service)
    assert not may(deploys(), "iam:PassRole", ROLE_OF_OTHER, iam__PassedToService=service)
    assert not may(deploys(), "iam:PassRole", ROLE_OF_STACK, iam__PassedToService="ecs-tasks.amazonaws.com")


def test_every_service_that_a_role_of_the_stack_trusts_may_be_handed_it() -> None:
    roles = [each for each in everything().of(ROLE) if each.inputs["path"] == PATH]
    principals = [each["Principal"] for role in roles for each in policy(role.inputs["assumeRolePolicy"])]
    trusted = {each["Service"] for each in principals if "Service" in each}
    assert len(trusted) == 5
    for service in trusted:
        assert may(deploys(), "iam:PassRole", ROLE_OF_STACK, iam__PassedToService=service), service


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        # People and their keys
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/eve", {}),
        ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/eve", {}),
        ("iam:CreateLoginProfile", f"arn:aws:iam::{ACCOUNT}:user/eve", {}),
        # Who else is let in
        ("iam:CreateOpenIDConnectProvider", f"arn:aws:iam::{ACCOUNT}:oidc-provider/eve", {}),
        ("iam:AddClientIDToOpenIDConnectProvider", f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}", {}),
        ("sts:AssumeRole", ROLE_OF_OTHER, {}),
        # More than the boundary allows
        ("iam:CreateRole", ROLE_OF_STACK, {}),
        ("iam:CreateRole", ROLE_OF_STACK, {"iam__PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("iam:CreateRole", ROLE_OF_OTHER, WITHIN),
        ("iam:AttachRolePolicy", ROLE_OF_STACK, {}),
        ("iam:DeleteRolePermissionsBoundary", ROLE_OF_STACK, WITHIN),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy{OWN_PATH}identity-boundary-1", {}),
        ("iam:DeletePolicy", f"arn:aws:iam::{ACCOUNT}:policy{OWN_PATH}identity-boundary-1", {}),
        # Itself
        ("iam:UpdateAssumeRolePolicy", OWN_ROLE, {}),
        ("iam:PutRolePolicy", OWN_ROLE, WITHIN),
        ("iam:AttachRolePolicy", OWN_ROLE, WITHIN),
        # What is not the stack's
        ("s3:GetObject", "arn:aws:s3:::payroll/2026.csv", {}),
        ("s3:PutBucketPolicy", "arn:aws:s3:::payroll", {}),
        ("kms:Decrypt", KEY, OTHERS),
        ("kms:ScheduleKeyDeletion", KEY, {}),
        ("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/payroll", {}),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1", HERE),
        ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/ZOTHER", {}),
        ("rds:DeleteDBInstance", f"arn:aws:rds:{REGION}:{ACCOUNT}:db:db-2", {**HERE, **OTHERS}),
        ("ec2:DeleteVpc", f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-2", {**HERE, **OTHERS}),
        # Elsewhere
        ("ec2:RunInstances", "*", {"aws__RequestedRegion": "eu-west-1"}),
        ("rds:CreateDBInstance", "*", {"aws__RequestedRegion": "us-east-1"}),
        ("organizations:LeaveOrganization", "*", HERE),
    ],
)
def test_a_deployment_may_do_nothing_else(action: str, resource: str, context: dict[str, str]) -> None:
    assert not may(deploys(), action, resource, **context)


def test_a_deployment_of_this_stack_changes_its_own() -> None:
    """The counterpart of what is refused above: the same, of this stack."""
    assert may(deploys(), "rds:DeleteDBInstance", f"arn:aws:rds:{REGION}:{ACCOUNT}:db:db-1", **HERE, **MINE)
    assert may(deploys(), "kms:ScheduleKeyDeletion", KEY, **MINE)
    assert may(
        deploys(),
        "iam:CreateServiceLinkedRole",
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/a/b",
        iam__AWSServiceName="autoscaling.amazonaws.com",
    )
    assert not may(
        deploys(),
        "iam:CreateServiceLinkedRole",
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/a/b",
        iam__AWSServiceName="eks.amazonaws.com",
    )


# What a preview may do

READS = re.compile(r"[a-z0-9-]+:(Describe|Get|List|View)[A-Za-z*]*")


def test_a_preview_reads_and_changes_nothing() -> None:
    given = statements(everything(), "preview")
    assert {each["Effect"] for each in given} == {"Allow"}
    assert [action for action in actions(given) if not READS.fullmatch(action)] == []
    assert may(given, "rds:DescribeDBInstances", **HERE)
    assert may(given, "iam:GetRole", ROLE_OF_STACK, aws__RequestedRegion="us-east-1")
    assert may(given, "chatbot:DescribeSlackChannelConfigurations", aws__RequestedRegion="us-west-2")
    image = f"arn:aws:ssm:{REGION}::parameter/aws/service/canonical/ubuntu/server/24.04/stable/current/ami-id"
    assert may(given, "ssm:GetParameter", image)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", f"{BUCKET}/picture.png"),
        ("secretsmanager:GetSecretValue", "*"),
        ("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/servers-news-1"),
        ("kms:Decrypt", KEY),
        ("logs:GetLogEvents", "*"),
        ("logs:FilterLogEvents", "*"),
        ("lambda:InvokeFunction", "*"),
        ("ec2:GetPasswordData", "*"),
        ("sts:GetFederationToken", "*"),
    ],
)
def test_a_preview_sees_no_content(action: str, resource: str) -> None:
    assert not may(statements(everything(), "preview"), action, resource, **HERE, **MINE)


def test_the_state_is_written_by_deployments_and_read_by_previews() -> None:
    made = identity(state_bucket="example-state")
    file = "arn:aws:s3:::example-state/.pulumi/stacks/game-archive-aws/prod.json"
    deploy, preview = (statements(made, role) for role in ("deploy", "preview"))
    assert may(deploy, "s3:PutObject", file)
    assert may(preview, "s3:GetObject", file)
    assert not may(preview, "s3:PutObject", file)
    assert not may(deploy, "s3:PutObject", "arn:aws:s3:::example-state/else")
    assert may(preview, "s3:ListBucket", "arn:aws:s3:::example-state")
    assert not may(statements(identity(), "deploy"), "s3:GetObject", file)


# Limits and shape


def length(text: str) -> int:
    """As IAM counts: without white space."""
    return len(re.sub(r"\s", "", text))


def test_no_policy_is_longer_than_iam_takes() -> None:
    """ "IAM and AWS STS quotas": 10,240 characters for a role's own, 6,144 for one that stands by itself."""
    made = everything()
    inline = {each.name: length(each.inputs["policy"]) for each in made.of("aws:iam/rolePolicy:RolePolicy")}
    assert max(inline.values()) <= 10_240, inline
    alone = {each.name: length(each.inputs["policy"]) for each in made.of(POLICY)}
    assert set(alone) == {"identity-boundary", "identity-region"}
    assert max(alone.values()) <= 6_144, alone


def test_every_child_has_its_parent_and_the_component_tells_its_outputs() -> None:
    made = identity()
    (whole,) = made.of("archive:aws:Identity")
    children = [each for each in made if each.type.startswith("aws:")]
    assert len(children) == 8
    assert {each.parent for each in children} == {whole.urn}
    assert made.outputs[whole.urn] == {
        "deployRoleArn": f"arn:aws:iam:{REGION}:{ACCOUNT}:identity-deploy",
        "previewRoleArn": f"arn:aws:iam:{REGION}:{ACCOUNT}:identity-preview",
        "boundaryArn": BOUNDARY,
    }
