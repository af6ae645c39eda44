"""The network component, as AWS is asked for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import pytest
from tests.infra.aws.answers import ACCOUNT, REGION, Answers
from tests.infra.recorded import Recorded, record

from archive_platform.aws.encryption import EncryptionKey
from archive_platform.aws.network import Network, Tier
from archive_platform.config.aws import NetworkSettings

SUBNET, TABLE, ROUTE = "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"
ASSOCIATION, NAT = "aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ec2/natGateway:NatGateway"
ENDPOINT, GROUP = "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/securityGroup:SecurityGroup"
GATEWAYS = ("gatewayId", "natGatewayId", "egressOnlyGatewayId")
KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/1"


def network(**settings: Any) -> Recorded:
    return record(lambda: _make(settings), Answers())


def _make(settings: dict[str, Any], see: Callable[[Network], None] = lambda _: None) -> None:
    see(Network("net", NetworkSettings(**settings), key_arn=KEY))


def ways_out(recorded: Recorded, subnet: str) -> dict[str, str]:
    """Destination → the id of the gateway, of the table that the subnet is associated with."""
    association = recorded.one(ASSOCIATION, f"net-{subnet}").inputs
    assert association["subnetId"] == f"net-{subnet}-id"
    routes = [each.inputs for each in recorded.of(ROUTE) if each.inputs["routeTableId"] == association["routeTableId"]]
    ways: dict[str, str] = {}
    for route in routes:
        destination = route.get("destinationCidrBlock") or route["destinationIpv6CidrBlock"]
        (ways[destination],) = (
            route[key] for key in ("gatewayId", "natGatewayId", "egressOnlyGatewayId") if key in route
        )
    return ways


def blocks(recorded: Recorded) -> dict[str, str]:
    return {subnet.name: subnet.inputs["cidrBlock"] for subnet in recorded.of(SUBNET)}


def test_each_zone_has_a_subnet_of_each_tier() -> None:
    made = network(zones=("a", "c"))
    assert blocks(made) == {
        "net-public-a": "10.20.0.0/20",
        "net-public-c": "10.20.32.0/20",
        "net-private-a": "10.20.64.0/20",
        "net-private-c": "10.20.96.0/20",
        "net-database-a": "10.20.128.0/20",
        "net-database-c": "10.20.160.0/20",
    }
    for subnet in made.of(SUBNET):
        assert subnet.inputs["vpcId"] == "net-id"
        assert subnet.inputs["availabilityZone"] == REGION + subnet.name[-1]
        assert subnet.inputs["mapPublicIpOnLaunch"] is False
        assert IPv4Network(subnet.inputs["cidrBlock"]).subnet_of(IPv4Network("10.20.0.0/16"))


@pytest.mark.parametrize("zones", [("a", "c", "d"), ("d", "a", "c"), ("a", "b", "c")])
def test_another_zone_moves_no_subnet(zones: tuple[str, ...]) -> None:
    before, after = blocks(network(zones=("a", "c"))), blocks(network(zones=zones))
    assert len(after) == 9
    assert before.items() <= after.items()


def test_names_in_the_vpc_resolve() -> None:
    vpc = network().one("aws:ec2/vpc:Vpc").inputs
    assert vpc == {
        "cidrBlock": "10.20.0.0/16",
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
        "tags": {"Name": "net"},
    }


@pytest.mark.parametrize(
    ("nat", "gateways", "of_c"),
    [
        ("none", [], {}),
        ("single", ["net-nat-a"], {"0.0.0.0/0": "net-nat-a-id"}),
        ("per-zone", ["net-nat-a", "net-nat-c"], {"0.0.0.0/0": "net-nat-c-id"}),
    ],
)
def test_only_the_private_tier_goes_out_by_nat(nat: str, gateways: list[str], of_c: dict[str, str]) -> None:
    made = network(zones=("a", "c"), nat=nat)
    assert sorted(gateway.name for gateway in made.of(NAT)) == gateways
    for gateway in made.of(NAT):
        zone = gateway.name[-1]
        assert gateway.inputs["subnetId"] == f"net-public-{zone}-id"
        assert gateway.inputs["allocationId"] == f"net-nat-{zone}-id"
        assert made.one("aws:ec2/eip:Eip", gateway.name).inputs["domain"] == "vpc"
        assert made.one("aws:ec2/internetGateway:InternetGateway").urn in gateway.wire.dependencies
    assert ways_out(made, "private-c") == of_c
    assert ways_out(made, "public-a") == ways_out(made, "public-c") == {"0.0.0.0/0": "net-id"}
    assert ways_out(made, "database-a") == ways_out(made, "database-c") == {}


@pytest.mark.parametrize(("nat", "tier"), [("none", Tier.PUBLIC), ("single", Tier.PRIVATE), ("per-zone", Tier.PRIVATE)])
def test_servers_stand_where_the_internet_is_reached(nat: str, tier: Tier) -> None:
    seen: list[Tier] = []
    record(lambda: _make({"nat": nat}, lambda made: seen.append(made.server_tier)), Answers())
    assert seen == [tier]


def test_the_default_security_group_is_closed() -> None:
    group = network().one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs
    assert (group["vpcId"], group["ingress"], group["egress"]) == ("net-id", [], [])


def test_s3_is_reached_from_every_subnet_without_leaving_aws() -> None:
    made = network(zones=("a", "b", "c"))
    endpoint = made.one(ENDPOINT).inputs
    assert (endpoint["vpcEndpointType"], endpoint["serviceName"]) == ("Gateway", f"com.amazonaws.{REGION}.s3")
    tables = {each.inputs["routeTableId"] for each in made.of(ASSOCIATION)}
    assert sorted(endpoint["routeTableIds"]) == sorted(tables)
    assert len(tables) == 5  # public, database, and one for each zone of the private tier


def test_chosen_services_are_reached_within_the_network_alone() -> None:
    made = network(interface_endpoints=("ssm", "ecr.api"))
    for name, service in (("net-ssm", "ssm"), ("net-ecr-api", "ecr.api")):
        endpoint = made.one(ENDPOINT, name).inputs
        assert endpoint["serviceName"] == f"com.amazonaws.{REGION}.{service}"
        assert endpoint["subnetIds"] == ["net-private-a-id", "net-private-c-id"]
        assert endpoint["securityGroupIds"] == ["net-endpoints-id"]
        assert (endpoint["vpcEndpointType"], endpoint["privateDnsEnabled"]) == ("Interface", True)
    rule = made.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert (rule["securityGroupId"], rule["cidrIpv4"]) == ("net-endpoints-id", "10.20.0.0/16")
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
    assert made.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule") == []


def test_every_connection_is_recorded_and_kept_encrypted() -> None:
    made = network(flow_log_days=731)
    group = made.one("aws:cloudwatch/logGroup:LogGroup")
    assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (731, KEY)
    log = made.one("aws:ec2/flowLog:FlowLog").inputs
    assert (log["vpcId"], log["trafficType"], log["logDestinationType"]) == ("net-id", "ALL", "cloud-watch-logs")
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:{group.name}"
    assert log["logDestination"] == arn
    trusted = json.loads(made.one("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"]
    assert trusted == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }
    ]
    (allowed,) = json.loads(made.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])["Statement"]
    assert allowed["Resource"] == [arn, f"{arn}:*"]
    assert all(action.startswith("logs:") for action in allowed["Action"])


def test_ipv6_follows_the_same_places() -> None:
    made = network(ipv6=True, zones=("a", "c"))
    assert made.one("aws:ec2/vpc:Vpc").inputs["assignGeneratedIpv6CidrBlock"] is True
    assert {each.name: each.inputs["ipv6CidrBlock"] for each in made.of(SUBNET)} == {
        "net-public-a": "2406:da12:0:1200::/64",
        "net-public-c": "2406:da12:0:1202::/64",
        "net-private-a": "2406:da12:0:1204::/64",
        "net-private-c": "2406:da12:0:1206::/64",
        "net-database-a": "2406:da12:0:1208::/64",
        "net-database-c": "2406:da12:0:120a::/64",
    }
    assert ways_out(made, "public-a") == {"0.0.0.0/0": "net-id", "::/0": "net-id"}
    assert ways_out(made, "private-c")["::/0"] == "net-id"
    assert made.one("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway").inputs["vpcId"] == "net-id"
    assert ways_out(made, "database-a") == {}


def test_the_stacks_key_turns_every_year_and_is_for_this_accounts_logs_and_alarms() -> None:
    made = record(lambda: _see_key(), Answers())
    key = made.one("aws:kms/key:Key").inputs
    assert (key["enableKeyRotation"], key["deletionWindowInDays"]) == (True, 30)
    root, logs, alarms = json.loads(key["policy"])["Statement"]
    assert root["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert logs["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    assert logs["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}
    }
    assert "kms:*" not in [*logs["Action"], *alarms["Action"]]
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def _see_key() -> None:
    EncryptionKey("key")


def test_every_child_has_its_parent_and_every_component_tells_its_outputs() -> None:
    made = network(interface_endpoints=("ssm",), ipv6=True)
    (component,) = made.of("archive:aws:Network")
    (flow_log,) = made.of("archive:aws:FlowLog")
    stack = {"", None}
    assert [each.name for each in made if each.parent in stack and each.type != "pulumi:pulumi:Stack"] == []
    inside = {component.urn, flow_log.urn}
    assert all(each.parent in inside for each in made if not each.is_component and "Stack" not in each.type)
    assert made.outputs[component.urn]["privateSubnetIds"] == ["net-private-a-id", "net-private-c-id"]
    assert made.outputs[flow_log.urn] == {"logGroup": "net-flow-log"}
