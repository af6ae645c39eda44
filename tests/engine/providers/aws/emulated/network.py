"""VPC, subnets, gateways, route tables and endpoints."""

from __future__ import annotations

import hashlib
from typing import Any

from .kind import Asked, Called, Kind, Op, Outputs, Written, once_missing


def _vpc_attributes(asked: Asked, names: frozenset[str]) -> None:
    for name in sorted(names):  # one at a time: so EC2 wants it
        attribute = f"E{name[1:]}"
        asked.call("ec2", "modify_vpc_attribute", VpcId=asked.id, **{attribute: {"Value": asked.inputs[name]}})


def _subnet_attributes(asked: Asked, names: frozenset[str]) -> None:
    for name in sorted(names):
        attribute = f"{name[0].upper()}{name[1:]}"
        asked.call("ec2", "modify_subnet_attribute", SubnetId=asked.id, **{attribute: {"Value": asked.inputs[name]}})


def attach(asked: Asked, names: frozenset[str]) -> None:
    if "vpcId" in names:
        operation, parameter = _attachment(asked)
        asked.call("ec2", f"attach_{operation}", VpcId=asked.inputs["vpcId"], **{parameter: asked.id})


def detach(asked: Asked) -> None:
    operation, parameter = _attachment(asked)
    if asked.inputs.get("vpcId"):
        asked.call("ec2", f"detach_{operation}", VpcId=asked.inputs["vpcId"], **{parameter: asked.id})


def _attachment(asked: Asked) -> tuple[str, str]:
    internet = asked.type.endswith("InternetGateway")
    return ("internet_gateway", "InternetGatewayId") if internet else ("vpn_gateway", "VpnGatewayId")


def _endpoint_parts(asked: Asked, names: frozenset[str]) -> None:
    """What is to be in an endpoint is told by what comes to it and what goes."""
    found = asked.call("ec2", "describe_vpc_endpoints", VpcEndpointIds=[asked.id])["VpcEndpoints"][0]
    there: dict[str, list[str]] = {
        "RouteTableIds": found.get("RouteTableIds", []),
        "SubnetIds": found.get("SubnetIds", []),
        "SecurityGroupIds": [group["GroupId"] for group in found.get("Groups", [])],
    }
    change: dict[str, list[str]] = {}
    for name in names:
        part = f"{name[0].upper()}{name[1:]}"
        wanted, had = set(asked.inputs.get(name) or []), set(there[part])
        change |= {f"Add{part}": sorted(wanted - had), f"Remove{part}": sorted(had - wanted)}
    if any(change.values()):
        given = {name: ids for name, ids in change.items() if ids}
        asked.call("ec2", "modify_vpc_endpoint", VpcEndpointId=asked.id, **given)


# Routes and associations are parts of their table

_WAYS = {
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
    "networkInterfaceId": "NetworkInterfaceId",
    "transitGatewayId": "TransitGatewayId",
}


def _destination(asked: Asked) -> dict[str, str]:
    names = {"destinationCidrBlock": "DestinationCidrBlock", "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock"}
    return {names[name]: asked.inputs[name] for name in names if asked.inputs.get(name)}


def _way(asked: Asked) -> dict[str, str]:
    return {_WAYS[name]: asked.inputs[name] for name in _WAYS if asked.inputs.get(name)}


def _create_route(asked: Asked) -> str:
    table = asked.inputs["routeTableId"]
    asked.call("ec2", "create_route", RouteTableId=table, **_destination(asked), **_way(asked))
    # No id of AWS's: the Terraform provider makes one of the table and the destination
    return f"r-{table}{hashlib.sha256(str(_destination(asked)).encode()).hexdigest()[:10]}"


def _read_route(asked: Asked) -> Outputs | None:
    find = {"RouteTableIds": [asked.inputs["routeTableId"]]}
    answer: Any = once_missing(lambda: asked.call("ec2", "describe_route_tables", **find))
    routes = answer["RouteTables"][0]["Routes"] if answer else []
    found = next((route for route in routes if _destination(asked).items() <= route.items()), None)
    if found is None:
        return None
    return {name: found[parameter] for name, parameter in _WAYS.items() if name in asked.inputs and parameter in found}


def _delete_route(asked: Asked) -> None:
    table = asked.inputs["routeTableId"]
    once_missing(lambda: asked.call("ec2", "delete_route", RouteTableId=table, **_destination(asked)))


def _change_route(asked: Asked, _: frozenset[str]) -> None:
    table = asked.inputs["routeTableId"]
    asked.call("ec2", "replace_route", RouteTableId=table, **_destination(asked), **_way(asked))


