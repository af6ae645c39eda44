"""Access control lists of AWS WAF, and what they stand before."""

from __future__ import annotations

from typing import Any

from .kind import Asked, Called, Kind, Op, Outputs, Written, fitted, once_missing

_RENAMED = {
    "cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled",
    "name": "Name",
}


def _create_list(asked: Asked) -> str:
    given = {name: value for name, value in asked.inputs.items() if name != "region"}
    parameters = fitted(asked, "wafv2", "create_web_acl", {"rules": [], **given}, _RENAMED)
    asked.id = asked.call("wafv2", "create_web_acl", **parameters)["Summary"]["Id"]
    return asked.id


def _find(asked: Asked) -> dict[str, Any] | None:
    find = {"Name": asked.inputs["name"], "Scope": asked.inputs["scope"], "Id": asked.id}
    answer: Any = once_missing(lambda: asked.call("wafv2", "get_web_acl", **find))
    return answer or None


def _read_list(asked: Asked) -> Outputs | None:
    found = _find(asked)
    if found is None:
        return None
    return {"arn": found["WebACL"]["ARN"], "lockToken": found["LockToken"], "name": found["WebACL"]["Name"]}


def _change_list(asked: Asked, _: frozenset[str]) -> None:
    found = _find(asked)
    assert found is not None
    given = {name: value for name, value in asked.inputs.items() if name != "region"}
    parameters = fitted(asked, "wafv2", "update_web_acl", {"rules": [], **given}, _RENAMED)
    asked.call("wafv2", "update_web_acl", Id=asked.id, LockToken=found["LockToken"], **parameters)


def _delete_list(asked: Asked) -> None:
    found = _find(asked)
    if found is not None:
        of = {"Name": asked.inputs["name"], "Scope": asked.inputs["scope"], "Id": asked.id}
        asked.call("wafv2", "delete_web_acl", LockToken=found["LockToken"], **of)


KINDS: dict[str, Kind] = {
    "aws:wafv2/webAcl:WebAcl": Written("wafv2", _create_list, _read_list, _delete_list, _change_list),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Called(
        "wafv2",
        Op("associate_web_acl"),
        "join(',', [inputs.webAclArn, inputs.resourceArn])",
        Op("get_web_acl_for_resource", ResourceArn="inputs.resourceArn"),
        "WebACL",
        Op("disassociate_web_acl", ResourceArn="inputs.resourceArn"),
        renamed={"webAclArn": "WebACLArn"},
        tagged=False,
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Called(
        "wafv2",
        Op("put_logging_configuration"),
        "inputs.resourceArn",
        Op("get_logging_configuration", ResourceArn="id"),
        "LoggingConfiguration",
        Op("delete_logging_configuration", ResourceArn="id"),
        Op("put_logging_configuration"),
        whole=True,
        within="loggingConfiguration",
        tagged=False,
    ),
}
