"""The stand-in for the `aws` plugin: moto's account refuses what AWS would, and what is changed there is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engine.aws_project import AwsProject
from tests.engine.aws_stack import AwsStack
from tests.engine.emulator import Emulator, emulator
from tests.engine.providers.aws.computed import RESOURCES
from tests.engine.providers.aws.emulated import KINDS
from tests.infra.aws.whole_stack import EVERYTHING, whole_stack

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
GROUP, RULE = "aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
TABLE, ASSOCIATION = "aws:ec2/routeTable:RouteTable", "aws:ec2/routeTableAssociation:RouteTableAssociation"
BUCKET, POLICY = "aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy"
ROLE, FUNCTION = "aws:iam/role:Role", "aws:lambda/function:Function"
BALANCER, TARGETS = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)
ANYBODY = '{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "{}"}}]}}'
NETWORK: dict[str, tuple[str, dict[str, Any]]] = {
    "net": (VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "net"}}),
    "sub": (SUBNET, {"vpcId": "${net.id}", "cidrBlock": "10.0.0.0/24"}),
    "visitors": (GROUP, {"vpcId": "${net.id}", "description": "Visitors"}),
    "https": (
        RULE,
        {
            "securityGroupId": "${visitors.id}",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "0.0.0.0/0",
        },
    ),
}
# Types that moto does not know, or not as far as they are used
COMPUTED = {
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
    "aws:ec2/vpnConnectionRoute:VpnConnectionRoute",
    "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation",
    "aws:lambda/invocation:Invocation",
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("moto")) as running:
        yield running


def test_one_table_says_what_is_served_and_what_is_computed() -> None:
    print(f"{len(KINDS)} types are served, {len(RESOURCES) - len(KINDS)} computed")
    assert KINDS.keys() <= RESOURCES.keys()
    assert RESOURCES.keys() - KINDS.keys() == COMPUTED


def test_every_type_of_the_stack_is_known() -> None:
    used = {each.type for each in whole_stack(**EVERYTHING) if each.type.startswith("aws:")}
    assert used - RESOURCES.keys() == set()


@pytest.mark.slow
def test_what_names_nothing_that_there_is_fails(account: Emulator, tmp_path: Path) -> None:
    """One run with a wrong reference of each kind, among resources that are well."""
    project = AwsProject(tmp_path / "project", account.url)
    right = {
        **NETWORK,
        "other": (VPC, {"cidrBlock": "10.1.0.0/16"}),
        "elsewhere": (GROUP, {"vpcId": "${other.id}", "description": "In another VPC"}),
        "table": (TABLE, {"vpcId": "${other.id}"}),
        "logs": (BUCKET, {}),
        "role": (ROLE, {"assumeRolePolicy": TRUST}),
        "cloud": (TARGETS, {"vpcId": "${net.id}", "port": 80, "protocol": "HTTP", "targetType": "instance"}),
    }
    wrong: dict[str, tuple[str, dict[str, Any], str]] = {
        "no-vpc": (SUBNET, {"vpcId": "vpc-0123456789abcdef0", "cidrBlock": "10.0.1.0/24"}, "InvalidVpcID.NotFound"),
        "no-place": (SUBNET, {"vpcId": "${net.id}", "cidrBlock": "10.9.0.0/24"}, "InvalidSubnet.Range"),
        "two-vpcs": (ASSOCIATION, {"subnetId": "${sub.id}", "routeTableId": "${table.id}"}, "not of one VPC"),
        "no-group": (
            RULE,
            {
                "securityGroupId": "${visitors.id}",
                "ipProtocol": "tcp",
                "fromPort": 1,
                "toPort": 1,
                "referencedSecurityGroupId": "sg-0123456789abcdef0",
            },
            "InvalidGroup.NotFound",
        ),
        "no-gateway": (
            "aws:ec2/route:Route",
            {
                "routeTableId": "${table.id}",
                "destinationCidrBlock": "0.0.0.0/0",
                "natGatewayId": "nat-0123456789abcdef0",
            },
            "nat-0123456789abcdef0",
        ),
        "no-bucket": (
            POLICY,
            {"bucket": "nobodys-bucket", "policy": ANYBODY.format("arn:aws:s3:::nobodys-bucket/*")},
            "NoSuchBucket",
        ),
        "not-its-bucket": (
            POLICY,
            {"bucket": "${logs.id}", "policy": ANYBODY.format("arn:aws:s3:::another-bucket/*")},
            "MalformedPolicy",
        ),
        "no-role": (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "nobody", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
            "NoSuchEntity",
        ),
        "no-policy": (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "${role.name}", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAcess"},
            "NoSuchEntity",
        ),
        "no-key": (
            "aws:cloudwatch/logGroup:LogGroup",
            {"kmsKeyId": "arn:aws:kms:ap-northeast-2:123456789012:key/0123"},
            "NotFoundException",
        ),
        "nobodys-network": (
            TARGETS,
            {"vpcId": "vpc-0123456789abcdef0", "port": 80, "protocol": "HTTP", "targetType": "ip"},
            "vpc-0123456789abcdef0",
        ),
        "no-leave": (
            BALANCER,
            {"subnets": ["${sub.id}"], "accessLogs": {"bucket": "${logs.id}", "enabled": True}},
            "Access Denied for bucket",
        ),
        "not-let-in": (BALANCER, {"subnets": ["${sub.id}"], "securityGroups": ["${elsewhere.id}"]}, "not of one VPC"),
        "no-certificate": (
            "aws:lb/listener:Listener",
            {
                "loadBalancerArn": "${lb.arn}",
                "port": 443,
                "protocol": "HTTPS",
                "certificateArn": "arn:aws:acm:ap-northeast-2:123456789012:certificate/none",
                "defaultActions": [{"type": "forward", "targetGroupArn": "${cloud.arn}"}],
            },
            "certificate/none",
        ),
        "no-parameters": (
            "aws:rds/instance:Instance",
            {
                "engine": "mysql",
                "instanceClass": "db.t4g.micro",
                "allocatedStorage": 20,
                "username": "admin",
                "manageMasterUserPassword": True,
                "parameterGroupName": "nobodys",
                "skipFinalSnapshot": True,
            },
            "DBParameterGroupNotFound",
        ),
        "no-zone": (
            "aws:route53/record:Record",
            {"zoneId": "Z0123456789ABC", "name": "a.example.com", "type": "A", "records": ["10.0.0.1"], "ttl": 60},
            "NoSuchHostedZone",
        ),
        "no-image": (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"imageId": "ami-0123456789abcdef0", "instanceType": "t4g.small"},
            "InvalidAMIID.NotFound",
        ),
    }
    lb = {"lb": (BALANCER, {"subnets": ["${sub.id}"], "securityGroups": ["${visitors.id}"]})}
    project.declare({**right, **lb, **{name: (token, inputs) for name, (token, inputs, _) in wrong.items()}})
    errors = project.errors()
    for name, (_, _, says) in wrong.items():
        assert says in errors.pop(name, "nothing"), name
    errors.pop("declared-test", None)
    assert errors == {}
    project.declare({**right, **lb})
    assert project.up().counts["unchanged"] > len(right)
    project.well("destroy", "--yes", "--skip-preview")


@pytest.mark.slow
def test_what_somebody_else_changed_is_found_and_mended(account: Emulator, tmp_path: Path) -> None:
    project = AwsProject(tmp_path / "project", account.url)
    project.declare(NETWORK)
    project.up()
    group, rule = project.outputs("visitors"), project.outputs("https")
    subnet = account.call("ec2", "describe_subnets", Filters=[{"Name": "cidr-block", "Values": ["10.0.0.0/24"]}])
    account.call("ec2", "delete_subnet", SubnetId=subnet["Subnets"][0]["SubnetId"])
    opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "0.0.0.0/0"}
    account.call(
        "ec2",
        "modify_security_group_rules",
        GroupId=group["arn"].rpartition("/")[2],
        SecurityGroupRules=[
            {"SecurityGroupRuleId": rule["securityGroupRuleId"], "SecurityGroupRule": opened},
        ],
    )
    refused = project.run("preview", "--refresh", "--expect-no-changes")
    assert refused.code != 0
    project.well("refresh", "--yes", "--skip-preview")
    assert project.outputs("https")["fromPort"] == 22
    assert project.up().changes == {"created": 1, "updated": 1}
    seen = account.call("ec2", "describe_security_group_rules", SecurityGroupRuleIds=[rule["securityGroupRuleId"]])
    assert seen["SecurityGroupRules"][0]["FromPort"] == 443
    project.well("preview", "--refresh", "--expect-no-changes")


@pytest.mark.slow
def test_what_something_else_still_needs_is_not_deleted(account: Emulator, tmp_path: Path) -> None:
    project = AwsProject(tmp_path / "project", account.url)
    project.declare({"net": NETWORK["net"]})
    project.up()
    vpc = project.outputs("net")["arn"].rpartition("/")[2]
    subnet = account.call("ec2", "create_subnet", VpcId=vpc, CidrBlock="10.0.7.0/24")["Subnet"]["SubnetId"]
    refused = project.run("destroy", "--yes", "--skip-preview")
    assert refused.code != 0
    assert "DependencyViolation" in refused.text
    account.call("ec2", "delete_subnet", SubnetId=subnet)
    assert project.well("destroy", "--yes", "--skip-preview").changes["deleted"] == 3
    vpcs = account.call("ec2", "describe_vpcs")["Vpcs"]
    assert vpc not in [each["VpcId"] for each in vpcs]


@pytest.mark.slow
def test_tags_are_the_accounts_too(account: Emulator, tmp_path: Path) -> None:
    project = AwsProject(tmp_path / "project", account.url)
    project.declare({"net": NETWORK["net"]})
    project.up()
    vpc = project.outputs("net")["arn"].rpartition("/")[2]

    def tags() -> dict[str, str]:
        found = account.call("ec2", "describe_vpcs", VpcIds=[vpc])["Vpcs"][0]["Tags"]
        return {each["Key"]: each["Value"] for each in found}

    assert tags() == {"Name": "net"}
    project.declare({"net": (VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"Owner": "somebody"}})})
    assert project.up().changes == {"updated": 1}
    assert tags() == {"Owner": "somebody"}


@pytest.mark.slow
@pytest.mark.parametrize(("environment", "settings"), [("dev", {}), ("prod", EVERYTHING)])
def test_the_whole_stack_lives_in_an_account(
    account: Emulator, tmp_path: Path, environment: str, settings: dict[str, Any]
) -> None:
    """Every id and ARN that one resource has of another is one of the account's."""
    domain = {"standby": settings["domain"]["standby"]} if settings else {}
    chosen = {key: value for key, value in settings.items() if key != "domain"}
    stack = AwsStack(tmp_path, account=account, environment=environment, **chosen)
    stack.set(domain={**stack.settings["domain"], **domain})
    print(f"{environment}: {stack.up().changes['created']} resources")
    stack.well("preview", "--refresh", "--expect-no-changes")
    for changes in ({"network": {**chosen.get("network", {}), "zones": ["a", "c", "d"]}}, {"owner": "a@example.com"}):
        stack.set(**changes)
        assert stack.up().changes.keys() <= {"created", "updated"}, changes
    stack.well("preview", "--refresh", "--expect-no-changes")
    vpc = stack.output("vpc")
    if environment == "dev":
        stack.well("destroy", "--yes", "--skip-preview")
        assert stack.resources() == []
        assert vpc not in [each["VpcId"] for each in account.call("ec2", "describe_vpcs")["Vpcs"]]
    else:
        servers = account.call("rds", "describe_db_instances")["DBInstances"]
        assert {each["DeletionProtection"] for each in servers if "db-" in each["DBInstanceIdentifier"]} == {True}
