"""Whether everything that a resource names is there, and in one and the same VPC.

AWS checks that itself, and moto only here and there: it takes a subnet that there is not for one operation and
refuses it for another. What is asked here is moto too, so nothing is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import jmespath

from ..made import ACCOUNT
from .account import Account, Refused

Vpc: TypeAlias = "str | None"
_NUMBERED = re.compile(r"([a-z]+)-[0-9a-f]{8,17}")
# Prefix of an id → operation, its parameter, where the resource is in the answer, and its VPC in that
_EC2: dict[str, tuple[str, str, str, str]] = {
    "cgw": ("describe_customer_gateways", "CustomerGatewayIds", "CustomerGateways[0]", ""),
    "eigw": (
        "describe_egress_only_internet_gateways",
        "EgressOnlyInternetGatewayIds",
        "EgressOnlyInternetGateways[0]",
        "Attachments[0].VpcId",
    ),
    "eipalloc": ("describe_addresses", "AllocationIds", "Addresses[0]", ""),
    "ami": ("describe_images", "ImageIds", "Images[0]", ""),
    "igw": ("describe_internet_gateways", "InternetGatewayIds", "InternetGateways[0]", "Attachments[0].VpcId"),
    "lt": ("describe_launch_templates", "LaunchTemplateIds", "LaunchTemplates[0]", ""),
    "nat": ("describe_nat_gateways", "NatGatewayIds", "NatGateways[0]", "VpcId"),
    "rtb": ("describe_route_tables", "RouteTableIds", "RouteTables[0]", "VpcId"),
    "sg": ("describe_security_groups", "GroupIds", "SecurityGroups[0]", "VpcId"),
    "subnet": ("describe_subnets", "SubnetIds", "Subnets[0]", "VpcId"),
    "vgw": ("describe_vpn_gateways", "VpnGatewayIds", "VpnGateways[0]", "VpcAttachments[0].VpcId"),
    "vpc": ("describe_vpcs", "VpcIds", "Vpcs[0]", "VpcId"),
    "vpce": ("describe_vpc_endpoints", "VpcEndpointIds", "VpcEndpoints[0]", "VpcId"),
    "vpn": ("describe_vpn_connections", "VpnConnectionIds", "VpnConnections[0]", ""),
}
_WORDS = {"ami": "AMIID", "eipalloc": "AllocationID", "sg": "Group", "rtb": "RouteTableID", "subnet": "SubnetID"}
# Security groups may name those of another VPC where the two are peered, and a route another VPC's ways out
_ACROSS = frozenset({"referencedSecurityGroupId", "vpcPeeringConnectionId", "transitGatewayId"})


def check(account: Account, inputs: Mapping[str, Any]) -> None:
    """Raises:
    Refused: something that an input names is not there, or is in another VPC than what another input names.
    """
    places: dict[str, str] = {}
    for path, value in _texts(inputs, ""):
        vpc = _vpc_of(account, value)
        if vpc and path.split(".")[0].split("[")[0] not in _ACROSS:
            places[value] = vpc
    if len(set(places.values())) > 1:
        told = ", ".join(f"{name} in {vpc}" for name, vpc in sorted(places.items()))
        raise Refused("InvalidParameterValue", f"InvalidParameterValue: not of one VPC: {told}")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if name != "tags":
                yield from _texts(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, f"{path}[{number}]")


def _vpc_of(account: Account, value: str) -> Vpc:
    numbered = _NUMBERED.fullmatch(value)
    if numbered and numbered[1] in _EC2:
        return _of_ec2(account, numbered[1], value)
    if value.startswith("arn:") and "*" not in value:
        parts = value.split(":", 5)
        if len(parts) == 6 and parts[4] in (ACCOUNT, "", "aws") and parts[2] in _ARNS:
            return _of_arn(account, parts[2], parts[5], value)
    return None


def _of_ec2(account: Account, prefix: str, value: str) -> Vpc:
    operation, parameter, path, vpc = _EC2[prefix]
    found = jmespath.search(path, account.call("ec2", operation, region=None, **{parameter: [value]}))
    if not found:
        word = _WORDS.get(prefix, f"{prefix}ID")
        raise Refused(f"Invalid{word}.NotFound", f"Invalid{word}.NotFound: '{value}' does not exist")
    return jmespath.search(vpc, found) if vpc else None


def _of_arn(account: Account, service: str, rest: str, arn: str) -> Vpc:
    find = _ARNS[service](rest, arn)
    if find is None:
        return None
    operation, parameters, path, vpc = find
    name = "elbv2" if service == "elasticloadbalancing" else service
    region = arn.split(":")[3] or None  # what CloudFront uses is in another one
    found = jmespath.search(path, account.call(name, operation, region=region, **parameters))
    if not found:
        raise Refused("ResourceNotFoundException", f"ResourceNotFoundException: there is no {arn}")
    return jmespath.search(vpc, found) if vpc else None


Find: TypeAlias = "tuple[str, dict[str, Any], str, str] | None"


def _iam(rest: str, arn: str) -> Find:
    kind, _, name = rest.partition("/")
    short = name.rpartition("/")[2]
    return {
        "role": ("get_role", {"RoleName": short}, f"[Role][?Arn=='{arn}'] | [0]", ""),
        "policy": ("get_policy", {"PolicyArn": arn}, "Policy", ""),
        "instance-profile": ("get_instance_profile", {"InstanceProfileName": short}, "InstanceProfile", ""),
        "oidc-provider": ("get_open_id_connect_provider", {"OpenIDConnectProviderArn": arn}, "Url", ""),
    }.get(kind)


def _balancing(rest: str, arn: str) -> Find:
    return {
        "loadbalancer": ("describe_load_balancers", {"LoadBalancerArns": [arn]}, "LoadBalancers[0]", "VpcId"),
        "targetgroup": ("describe_target_groups", {"TargetGroupArns": [arn]}, "TargetGroups[0]", "VpcId"),
        "listener": ("describe_listeners", {"ListenerArns": [arn]}, "Listeners[0]", ""),
        "listener-rule": ("describe_rules", {"RuleArns": [arn]}, "Rules[0]", ""),
    }.get(rest.partition("/")[0])


def _logs(rest: str, arn: str) -> Find:
    kind, _, named = rest.partition(":")
    name = named.removesuffix(":*")
    return {
        "log-group": (
            "describe_log_groups",
            {"logGroupNamePrefix": name},
            f"logGroups[?logGroupName=='{name}'] | [0]",
            "",
        ),
        "delivery-destination": ("get_delivery_destination", {"name": name}, "deliveryDestination", ""),
        "delivery-source": ("get_delivery_source", {"name": name}, "deliverySource", ""),
    }.get(kind)


def _kms(rest: str, arn: str) -> Find:
    return ("describe_key", {"KeyId": arn}, "KeyMetadata", "") if rest.startswith("key/") else None


def _sns(rest: str, arn: str) -> Find:
    return ("get_topic_attributes", {"TopicArn": arn}, "Attributes", "") if ":" not in rest else None


def _s3(rest: str, arn: str) -> Find:
    return "head_bucket", {"Bucket": rest.partition("/")[0]}, "ResponseMetadata", ""


_ARNS: dict[str, Callable[[str, str], Find]] = {
    "acm": lambda _, arn: ("describe_certificate", {"CertificateArn": arn}, "Certificate", ""),
    "elasticloadbalancing": _balancing,
    "iam": _iam,
    "kms": _kms,
    "lambda": lambda rest, _: ("get_function", {"FunctionName": rest.split(":")[1]}, "Configuration", ""),
    "logs": _logs,
    "s3": _s3,
    "sns": _sns,
}
