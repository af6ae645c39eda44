"""Alarms, and who is told of them, as AWS is asked for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.infra.aws.answers import ACCOUNT, Answers
from tests.infra.recorded import Recorded, record

from archive_platform.aws import alarms
from archive_platform.aws.alarms import Alarm
from archive_platform.aws.watch import Watch
from archive_platform.config.aws import WatchSettings

KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/1"
ALARM, TOPIC = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:sns/topic:Topic"
ARN = f"arn:aws:sns:ap-northeast-2:{ACCOUNT}:watch"


def every(settings: WatchSettings) -> list[Alarm]:
    return [
        *alarms.of_balancer(settings, "app/web/1"),
        *alarms.of_targets("cloud", "app/web/1", "targetgroup/web-cloud/2"),
        *alarms.of_server("db", "db-1"),
        *alarms.of_replica("replica", "db-2"),
    ]


def watch(**given: Any) -> Recorded:
    settings = WatchSettings(**given)

    def program() -> None:
        Watch("watch", settings, every(settings), key_arn=KEY)

    return record(program, Answers())


def alarm(made: Recorded, name: str) -> dict[str, Any]:
    return made.one(ALARM, f"watch-{name}").inputs


def metrics(inputs: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["id"]: each["metric"] for each in inputs["metricQueries"] if "metric" in each}


def test_every_alarm_is_told_and_its_end_too() -> None:
    made = watch()
    assert {each.name for each in made.of(ALARM)} == {
        "watch-errors",
        "watch-slow",
        "watch-unhealthy-cloud",
        "watch-db-busy",
        "watch-db-full",
        "watch-replica-behind",
    }
    for each in made.of(ALARM):
        assert each.inputs["alarmActions"] == each.inputs["okActions"] == [ARN]
        assert each.inputs["alarmDescription"]
        shown = [query for query in each.inputs["metricQueries"] if query["returnData"]]
        assert len(shown) == 1, each.name  # CloudWatch wants one result
        assert 0 < each.inputs["datapointsToAlarm"] <= each.inputs["evaluationPeriods"]
        assert {metric["period"] for metric in metrics(each.inputs).values()} == {60}


def test_errors_are_counted_wherever_they_come_from() -> None:
    inputs = alarm(watch(error_percent=2.5), "errors")
    found = metrics(inputs)
    assert {found[key]["metricName"] for key in ("own", "targets", "requests")} == {
        "HTTPCode_ELB_5XX_Count",
        "HTTPCode_Target_5XX_Count",
        "RequestCount",
    }
    assert {metric["stat"] for metric in found.values()} == {"Sum"}
    assert inputs["threshold"] == 2.5
    (expression,) = (each["expression"] for each in inputs["metricQueries"] if "expression" in each)
    for name in found:  # CloudWatch has no division of what is missing
        assert f"FILL({name}, 0)" in expression


def test_slowness_is_that_of_one_in_a_hundred() -> None:
    inputs = alarm(watch(latency_seconds=0.5), "slow")
    (latency,) = metrics(inputs).values()
    assert (latency["metricName"], latency["stat"], inputs["threshold"]) == ("TargetResponseTime", "p99", 0.5)


@pytest.mark.parametrize(
    ("name", "metric", "comparison", "missing"),
    [
        ("unhealthy-cloud", "UnHealthyHostCount", "GreaterThanThreshold", "notBreaching"),
        ("db-busy", "CPUUtilization", "GreaterThanThreshold", "notBreaching"),
        ("db-full", "FreeStorageSpace", "LessThanThreshold", "missing"),
        ("replica-behind", "ReplicaLag", "GreaterThanThreshold", "breaching"),
    ],
)
def test_servers_are_watched(name: str, metric: str, comparison: str, missing: str) -> None:
    inputs = alarm(watch(), name)
    assert [each["metricName"] for each in metrics(inputs).values()] == [metric]
    assert (inputs["comparisonOperator"], inputs["treatMissingData"]) == (comparison, missing)


def test_the_topic_is_encrypted_and_only_this_accounts_alarms_speak_there() -> None:
    made = watch()
    assert made.one(TOPIC).inputs["kmsMasterKeyId"] == KEY
    (statement,) = json.loads(made.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"])["Statement"]
    assert statement["Principal"] == {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]}
    assert (statement["Action"], statement["Resource"]) == (["sns:Publish"], [ARN])
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_people_are_told_by_mail_and_in_slack() -> None:
    assert [each.type for each in watch() if "Subscription" in each.type or "chatbot" in each.type] == []
    made = watch(emails=("one@example.com", "two@example.com"), slack={"team": "T0123456789", "channel": "C0123456789"})
    mails = [each.inputs for each in made.of("aws:sns/topicSubscription:TopicSubscription")]
    assert {(each["protocol"], each["endpoint"]) for each in mails} == {
        ("email", "one@example.com"),
        ("email", "two@example.com"),
    }
    slack = made.one("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration").inputs
    assert (slack["slackTeamId"], slack["slackChannelId"]) == ("T0123456789", "C0123456789")
    assert slack["snsTopicArns"] == [ARN]
    # Nobody in the channel gives orders
    assert [each for each in made if each.type in ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy")] == []


def test_what_it_costs_is_watched() -> None:
    budget = watch(monthly_budget=300).one("aws:budgets/budget:Budget").inputs
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("300", "USD", "MONTHLY")
    assert {(each["notificationType"], each["threshold"]) for each in budget["notifications"]} == {
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    }
    assert all(each["subscriberSnsTopicArns"] == [ARN] for each in budget["notifications"])


def test_every_child_has_its_parent_and_every_component_tells_its_outputs() -> None:
    made = watch(slack={"team": "T0123456789", "channel": "C0123456789"})
    (whole,) = made.of("archive:aws:Watch")
    assert all(each.parent == whole.urn for each in made if each.type.startswith("aws:"))
    assert made.outputs[whole.urn] == {"topicArn": ARN}
