"""Load balancers, their listeners and rules, and who answers behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .account import Refused
from .kind import Asked, Called, Kind, Op, Outputs, Written, once_missing

# Attributes of a load balancer and of a target group, as ELB calls them
_BALANCER = {
    "enableDeletionProtection": "deletion_protection.enabled",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "enableHttp2": "routing.http2.enabled",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "clientKeepAlive": "client_keep_alive.seconds",
}
_LOGS = {"accessLogs": "access_logs.s3", "connectionLogs": "connection_logs.s3"}
_CALLED = ("securityGroups", "subnets", "ipAddressType")
_GROUP = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "slowStart": "slow_start.duration_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
}


def _attribute(key: str, value: Any) -> dict[str, str]:
    if isinstance(value, bool):
        return {"Key": key, "Value": str(value).lower()}
    return {"Key": key, "Value": str(int(value) if isinstance(value, float) else value)}


_WRITER = "logdelivery.elasticloadbalancing.amazonaws.com"


def _may_log(asked: Asked, bucket: str) -> None:
    """ELB writes a file into the bucket before it takes it, which moto does not."""
    answer: Any = once_missing(lambda: asked.call("s3", "get_bucket_policy", Bucket=bucket))
    statements = json.loads(answer["Policy"])["Statement"] if answer else []
    if not any(each["Effect"] == "Allow" and _WRITER in json.dumps(each.get("Principal")) for each in statements):
        raise Refused(
            "InvalidConfigurationRequest",
            f"InvalidConfigurationRequest: Access Denied for bucket: {bucket}. Please check S3bucket permission",
        )


def _balancer_parts(asked: Asked, names: frozenset[str]) -> None:
    given = {name: asked.inputs.get(name) for name in names}
    attributes = [_attribute(_BALANCER[name], value) for name, value in given.items() if name in _BALANCER]
    for name in names & _LOGS.keys():
        logs = given[name] or {}
        if logs.get("enabled", True) and logs.get("bucket"):
            _may_log(asked, logs["bucket"])
        for part, value in logs.items():
            attributes.append(_attribute(f"{_LOGS[name]}.{part}", value))
    if attributes:
        asked.call("elbv2", "modify_load_balancer_attributes", LoadBalancerArn=asked.id, Attributes=attributes)


def _balancer_later(asked: Asked, names: frozenset[str]) -> None:
    _balancer_parts(asked, names - {*_CALLED})
    if "subnets" in names:
        asked.call("elbv2", "set_subnets", LoadBalancerArn=asked.id, Subnets=asked.inputs["subnets"])
    if "securityGroups" in names:
        groups = asked.inputs["securityGroups"]
        asked.call("elbv2", "set_security_groups", LoadBalancerArn=asked.id, SecurityGroups=groups)
    if "ipAddressType" in names:
        kind = asked.inputs["ipAddressType"]
        asked.call("elbv2", "set_ip_address_type", LoadBalancerArn=asked.id, IpAddressType=kind)


def _scheme(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    told = {name: value for name, value in inputs.items() if name != "internal"}
    return {**told, "scheme": "internal" if inputs.get("internal") else "internet-facing"}


def _group_attributes(asked: Asked, names: frozenset[str]) -> None:
    attributes = [_attribute(_GROUP[name], asked.inputs[name]) for name in sorted(names & _GROUP.keys())]
    sticky = asked.inputs.get("stickiness") if "stickiness" in names else None
    if sticky:
        attributes.append(_attribute("stickiness.enabled", sticky.get("enabled", True)))
        attributes.append(_attribute("stickiness.type", sticky["type"]))
    asked.call("elbv2", "modify_target_group_attributes", TargetGroupArn=asked.id, Attributes=attributes)


def _health(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parts of a health check are parameters of the group itself."""
    told = {name: value for name, value in inputs.items() if name != "healthCheck"}
    renamed = {
        "enabled": "healthCheckEnabled",
        "healthyThreshold": "healthyThresholdCount",
        "interval": "healthCheckIntervalSeconds",
        "path": "healthCheckPath",
        "port": "healthCheckPort",
        "protocol": "healthCheckProtocol",
        "timeout": "healthCheckTimeoutSeconds",
        "unhealthyThreshold": "unhealthyThresholdCount",
    }
    for name, value in (inputs.get("healthCheck") or {}).items():
        if name == "matcher":
            told["matcher"] = {"httpCode": value}
        else:
            told[renamed[name]] = value
    return told


