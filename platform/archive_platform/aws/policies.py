"""IAM's policy documents, as their JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from pulumi import Output

Statement: TypeAlias = Mapping[str, Any]
VERSION = "2012-10-17"  # of the policy language; the older one knows no variables


def document(*statements: Statement) -> Output[str]:
    """A policy of these statements, whose values may be outputs."""
    return Output.json_dumps({"Version": VERSION, "Statement": list(statements)})


def allow(
    actions: Sequence[str],
    resources: Sequence[Any],
    *,
    principal: Mapping[str, Any] | None = None,
    condition: Mapping[str, Any] | None = None,
) -> Statement:
    """What is allowed. `principal` is for policies of resources, which name who may."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    if principal is not None:
        statement["Principal"] = dict(principal)
    if condition is not None:
        statement["Condition"] = dict(condition)
    return statement


def trust(service: str, *, account: Any = None) -> Output[str]:
    """Who may take on a role: an AWS service, and only on behalf of this account.

    Without the condition, a service that works for many accounts could be talked into using it for a stranger (IAM User
    Guide, "The confused deputy problem"). EC2 and Lambda take on a role only for what was made with it, in its
    own account, and name none: they are given no `account`.
    """
    condition = {} if account is None else {"Condition": {"StringEquals": {"aws:SourceAccount": account}}}
    return document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}, **condition},
    )
