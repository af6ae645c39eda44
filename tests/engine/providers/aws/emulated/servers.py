"""Launch templates, groups of servers and how they scale."""

from __future__ import annotations

from typing import Any

from .kind import Asked, Called, Kind, Op, Outputs, Written, fitted, once_missing

# The template's own; everything else is what its servers are made of
_OWN = frozenset({"name", "namePrefix", "description", "updateDefaultVersion", "defaultVersion", "region"})
_RENAMED = {
    "vpcSecurityGroupIds": "SecurityGroupIds",
    "launchTemplateData.networkInterfaces.securityGroups": "Groups",
}


def _data(asked: Asked) -> dict[str, Any]:
    given = {name: value for name, value in asked.inputs.items() if name not in _OWN}
    parameters = fitted(asked, "ec2", "create_launch_template", {"launchTemplateData": given}, _RENAMED)
    return parameters["LaunchTemplateData"]


def _create_template(asked: Asked) -> str:
    answer = asked.call(
        "ec2", "create_launch_template", LaunchTemplateName=asked.inputs["name"], LaunchTemplateData=_data(asked)
    )
    asked.id = answer["LaunchTemplate"]["LaunchTemplateId"]
    return asked.id


def _read_template(asked: Asked) -> Outputs | None:
    answer: Any = once_missing(lambda: asked.call("ec2", "describe_launch_templates", LaunchTemplateIds=[asked.id]))
    found = answer["LaunchTemplates"] if answer else []
    if not found:
        return None
    return {
        "arn": asked.arn("ec2", f"launch-template/{asked.id}"),
        "latestVersion": found[0]["LatestVersionNumber"],
        "defaultVersion": found[0]["DefaultVersionNumber"],
        "name": found[0]["LaunchTemplateName"],
    }


def _change_template(asked: Asked, _: frozenset[str]) -> None:
    answer = asked.call(
        "ec2", "create_launch_template_version", LaunchTemplateId=asked.id, LaunchTemplateData=_data(asked)
    )
    if asked.inputs.get("updateDefaultVersion"):
        version = str(answer["LaunchTemplateVersion"]["VersionNumber"])
        asked.call("ec2", "modify_launch_template", LaunchTemplateId=asked.id, DefaultVersion=version)


def _delete_template(asked: Asked) -> None:
    once_missing(lambda: asked.call("ec2", "delete_launch_template", LaunchTemplateId=asked.id))


def _group(asked: Asked, operation: str, names: frozenset[str]) -> None:
    given = {name: asked.inputs[name] for name in names if asked.inputs.get(name) is not None}
    renamed = {
        "vpcZoneIdentifiers": "VPCZoneIdentifier",
        "id": "LaunchTemplateId",
        "name": "LaunchTemplateName",
        "maxInstanceLifetime": "MaxInstanceLifetime",
    }
    zones = given.pop("vpcZoneIdentifiers", None)
    if zones:
        given["vpcZoneIdentifiers"] = ",".join(zones)
    parameters = fitted(asked, "autoscaling", operation, given, renamed)
    name = asked.inputs["name"]
    asked.call("autoscaling", operation, AutoScalingGroupName=name, **parameters)


# Of the Terraform provider's: how it waits, and what it does besides
_WAITS = frozenset(
    {
        "forceDelete",
        "forceDeleteWarmPool",
        "ignoreFailedScalingActivities",
        "instanceRefresh",
        "metricsGranularity",
        "minElbCapacity",
        "waitForCapacityTimeout",
        "waitForElbCapacity",
    }
)
_GROUP_APART = frozenset({"name", "tags", "region", "enabledMetrics", "targetGroupArns", "suspendedProcesses"})


def _create_group(asked: Asked) -> str:
    given = frozenset(asked.inputs) - _WAITS - _GROUP_APART
    _group(asked, "create_auto_scaling_group", given | ({"targetGroupArns"} & asked.inputs.keys()))
    asked.id = asked.inputs["name"]
    _group_parts(asked, frozenset({"tags", "enabledMetrics"}) & asked.inputs.keys())
    return asked.id


def _group_parts(asked: Asked, names: frozenset[str]) -> None:
    if "enabledMetrics" in names:
        asked.call(
            "autoscaling",
            "enable_metrics_collection",
            AutoScalingGroupName=asked.id,
            Granularity="1Minute",
            Metrics=asked.inputs.get("enabledMetrics") or [],
        )
    if "tags" in names:
        tags = [
            {
                "ResourceId": asked.id,
                "ResourceType": "auto-scaling-group",
                "Key": tag["key"],
                "Value": tag["value"],
                "PropagateAtLaunch": tag["propagateAtLaunch"],
            }
            for tag in asked.inputs.get("tags") or []
        ]
        asked.call("autoscaling", "create_or_update_tags", Tags=tags)


def _read_group(asked: Asked) -> Outputs | None:
    answer = asked.call("autoscaling", "describe_auto_scaling_groups", AutoScalingGroupNames=[asked.id])
    found = answer["AutoScalingGroups"]
    if not found:
        return None
    told = {"minSize": found[0]["MinSize"], "maxSize": found[0]["MaxSize"]}
    seen = {name: value for name, value in told.items() if asked.inputs.get(name) != value}
    return {**seen, "arn": found[0]["AutoScalingGroupARN"], "name": found[0]["AutoScalingGroupName"]}


def _change_group(asked: Asked, changed: frozenset[str]) -> None:
    _group_parts(asked, changed)
    rest = changed - _GROUP_APART - _WAITS
    if rest:
        _group(asked, "update_auto_scaling_group", rest)


def _delete_group(asked: Asked) -> None:
    """Its servers first, as the Terraform provider does it."""
    once_missing(
        lambda: asked.call("autoscaling", "delete_auto_scaling_group", AutoScalingGroupName=asked.id, ForceDelete=True)
    )


KINDS: dict[str, Kind] = {
    "aws:ec2/launchTemplate:LaunchTemplate": Written(
        "ec2", _create_template, _read_template, _delete_template, _change_template
    ),
    "aws:autoscaling/group:Group": Written(
        "autoscaling", _create_group, _read_group, _delete_group, _change_group, tagged=False
    ),
    "aws:autoscaling/policy:Policy": Called(
        "autoscaling",
        Op("put_scaling_policy"),
        "inputs.name",
        Op("describe_policies", AutoScalingGroupName="inputs.autoscalingGroupName", PolicyNames="[id]"),
        "ScalingPolicies[0]",
        Op("delete_policy", AutoScalingGroupName="inputs.autoscalingGroupName", PolicyName="id"),
        Op("put_scaling_policy", AutoScalingGroupName="inputs.autoscalingGroupName", PolicyName="id"),
        renamed={
            "name": "PolicyName",
            "autoscalingGroupName": "AutoScalingGroupName",
            "predefinedMetricSpecification": "PredefinedMetricSpecification",
        },
        outputs={"arn": "PolicyARN"},
        tagged=False,
    ),
}
