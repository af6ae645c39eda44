"""Who may do what: roles alone, each for one thing, taken on only by whom they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archive_platform.policy.documents import (
    ANYBODY,
    allowed,
    compared,
    conditions,
    principals,
    several,
    shown,
)
from archive_platform.policy.expect import must, objects
from archive_platform.policy.model import Finding, Policy, References, Resource

ROLE = "aws:iam/role:Role"
# Documents that say what whoever has them may do, by the property that holds them
GRANTS = {
    "aws:iam/policy:Policy": "policy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:iam/groupPolicy:GroupPolicy": "policy",
}
# Documents that say who may use a resource. A key's has to name the account as a whole (AWS KMS, "Default key policy")
OPENINGS = {
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:lambda/permission:Permission": "",
}
USERS = {
    "aws:iam/user:User": "user",
    "aws:iam/accessKey:AccessKey": "access key",
    "aws:iam/userLoginProfile:UserLoginProfile": "password",
    "aws:iam/userPolicy:UserPolicy": "user's policy",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "user's policy",
}
ATTACHMENTS = ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/policyAttachment:PolicyAttachment")
ALMIGHTY = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "AWSCloudShellFullAccess")
GITHUB = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
# What every account in the world has; a condition on them opens nothing by itself
HARMLESS = frozenset({"aws:securetransport"})


def _granted(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What a document or a role's documents allow, each with its path."""
    if path := GRANTS.get(resource.type):
        yield from ((path, each) for each in allowed(resource, path))
    for number, inline in enumerate(objects(resource.each("inlinePolicies"))):
        held = Resource(resource.type, resource.name, resource.urn, inline)
        yield from ((f"inlinePolicies[{number}].policy", each) for each in allowed(held, "policy"))


def _not_almighty(resource: Resource) -> Iterator[Finding]:
    for path, statement in _granted(resource):
        actions = [str(each) for each in several(statement.get("Action"))]
        if ANYBODY in actions:
            yield Finding(path, f"a document that allows * ({shown(statement)})", "name what is needed")
        if "NotAction" in statement:
            yield Finding(path, "a document that allows all but something (NotAction)", "name what is needed")


def _not_whole_services(resource: Resource) -> Iterator[Finding]:
    for path, statement in _granted(resource):
        whole = [str(each) for each in several(statement.get("Action")) if str(each).endswith(":*")]
        if whole and ANYBODY in several(statement.get("Resource")):
            yield Finding(path, f"a document that allows {', '.join(whole)} on *", "name actions, or resources")


def _roles_handed_on(resource: Resource) -> Iterator[Finding]:
    """With iam:PassRole on everything, whoever may start a server may take on any role there is."""
    for path, statement in _granted(resource):
        passes = {"iam:PassRole", "iam:*"} & {str(each) for each in several(statement.get("Action"))}
        if passes and ANYBODY in several(statement.get("Resource")):
            yield Finding(path, "a document that allows iam:PassRole on *", "name the roles")


def _trust_named(resource: Resource) -> Iterator[Finding]:
    for statement in allowed(resource, "assumeRolePolicy"):
        if ANYBODY in principals(statement) or ANYBODY in principals(statement, "Service"):
            yield Finding("assumeRolePolicy", "open to everybody", "name who may take on the role")


def _github_named(resource: Resource) -> Iterator[Finding]:
    for statement in allowed(resource, "assumeRolePolicy"):
        if not any(GITHUB in each for each in principals(statement, "Federated")):
            continue
        audiences = compared(statement, f"{GITHUB}:aud")
        if audiences != [("StringEquals", AUDIENCE)]:
            yield Finding("assumeRolePolicy", f"without {GITHUB}:aud", f"compare it with {AUDIENCE} (StringEquals)")
        subjects = compared(statement, f"{GITHUB}:sub")
        if not subjects:
            yield Finding("assumeRolePolicy", f"without {GITHUB}:sub", "name the repository and what of it may deploy")
        for operator, subject in subjects:
            if operator not in ("StringEquals", "StringLike") or not _is_narrow(subject):
                is_ = f"open to {subject} ({operator})"
                yield Finding("assumeRolePolicy", is_, "name one repository, and a branch or an environment of it")


