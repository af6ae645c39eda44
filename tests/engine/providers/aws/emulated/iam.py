"""Roles, policies and identity providers."""

from __future__ import annotations

from typing import Any

from .kind import Asked, Called, Kind, Op, Outputs, Written, once_missing


def _role_parts(asked: Asked, names: frozenset[str]) -> None:
    if "assumeRolePolicy" in names:
        policy = asked.inputs["assumeRolePolicy"]
        asked.call("iam", "update_assume_role_policy", RoleName=asked.id, PolicyDocument=policy)
    if "permissionsBoundary" in names:
        boundary = asked.inputs.get("permissionsBoundary")
        if boundary:
            asked.call("iam", "put_role_permissions_boundary", RoleName=asked.id, PermissionsBoundary=boundary)
        else:
            asked.call("iam", "delete_role_permissions_boundary", RoleName=asked.id)


def _free_role(asked: Asked) -> None:
    """What the Terraform provider does first where it is told to force it."""
    if asked.inputs.get("forceDetachPolicies"):
        attached = asked.call("iam", "list_attached_role_policies", RoleName=asked.id)["AttachedPolicies"]
        for policy in attached:
            asked.call("iam", "detach_role_policy", RoleName=asked.id, PolicyArn=policy["PolicyArn"])


# A policy of a role itself


def _put_policy(asked: Asked) -> str:
    given = asked.inputs
    asked.call(
        "iam", "put_role_policy", RoleName=given["role"], PolicyName=given["name"], PolicyDocument=given["policy"]
    )
    return f"{given['role']}:{given['name']}"


def _read_policy(asked: Asked) -> Outputs | None:
    find = {"RoleName": asked.inputs["role"], "PolicyName": asked.inputs["name"]}
    answer: Any = once_missing(lambda: asked.call("iam", "get_role_policy", **find))
    return {"name": answer["PolicyName"]} if answer else None


def _change_policy(asked: Asked, _: frozenset[str]) -> None:
    _put_policy(asked)


def _delete_policy(asked: Asked) -> None:
    find = {"RoleName": asked.inputs["role"], "PolicyName": asked.inputs["name"]}
    once_missing(lambda: asked.call("iam", "delete_role_policy", **find))


# A policy that stands alone, and its place at a role


def _new_version(asked: Asked, names: frozenset[str]) -> None:
    if "policy" in names:
        asked.call(
            "iam", "create_policy_version", PolicyArn=asked.id, PolicyDocument=asked.inputs["policy"], SetAsDefault=True
        )


def _forget_versions(asked: Asked) -> None:
    for version in asked.call("iam", "list_policy_versions", PolicyArn=asked.id)["Versions"]:
        if not version["IsDefaultVersion"]:
            asked.call("iam", "delete_policy_version", PolicyArn=asked.id, VersionId=version["VersionId"])


def _attach(asked: Asked) -> str:
    role, policy = asked.inputs["role"], asked.inputs["policyArn"]
    asked.call("iam", "attach_role_policy", RoleName=role, PolicyArn=policy)
    return f"{role}/{policy}"


def _read_attachment(asked: Asked) -> Outputs | None:
    role, policy = asked.inputs["role"], asked.inputs["policyArn"]
    answer: Any = once_missing(lambda: asked.call("iam", "list_attached_role_policies", RoleName=role))
    attached = [each["PolicyArn"] for each in answer["AttachedPolicies"]] if answer else []
    return {} if policy in attached else None


def _detach(asked: Asked) -> None:
    role, policy = asked.inputs["role"], asked.inputs["policyArn"]
    once_missing(lambda: asked.call("iam", "detach_role_policy", RoleName=role, PolicyArn=policy))


def _profile_role(asked: Asked, names: frozenset[str]) -> None:
    if "role" in names:
        name = {"InstanceProfileName": asked.id}
        found = asked.call("iam", "get_instance_profile", **name)["InstanceProfile"]
        for role in found["Roles"]:
            asked.call("iam", "remove_role_from_instance_profile", **name, RoleName=role["RoleName"])
        asked.call("iam", "add_role_to_instance_profile", **name, RoleName=asked.inputs["role"])


def _empty_profile(asked: Asked) -> None:
    name = {"InstanceProfileName": asked.id}
    for role in asked.call("iam", "get_instance_profile", **name)["InstanceProfile"]["Roles"]:
        asked.call("iam", "remove_role_from_instance_profile", **name, RoleName=role["RoleName"])


KINDS: dict[str, Kind] = {
    "aws:iam/role:Role": Called(
        "iam",
        Op("create_role"),
        "answer.Role.RoleName",
        Op("get_role", RoleName="id"),
        "Role",
        Op("delete_role", RoleName="id"),
        Op("update_role", RoleName="id"),
        renamed={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        apart_later=frozenset({"assumeRolePolicy", "permissionsBoundary"}),
        set=_role_parts,
        silent=frozenset({"forceDetachPolicies"}),
        before_delete=_free_role,
        outputs={"arn": "Arn", "uniqueId": "RoleId", "name": "RoleName"},
    ),
    "aws:iam/rolePolicy:RolePolicy": Written(
        "iam", _put_policy, _read_policy, _delete_policy, _change_policy, tagged=False
    ),
    "aws:iam/policy:Policy": Called(
        "iam",
        Op("create_policy"),
        "answer.Policy.Arn",
        Op("get_policy", PolicyArn="id"),
        "Policy",
        Op("delete_policy", PolicyArn="id"),
        renamed={"name": "PolicyName", "policy": "PolicyDocument"},
        apart_later=frozenset({"policy"}),
        set=_new_version,
        before_delete=_forget_versions,
        outputs={"arn": "Arn", "policyId": "PolicyId", "name": "PolicyName"},
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Written(
        "iam", _attach, _read_attachment, _detach, tagged=False
    ),
    "aws:iam/instanceProfile:InstanceProfile": Called(
        "iam",
        Op("create_instance_profile"),
        "answer.InstanceProfile.InstanceProfileName",
        Op("get_instance_profile", InstanceProfileName="id"),
        "InstanceProfile",
        Op("delete_instance_profile", InstanceProfileName="id"),
        renamed={"name": "InstanceProfileName"},
        apart=frozenset({"role"}),
        set=_profile_role,
        before_delete=_empty_profile,
        outputs={"arn": "Arn", "uniqueId": "InstanceProfileId", "name": "InstanceProfileName"},
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Called(
        "iam",
        Op("create_open_id_connect_provider"),
        "answer.OpenIDConnectProviderArn",
        Op("get_open_id_connect_provider", OpenIDConnectProviderArn="id"),
        "{Url: Url}",
        Op("delete_open_id_connect_provider", OpenIDConnectProviderArn="id"),
        renamed={"clientIdLists": "ClientIDList", "thumbprintLists": "ThumbprintList"},
        unseen=frozenset({"url"}),  # told without https://
        is_arn=True,
    ),
}
