"""Logs, topics, alarms, dashboards and budgets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .kind import Asked, Called, Kind, Op, Outputs, Written, fitted, once_missing


def _retain(asked: Asked, names: frozenset[str]) -> None:
    if "retentionInDays" in names:
        days = int(asked.inputs.get("retentionInDays") or 0)
        if days:
            asked.call("logs", "put_retention_policy", logGroupName=asked.id, retentionInDays=days)
        else:
            asked.call("logs", "delete_retention_policy", logGroupName=asked.id)


_TOPIC = {"kmsMasterKeyId": "KmsMasterKeyId", "displayName": "DisplayName", "policy": "Policy"}


def _topic_attributes(asked: Asked, names: frozenset[str]) -> None:
    for name in sorted(names):
        value = str(asked.inputs.get(name) or "")
        asked.call("sns", "set_topic_attributes", TopicArn=asked.id, AttributeName=_TOPIC[name], AttributeValue=value)


def _put_topic_policy(asked: Asked) -> str:
    arn = asked.inputs["arn"]
    asked.call(
        "sns", "set_topic_attributes", TopicArn=arn, AttributeName="Policy", AttributeValue=asked.inputs["policy"]
    )
    return arn


def _read_topic_policy(asked: Asked) -> Outputs | None:
    topic = once_missing(lambda: asked.call("sns", "get_topic_attributes", TopicArn=asked.inputs["arn"]))
    return None if topic is None else {}


def _change_topic_policy(asked: Asked, _: frozenset[str]) -> None:
    _put_topic_policy(asked)


def _alarm(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """CloudWatch has a metric within its statistic."""

    def query(given: Mapping[str, Any]) -> dict[str, Any]:
        told = {name: value for name, value in given.items() if name != "metric"}
        metric = given.get("metric")
        if metric:
            of = {"namespace": metric.get("namespace"), "metricName": metric["metricName"]}
            of["dimensions"] = metric.get("dimensions") or {}
            told["metricStat"] = {
                "metric": of,
                **{name: metric[name] for name in ("period", "stat", "unit") if name in metric},
            }
        return told

    queries = inputs.get("metricQueries")
    return {**inputs, "metricQueries": [query(each) for each in queries]} if queries else inputs


# Budgets are an account's


def _budget(asked: Asked) -> dict[str, Any]:
    given = {
        name: asked.inputs[name] for name in ("budgetType", "timeUnit", "name") if asked.inputs.get(name) is not None
    }
    limit = {"Amount": asked.inputs["limitAmount"], "Unit": asked.inputs["limitUnit"]}
    parameters = fitted(asked, "budgets", "create_budget", {"budget": given}, {"name": "BudgetName"})
    return {**parameters["Budget"], "BudgetLimit": limit}


def _notifications(asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "Notification": {
                "NotificationType": each["notificationType"],
                "ComparisonOperator": each["comparisonOperator"],
                "Threshold": float(each["threshold"]),
                "ThresholdType": each["thresholdType"],
            },
            "Subscribers": [
                *({"SubscriptionType": "SNS", "Address": arn} for arn in each.get("subscriberSnsTopicArns") or []),
                *({"SubscriptionType": "EMAIL", "Address": at} for at in each.get("subscriberEmailAddresses") or []),
            ],
        }
        for each in asked.inputs.get("notifications") or []
    ]


def _create_budget(asked: Asked) -> str:
    account, name = asked.look("account"), asked.inputs["name"]
    asked.call(
        "budgets",
        "create_budget",
        AccountId=account,
        Budget=_budget(asked),
        NotificationsWithSubscribers=_notifications(asked),
    )
    return f"{account}:{name}"


def _one_budget(asked: Asked) -> dict[str, str]:
    account, _, name = asked.id.partition(":")
    return {"AccountId": account, "BudgetName": name}


def _read_budget(asked: Asked) -> Outputs | None:
    answer: Any = once_missing(lambda: asked.call("budgets", "describe_budget", **_one_budget(asked)))
    if not answer:
        return None
    name = answer["Budget"]["BudgetName"]
    return {"name": name, "arn": asked.account.arn("budgets", f"budget/{name}", region="")}


def _delete_budget(asked: Asked) -> None:
    once_missing(lambda: asked.call("budgets", "delete_budget", **_one_budget(asked)))


def _change_budget(asked: Asked, _: frozenset[str]) -> None:
    """moto changes none: another one of the same name takes its place."""
    _delete_budget(asked)
    _create_budget(asked)


def _put_dashboard(asked: Asked) -> str:
    name, body = asked.inputs["dashboardName"], asked.inputs["dashboardBody"]
    json.loads(body)  # AWS refuses what is none (InvalidParameterInput)
    asked.call("cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=body)
    return name


def _read_dashboard(asked: Asked) -> Outputs | None:
    answer: Any = once_missing(lambda: asked.call("cloudwatch", "get_dashboard", DashboardName=asked.id))
    return {"dashboardArn": answer["DashboardArn"]} if answer else None


def _change_dashboard(asked: Asked, _: frozenset[str]) -> None:
    _put_dashboard(asked)


def _delete_dashboard(asked: Asked) -> None:
    once_missing(lambda: asked.call("cloudwatch", "delete_dashboards", DashboardNames=[asked.id]))


KINDS: dict[str, Kind] = {
    "aws:cloudwatch/logGroup:LogGroup": Called(
        "logs",
        Op("create_log_group", logGroupName="inputs.name"),
        "inputs.name",
        Op("describe_log_groups", logGroupNamePrefix="id"),
        "logGroups[?logGroupName=='$id'] | [0]",
        Op("delete_log_group", logGroupName="id"),
        apart=frozenset({"retentionInDays"}),
        set=_retain,
        silent=frozenset({"skipDestroy"}),
        outputs={"name": "logGroupName"},
        arn="logs:log-group:{id}",
    ),
    "aws:sns/topic:Topic": Called(
        "sns",
        Op("create_topic", Name="inputs.name"),
        "answer.TopicArn",
        Op("get_topic_attributes", TopicArn="id"),
        "Attributes",
        Op("delete_topic", TopicArn="id"),
        apart=frozenset(_TOPIC),
        set=_topic_attributes,
        outputs={"arn": "TopicArn", "owner": "Owner"},
    ),
    "aws:sns/topicPolicy:TopicPolicy": Written(
        "sns",
        _put_topic_policy,
        _read_topic_policy,
        lambda _: None,  # the topic's own policy comes back, which says as little
        _change_topic_policy,
        tagged=False,
    ),
    "aws:sns/topicSubscription:TopicSubscription": Called(
        "sns",
        Op("subscribe", TopicArn="inputs.topic"),
        "answer.SubscriptionArn",
        Op("get_subscription_attributes", SubscriptionArn="id"),
        "Attributes",
        Op("unsubscribe", SubscriptionArn="id"),
        outputs={"arn": "SubscriptionArn"},
        tagged=False,
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Called(
        "cloudwatch",
        Op("put_metric_alarm"),
        "inputs.name",
        Op("describe_alarms", AlarmNames="[id]"),
        "MetricAlarms[0]",
        Op("delete_alarms", AlarmNames="[id]"),
        Op("put_metric_alarm"),
        whole=True,
        renamed={"name": "AlarmName", "metricQueries": "Metrics"},
        shaped=_alarm,
        outputs={"arn": "AlarmArn"},
    ),
    "aws:cloudwatch/dashboard:Dashboard": Written(
        "cloudwatch",
        _put_dashboard,
        _read_dashboard,
        _delete_dashboard,
        _change_dashboard,
        tagged=False,
    ),
    "aws:budgets/budget:Budget": Written(
        "budgets", _create_budget, _read_budget, _delete_budget, _change_budget, tagged=False
    ),
}
