"""Security groups and their rules."""

from __future__ import annotations

from typing import Any

from .kind import Asked, Called, Kind, Op, Outputs, Written, once_missing


def _close(asked: Asked) -> None:
    """A new group lets everything out, which the Terraform provider takes away at once."""
    _revoke_all(asked, asked.id)


def _revoke_all(asked: Asked, group: str) -> None:
    rules = asked.call("ec2", "describe_security_group_rules", Filters=[{"Name": "group-id", "Values": [group]}])[
        "SecurityGroupRules"
    ]
    for way, egress in (("ingress", False), ("egress", True)):
        ids = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"] is egress]
        if ids:
            asked.call("ec2", f"revoke_security_group_{way}", GroupId=group, SecurityGroupRuleIds=ids)


# The default group is there with its VPC, and goes with it


def _adopt(asked: Asked) -> str:
    filters = [
        {"Name": "vpc-id", "Values": [asked.inputs["vpcId"]]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    groups = asked.call("ec2", "describe_security_groups", Filters=filters)["SecurityGroups"]
    asked.id = groups[0]["GroupId"]
    _revoke_all(asked, asked.id)
    return asked.id


def _read_default(asked: Asked) -> Outputs | None:
    answer: Any = once_missing(lambda: asked.call("ec2", "describe_security_groups", GroupIds=[asked.id]))
    if not answer:
        return None
    group = answer["SecurityGroups"][0]
    seen = {"ingress": group["IpPermissions"], "egress": group["IpPermissionsEgress"]}
    opened = {way: rules for way, rules in seen.items() if rules and not asked.inputs.get(way)}
    return {**opened, "arn": asked.arn("ec2", f"security-group/{asked.id}")}


def _close_again(asked: Asked, _: frozenset[str]) -> None:
    _revoke_all(asked, asked.id)


# Rules


def _permission(asked: Asked) -> dict[str, Any]:
    given, described = asked.inputs, {}
    if given.get("description"):
        described = {"Description": given["description"]}
    permission: dict[str, Any] = {"IpProtocol": given["ipProtocol"]}
    permission |= {name: int(given[key]) for name, key in _PORTS.items() if given.get(key) is not None}
    for name, key, member in _SOURCES:
        if given.get(key):
            permission[name] = [{member: given[key], **described}]
    return permission


_PORTS = {"FromPort": "fromPort", "ToPort": "toPort"}
_SOURCES = (
    ("IpRanges", "cidrIpv4", "CidrIp"),
    ("Ipv6Ranges", "cidrIpv6", "CidrIpv6"),
    ("UserIdGroupPairs", "referencedSecurityGroupId", "GroupId"),
    ("PrefixListIds", "prefixListId", "PrefixListId"),
)


def _way(asked: Asked) -> str:
    return "egress" if asked.type.endswith("EgressRule") else "ingress"


def _authorize(asked: Asked) -> str:
    answer = asked.call(
        "ec2",
        f"authorize_security_group_{_way(asked)}",
        GroupId=asked.inputs["securityGroupId"],
        IpPermissions=[_permission(asked)],
    )
    return answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]


def _read_rule(asked: Asked) -> Outputs | None:
    answer: Any = once_missing(
        lambda: asked.call("ec2", "describe_security_group_rules", SecurityGroupRuleIds=[asked.id])
    )
    rules = answer["SecurityGroupRules"] if answer else []
    if not rules:
        return None
    told = {
        "cidrIpv4": rules[0].get("CidrIpv4"),
        "cidrIpv6": rules[0].get("CidrIpv6"),
        "fromPort": rules[0].get("FromPort"),
        "toPort": rules[0].get("ToPort"),
        "ipProtocol": rules[0].get("IpProtocol"),
    }
    seen = {name: value for name, value in told.items() if value is not None and name in asked.inputs}
    return {**seen, "securityGroupRuleId": asked.id, "arn": asked.arn("ec2", f"security-group-rule/{asked.id}")}


def _revoke(asked: Asked) -> None:
    operation = f"revoke_security_group_{_way(asked)}"
    group = asked.inputs["securityGroupId"]
    once_missing(lambda: asked.call("ec2", operation, GroupId=group, SecurityGroupRuleIds=[asked.id]))


def _change_rule(asked: Asked, _: frozenset[str]) -> None:
    given = asked.inputs
    rule: dict[str, Any] = {"IpProtocol": given["ipProtocol"], "Description": given.get("description", "")}
    rule |= {name: int(given[key]) for name, key in _PORTS.items() if given.get(key) is not None}
    members = {
        "CidrIpv4": "cidrIpv4",
        "CidrIpv6": "cidrIpv6",
        "ReferencedGroupId": "referencedSecurityGroupId",
        "PrefixListId": "prefixListId",
    }
    rule |= {member: given[key] for member, key in members.items() if given.get(key)}
    asked.call(
        "ec2",
        "modify_security_group_rules",
        GroupId=given["securityGroupId"],
        SecurityGroupRules=[{"SecurityGroupRuleId": asked.id, "SecurityGroupRule": rule}],
    )


_RULE = Written("ec2", _authorize, _read_rule, _revoke, _change_rule)
KINDS: dict[str, Kind] = {
    "aws:ec2/securityGroup:SecurityGroup": Called(
        "ec2",
        Op("create_security_group"),
        "answer.GroupId",
        Op("describe_security_groups", GroupIds="[id]"),
        "SecurityGroups[0]",
        Op("delete_security_group", GroupId="id"),
        renamed={"name": "GroupName"},
        after=_close,
        silent=frozenset({"revokeRulesOnDelete"}),
        arn="ec2:security-group/{id}",
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Written(
        "ec2", _adopt, _read_default, lambda _: None, _close_again
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULE,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULE,
}
