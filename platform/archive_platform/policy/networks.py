"""The network: closed until somebody opens it, and every connection on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archive_platform.policy.documents import several
from archive_platform.policy.expect import (
    Accept,
    companion,
    equal,
    is_number,
    must,
    objects,
    present,
    shown,
    together,
)
from archive_platform.policy.model import UNKNOWN, Check, Finding, Policy, References, Resource, Stack

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
VPN = "aws:ec2/vpnConnection:VpnConnection"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})
PUBLIC_PORTS = frozenset({80, 443})
EVERY_PROTOCOL = ("-1", "all")
COMPONENT = "Make it with archive_platform.aws.network.Network"


def _rules(resource: Resource, direction: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rules of a group or a rule by itself, each with its path."""
    if resource.type in (INGRESS, EGRESS):
        if resource.type == (INGRESS if direction == "ingress" else EGRESS):
            yield "", resource.properties
    elif resource.type == RULE:
        if resource.at("type") == direction:
            yield "", resource.properties
    else:
        for number, rule in enumerate(objects(resource.each(direction))):
            yield f"{direction}[{number}].", rule


def _open_to(rule: Mapping[str, Any]) -> frozenset[str]:
    sources = [rule.get("cidrIpv4"), rule.get("cidrIpv6")]
    sources += [*several(rule.get("cidrBlocks")), *several(rule.get("ipv6CidrBlocks"))]
    return EVERYWHERE & {each for each in sources if isinstance(each, str)}


def _protocol(rule: Mapping[str, Any]) -> str:
    return str(rule.get("ipProtocol") or rule.get("protocol"))


def _is_public_port(rule: Mapping[str, Any]) -> bool:
    first, last = rule.get("fromPort"), rule.get("toPort")
    if UNKNOWN in (first, last):
        return True
    return _protocol(rule) in ("tcp", "6") and first == last and is_number(first) and first in PUBLIC_PORTS


def _world_kept_out(resource: Resource) -> Iterator[Finding]:
    for path, rule in _rules(resource, "ingress"):
        for source in sorted(_open_to(rule)):
            if not _is_public_port(rule):
                ports = f"{shown(rule.get('fromPort'))} to {shown(rule.get('toPort'))}"
                is_ = f"{ports} ({_protocol(rule)}) from {source}"
                yield Finding(f"{path}fromPort", is_, "be 80 or 443 (tcp) where everybody may connect")


def _open_groups(stack: Stack) -> Iterator[Resource]:
    """Groups that anybody may connect to, by a rule inside or by one that refers to them."""
    for resource in stack.of(GROUP, INGRESS, RULE):
        if any(_open_to(rule) for _, rule in _rules(resource, "ingress")):
            yield from [resource] if resource.type == GROUP else stack.linked(resource, "securityGroupId")


def _world_at_balancers(stack: Stack) -> Iterator[Finding]:
    allowed = {id(group) for balancer in stack.of(BALANCER) for group in stack.linked(balancer, "securityGroups")}
    seen: set[int] = set()
    for group in _open_groups(stack):
        if id(group) not in allowed and id(group) not in seen:
            seen.add(id(group))
            yield Finding("ingress", "open to everybody", "be open only where a load balancer has the group", group)


def _ports_named(resource: Resource) -> Iterator[Finding]:
    for path, rule in _rules(resource, "egress"):
        if _open_to(rule) and _protocol(rule) in EVERY_PROTOCOL:
            yield Finding(f"{path}ipProtocol", "every protocol to everywhere", "name a protocol and its ports")


def _described(resource: Resource) -> Iterator[Finding]:
    if resource.type != DEFAULT_GROUP and resource.at("description") in (None, "", "Managed by Pulumi"):
        yield Finding("description", shown(resource.at("description")), "say who may connect, and why")
    for direction in ("ingress", "egress"):
        for path, rule in _rules(resource, direction):
            if path and not rule.get("description"):
                yield Finding(f"{path}description", "not set", "say who may connect, and why")


def _s3_endpoint(stack: Stack) -> Iterator[Finding]:
    for vpc in stack.of(VPC):
        found = stack.companions(vpc, ENDPOINT, "vpcId")
        names = [endpoint.at("serviceName") for endpoint in found]
        if not any(name is UNKNOWN or str(name).endswith(".s3") for name in names):
            yield Finding("endpoint of S3", "missing", "be there: a VpcEndpoint whose serviceName ends in .s3", vpc)