def _listener(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    told = {name: value for name, value in inputs.items() if name != "certificateArn"}
    if inputs.get("certificateArn"):
        told["certificates"] = [{"certificateArn": inputs["certificateArn"]}]
    if "defaultActions" in inputs:
        told["defaultActions"] = [_action(each) for each in inputs["defaultActions"]]
    return told


def _rule(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    told = dict(inputs)
    if "actions" in inputs:
        told["actions"] = [_action(each) for each in inputs["actions"]]
    if "conditions" in inputs:
        told["conditions"] = [condition for each in inputs["conditions"] for condition in _conditions(each)]
    return told


_CONFIGURED = {"forward": "forwardConfig", "redirect": "redirectConfig", "fixedResponse": "fixedResponseConfig"}
_FIELDS = {
    "pathPattern": ("path-pattern", "pathPatternConfig"),
    "hostHeader": ("host-header", "hostHeaderConfig"),
    "httpHeader": ("http-header", "httpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "httpRequestMethodConfig"),
    "queryStrings": ("query-string", "queryStringConfig"),
    "sourceIp": ("source-ip", "sourceIpConfig"),
}


def _action(given: Mapping[str, Any]) -> dict[str, Any]:
    told = {_CONFIGURED.get(name, name): value for name, value in given.items()}
    forward = told.get("forwardConfig")
    if forward:
        groups = [{"targetGroupArn": each["arn"], "weight": each.get("weight", 1)} for each in forward["targetGroups"]]
        config: dict[str, Any] = {"targetGroups": groups}
        sticky = forward.get("stickiness")
        if sticky:
            config["targetGroupStickinessConfig"] = {
                "enabled": sticky.get("enabled", False),
                "durationSeconds": sticky["duration"],
            }
        told["forwardConfig"] = config
    return told


def _conditions(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"field": _FIELDS[name][0], _FIELDS[name][1]: {"values": value} if isinstance(value, list) else value}
        for name, value in given.items()
        if value
    ]


# Who stands behind a target group


def _target(asked: Asked) -> dict[str, Any]:
    names = {"targetId": "Id", "port": "Port", "availabilityZone": "AvailabilityZone"}
    target = {names[name]: asked.inputs[name] for name in names if asked.inputs.get(name) is not None}
    return {"TargetGroupArn": asked.inputs["targetGroupArn"], "Targets": [target]}


def _register(asked: Asked) -> str:
    asked.call("elbv2", "register_targets", **_target(asked))
    return f"{asked.inputs['targetGroupArn']}-{asked.inputs['targetId']}"


def _read_target(asked: Asked) -> Outputs | None:
    answer: Any = once_missing(lambda: asked.call("elbv2", "describe_target_health", **_target(asked)))
    return {} if answer and answer["TargetHealthDescriptions"] else None


def _deregister(asked: Asked) -> None:
    once_missing(lambda: asked.call("elbv2", "deregister_targets", **_target(asked)))


KINDS: dict[str, Kind] = {
    "aws:lb/loadBalancer:LoadBalancer": Called(
        "elbv2",
        Op("create_load_balancer"),
        "answer.LoadBalancers[0].LoadBalancerArn",
        Op("describe_load_balancers", LoadBalancerArns="[id]"),
        "LoadBalancers[0]",
        Op("delete_load_balancer", LoadBalancerArn="id"),
        renamed={"loadBalancerType": "Type"},
        shaped=_scheme,
        apart=frozenset({*_BALANCER, *_LOGS}),
        apart_later=frozenset(_CALLED),
        set=_balancer_later,
        outputs={
            "dnsName": "DNSName",
            "zoneId": "CanonicalHostedZoneId",
            "name": "LoadBalancerName",
        },
        is_arn=True,
        told_by_id=lambda arn: {"arnSuffix": arn.partition("loadbalancer/")[2]},
    ),
    "aws:lb/targetGroup:TargetGroup": Called(
        "elbv2",
        Op("create_target_group"),
        "answer.TargetGroups[0].TargetGroupArn",
        Op("describe_target_groups", TargetGroupArns="[id]"),
        "TargetGroups[0]",
        Op("delete_target_group", TargetGroupArn="id"),
        Op("modify_target_group", TargetGroupArn="id"),
        shaped=_health,
        apart=frozenset({*_GROUP, "stickiness"}),
        set=_group_attributes,
        outputs={"name": "TargetGroupName"},
        is_arn=True,
        told_by_id=lambda arn: {"arnSuffix": arn.rpartition(":")[2]},
    ),
    "aws:lb/listener:Listener": Called(
        "elbv2",
        Op("create_listener"),
        "answer.Listeners[0].ListenerArn",
        Op("describe_listeners", ListenerArns="[id]"),
        "Listeners[0]",
        Op("delete_listener", ListenerArn="id"),
        Op("modify_listener", ListenerArn="id"),
        shaped=_listener,
        is_arn=True,
    ),
    "aws:lb/listenerRule:ListenerRule": Called(
        "elbv2",
        Op("create_rule"),
        "answer.Rules[0].RuleArn",
        Op("describe_rules", RuleArns="[id]"),
        "Rules[0]",
        Op("delete_rule", RuleArn="id"),
        Op("modify_rule", RuleArn="id"),
        shaped=_rule,
        is_arn=True,
    ),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": Written(
        "elbv2", _register, _read_target, _deregister, tagged=False
    ),
}