def _is_narrow(subject: str) -> bool:
    """Of one repository, and of one branch, tag or environment there, or its pull requests, which a fork's are not."""
    kind, _, rest = subject.partition(":")
    repository, _, what = rest.partition(":")
    return (
        kind == "repo"
        and "*" not in repository
        and (what == "pull_request" or what.startswith(("ref:refs/heads/", "ref:refs/tags/", "environment:")))
        and not what.endswith((":*", "heads/*", "tags/*"))
    )


def _opened(resource: Resource) -> Iterator[Finding]:
    if resource.type == "aws:lambda/permission:Permission":
        narrowed = any(resource.at(each) for each in ("sourceArn", "sourceAccount", "principalOrgId"))
        if resource.at("principal") == ANYBODY or not narrowed:
            principal = resource.at("principal")
            yield Finding("principal", f"{principal} from any account", "come with sourceArn or sourceAccount")
        return
    path = OPENINGS[resource.type]
    for statement in allowed(resource, path):
        if ANYBODY in principals(statement) and not {key for _, key, _ in conditions(statement)} - HARMLESS:
            yield Finding(path, f"open to everybody ({shown(statement)})", "name who may, or a condition")


def _no_users(resource: Resource) -> Iterator[Finding]:
    yield Finding("type", f"a {USERS[resource.type]}", "be a role")


POLICIES = (
    Policy(
        "identity-not-almighty",
        "No policy allows everything",
        "whoever gets hold of it has the whole account",
        "Name the actions that are needed",
        References(("1.16",), ("IAM.1",), ("CKV_AWS_62", "CKV_AWS_63")),
        (*GRANTS, ROLE),
        check=_not_almighty,
    ),
    Policy(
        "identity-not-whole-services",
        "No policy allows everything of a service on all that there is",
        "whoever gets hold of it can delete all of it",
        "Name the actions that are needed, or the resources",
        References((), ("IAM.21",)),
        (*GRANTS, ROLE),
        check=_not_whole_services,
    ),
    Policy(
        "identity-hands-on-named-roles",
        "Only roles that are named may be handed on to a service",
        "whoever may start a server or a function could take on every role",
        "Name the roles as Resource of iam:PassRole",
        References((), (), ("CKV_AWS_286",)),
        (*GRANTS, ROLE),
        check=_roles_handed_on,
    ),
    Policy(
        "identity-no-almighty-attachment",
        "No role has one of AWS' policies that allow almost everything",
        "whoever gets hold of it has the whole account",
        "Write a policy that names the actions that are needed",
        References(("1.16", "1.22"), ("IAM.1",), ("CKV_AWS_274",)),
        ATTACHMENTS,
        check=must("policyArn", lambda value: not str(value).endswith(ALMIGHTY), "be a narrower one"),
    ),
    Policy(
        "identity-trust-named",
        "A role says who may take it on",
        "every account in the world could",
        "Name a service or a role as Principal",
        References((), (), ("CKV_AWS_60", "CKV_AWS_61")),
        (ROLE,),
        check=_trust_named,
    ),
    Policy(
        "identity-github-named",
        "GitHub takes on a role for one repository, and a branch or an environment of it",
        "every repository in the world could deploy here",
        "Compare token.actions.githubusercontent.com:aud and :sub, as in repo:owner/name:environment:prod",
        References((), (), ("CKV_AWS_358",)),
        (ROLE,),
        check=_github_named,
    ),
    Policy(
        "identity-no-users",
        "Nobody has an IAM user, an access key or a password",
        "keys are copied, never change, and work from everywhere",
        "Take on a role: people by IAM Identity Center, GitHub by OIDC",
        References(("1.15",), ("IAM.2", "IAM.3"), ("CKV_AWS_273",)),
        tuple(USERS),
        check=_no_users,
    ),
    Policy(
        "identity-nothing-open",
        "No bucket, topic, queue, key, secret or function is for everybody",
        "whoever finds out its name could use it",
        "Name who may as Principal, or narrow it by a condition, as on aws:SourceAccount",
        References((), ("S3.2", "SNS.4", "KMS.5", "Lambda.1"), ("CKV_AWS_33", "CKV_AWS_70", "CKV_AWS_169")),
        tuple(OPENINGS),
        check=_opened,
    ),
)