_ASSOCIATION = "association.route-table-association-id"
KINDS: dict[str, Kind] = {
    "aws:ec2/vpc:Vpc": Called(
        "ec2",
        Op("create_vpc"),
        "answer.Vpc.VpcId",
        Op("describe_vpcs", VpcIds="[id]"),
        "Vpcs[0]",
        Op("delete_vpc", VpcId="id"),
        renamed={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"},
        apart=frozenset({"enableDnsSupport", "enableDnsHostnames"}),
        set=_vpc_attributes,
        outputs={"ipv6CidrBlock": "Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock", "ownerId": "OwnerId"},
        arn="ec2:vpc/{id}",
    ),
    "aws:ec2/subnet:Subnet": Called(
        "ec2",
        Op("create_subnet"),
        "answer.Subnet.SubnetId",
        Op("describe_subnets", SubnetIds="[id]"),
        "Subnets[0]",
        Op("delete_subnet", SubnetId="id"),
        apart=frozenset({"mapPublicIpOnLaunch", "assignIpv6AddressOnCreation"}),
        set=_subnet_attributes,
        outputs={
            "arn": "SubnetArn",
            "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
            "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
        },
    ),
    "aws:ec2/internetGateway:InternetGateway": Called(
        "ec2",
        Op("create_internet_gateway"),
        "answer.InternetGateway.InternetGatewayId",
        Op("describe_internet_gateways", InternetGatewayIds="[id]"),
        "InternetGateways[0]",
        Op("delete_internet_gateway", InternetGatewayId="id"),
        apart=frozenset({"vpcId"}),
        set=attach,
        before_delete=detach,
        arn="ec2:internet-gateway/{id}",
    ),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": Called(
        "ec2",
        Op("create_egress_only_internet_gateway"),
        "answer.EgressOnlyInternetGateway.EgressOnlyInternetGatewayId",
        Op("describe_egress_only_internet_gateways", EgressOnlyInternetGatewayIds="[id]"),
        "EgressOnlyInternetGateways[0]",
        Op("delete_egress_only_internet_gateway", EgressOnlyInternetGatewayId="id"),
    ),
    "aws:ec2/eip:Eip": Called(
        "ec2",
        Op("allocate_address"),
        "answer.AllocationId",
        Op("describe_addresses", AllocationIds="[id]"),
        "Addresses[0]",
        Op("release_address", AllocationId="id"),
        outputs={"publicIp": "PublicIp", "allocationId": "AllocationId"},
        arn="ec2:elastic-ip/{id}",
    ),
    "aws:ec2/natGateway:NatGateway": Called(
        "ec2",
        Op("create_nat_gateway"),
        "answer.NatGateway.NatGatewayId",
        Op("describe_nat_gateways", NatGatewayIds="[id]"),
        "NatGateways[0]",
        Op("delete_nat_gateway", NatGatewayId="id"),
        outputs={"publicIp": "NatGatewayAddresses[0].PublicIp"},
    ),
    "aws:ec2/routeTable:RouteTable": Called(
        "ec2",
        Op("create_route_table"),
        "answer.RouteTable.RouteTableId",
        Op("describe_route_tables", RouteTableIds="[id]"),
        "RouteTables[0]",
        Op("delete_route_table", RouteTableId="id"),
        arn="ec2:route-table/{id}",
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Called(
        "ec2",
        Op("associate_route_table"),
        "answer.AssociationId",
        Op("describe_route_tables", Filters=f"[{{Name: '{_ASSOCIATION}', Values: [id]}}]"),
        "RouteTables[0]",
        Op("disassociate_route_table", AssociationId="id"),
        tagged=False,
    ),
    "aws:ec2/route:Route": Written("ec2", _create_route, _read_route, _delete_route, _change_route, tagged=False),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Called(
        "ec2",
        Op("create_vpc_endpoint"),
        "answer.VpcEndpoint.VpcEndpointId",
        Op("describe_vpc_endpoints", VpcEndpointIds="[id]"),
        "VpcEndpoints[0]",
        Op("delete_vpc_endpoints", VpcEndpointIds="[id]"),
        Op("modify_vpc_endpoint", VpcEndpointId="id"),
        apart=frozenset({"routeTableIds", "subnetIds", "securityGroupIds"}),
        set=_endpoint_parts,
        arn="ec2:vpc-endpoint/{id}",
    ),
    "aws:ec2/flowLog:FlowLog": Called(
        "ec2",
        Op("create_flow_logs", ResourceIds="[inputs.vpcId]", ResourceType="'VPC'"),
        "answer.FlowLogIds[0]",
        Op("describe_flow_logs", FlowLogIds="[id]"),
        "FlowLogs[0]",
        Op("delete_flow_logs", FlowLogIds="[id]"),
        renamed={"iamRoleArn": "DeliverLogsPermissionArn"},
        arn="ec2:vpc-flow-log/{id}",
    ),
}