def _of_tunnels(what: str, accept: Accept, must_be: str) -> Check:
    return together(*(must(f"tunnel{number}{what}", accept, must_be) for number in (1, 2)))


POLICIES = (
    Policy(
        "network-world-kept-out",
        "Everybody may connect to ports 80 and 443 alone",
        "the whole internet tries every other port, day and night",
        "Let in a security group or your own network instead of 0.0.0.0/0 and ::/0",
        References(
            ("5.2", "5.3"),
            ("EC2.18", "EC2.19"),
            ("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277"),
        ),
        (GROUP, INGRESS, RULE),
        check=_world_kept_out,
    ),
    Policy(
        "network-world-at-balancers",
        "Everybody may connect to load balancers alone",
        "servers and databases stand behind them, where the firewall and the logs are",
        "Let in the load balancer's security group instead of everybody",
        References((), ("EC2.18",)),
        (GROUP, INGRESS, RULE, BALANCER),
        whole=_world_at_balancers,
    ),
    Policy(
        "network-egress-named",
        "What may be reached everywhere has a protocol and ports",
        "whoever breaks in could send away what they find by any way",
        "Name a protocol and its ports, as in tcp 443",
        References((), (), ("CKV_AWS_382",)),
        (GROUP, EGRESS, RULE),
        check=_ports_named,
    ),
    Policy(
        "network-default-group-closed",
        "A VPC's default security group lets nothing through",
        "whatever is made without a group would have this one",
        COMPONENT,
        References(("5.4",), ("EC2.2",), ("CKV2_AWS_12",)),
        (VPC, DEFAULT_GROUP),
        whole=companion(
            [VPC],
            DEFAULT_GROUP,
            "vpcId",
            together(
                must("ingress", lambda value: not value, "be empty"),
                must("egress", lambda value: not value, "be empty"),
            ),
            "closed default security group",
        ),
    ),
    Policy(
        "network-rules-described",
        "Security groups and their rules say who may connect, and why",
        "nobody would dare to close what nobody knows the reason of",
        "Give it a description",
        References((), (), ("CKV_AWS_23",)),
        (GROUP, INGRESS, EGRESS, RULE),
        check=_described,
    ),
    Policy(
        "network-flows-logged",
        "A VPC records accepted and refused connections",
        "nobody could find out later who talked to whom",
        COMPONENT,
        References(("3.7",), ("EC2.6",), ("CKV2_AWS_11",)),
        (VPC, FLOW_LOG),
        whole=companion([VPC], FLOW_LOG, "vpcId", equal("trafficType", "ALL"), "flow log"),
    ),
    Policy(
        "network-no-address-by-default",
        "What starts in a subnet gets a public address only when it asks for one",
        "a server would be on the internet without anybody having meant it",
        COMPONENT,
        References((), ("EC2.15",), ("CKV_AWS_130",)),
        (SUBNET,),
        check=equal("mapPublicIpOnLaunch", False),
    ),
    Policy(
        "network-s3-within",
        "S3 is reached without leaving AWS' network",
        "backups and pictures would pass the internet, or a NAT gateway that is paid by the gigabyte",
        COMPONENT,
        References(),
        (VPC, ENDPOINT),
        whole=_s3_endpoint,
    ),
    Policy(
        "vpn-ike-version",
        "Both tunnels of a VPN speak IKEv2 alone",
        "IKEv1 gives away more, and repairs less",
        "Make it with archive_platform.aws.vpn.Vpn",
        References((), ("EC2.183",)),
        (VPN,),
        check=_of_tunnels("IkeVersions", lambda value: value == ["ikev2"], "be ikev2"),
    ),
    Policy(
        "vpn-keys-of-our-own",
        "Both tunnels of a VPN have a key that the stack made",
        "a key that AWS shows in a file to download is copied into tickets and mails",
        "Make it with archive_platform.aws.vpn.Vpn",
        References(),
        (VPN,),
        check=together(*(present(f"tunnel{number}PresharedKey") for number in (1, 2))),
    ),
    Policy(
        "vpn-ciphers",
        "Both tunnels of a VPN use AES-256 with authentication",
        "AWS would also take AES-128 with SHA-1, if the other side asks for it",
        "Make it with archive_platform.aws.vpn.Vpn",
        References(),
        (VPN,),
        check=together(
            *(
                _of_tunnels(
                    f"Phase{phase}EncryptionAlgorithms", lambda value: value == ["AES256-GCM-16"], "be AES256-GCM-16"
                )
                for phase in (1, 2)
            )
        ),
    ),
)
