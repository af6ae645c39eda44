"""The dashboard, and the alarms that it shows, as AWS is asked for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi import Output
from tests.infra.aws.answers import REGION, Answers
from tests.infra.recorded import PROJECT, STACK, Recorded, record

from archive_platform.aws import alarms
from archive_platform.aws.alarms import Watched
from archive_platform.aws.dashboard import COLUMNS, Dashboard, body, graphs
from archive_platform.aws.watch import Watch
from archive_platform.config.aws import WatchSettings

KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/1"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TARGETS = {"cloud": "targetgroup/web-cloud/2", "onprem": "targetgroup/web-onprem/3"}
ALL = Watched("app/web/1", TARGETS, database="db-1", replica="db-2", servers="servers-1")
LEAST = Watched("app/web/1")


def made(watched: Watched = ALL, **given: Any) -> Recorded:
    settings = WatchSettings(**given)

    def program() -> None:
        watch = Watch("watch", settings, alarms.every(settings, watched), key_arn=KEY)
        Dashboard("watch", settings, watched, alarm_arns=[alarm.arn for alarm in watch.alarms])

    return record(program, Answers())


def widgets(recorded: Recorded) -> list[dict[str, Any]]:
    asked = recorded.one("aws:cloudwatch/dashboard:Dashboard").inputs
    return json.loads(asked["dashboardBody"])["widgets"]


def shown(recorded: Recorded) -> dict[str, list[list[Any]]]:
    return {each["properties"]["title"]: each["properties"].get("metrics", []) for each in widgets(recorded)}


def test_every_alarm_is_on_the_page_and_every_metric_of_one_is_drawn() -> None:
    recorded = made()
    asked = recorded.of(ALARM)
    assert len(asked) == 8
    top, *_ = widgets(recorded)
    assert (top["type"], set(top["properties"]["alarms"])) == (
        "alarm",
        {f"arn:aws:cloudwatch:{REGION}:123456789012:{each.name}" for each in asked},
    )
    drawn = {json.dumps(line[:-1]) for lines in shown(recorded).values() for line in lines}
    for each in asked:
        for query in each.inputs["metricQueries"]:
            metric = query.get("metric")
            # Servers that do not answer are drawn as those that do
            if metric and metric["metricName"] != "UnHealthyHostCount":
                dimensions = [part for dimension in metric["dimensions"].items() for part in dimension]
                assert json.dumps([metric["namespace"], metric["metricName"], *dimensions]) in drawn, each.name


def test_what_operators_ask_first_is_drawn() -> None:
    found = shown(made())
    names = {title: [line[1] for line in lines if len(line) > 1] for title, lines in found.items()}
    assert names["Requests a minute"] == ["RequestCount"]
    assert names["Servers that answer"] == ["HealthyHostCount", "HealthyHostCount"]
    assert names["Connections to the database"] == ["DatabaseConnections"]
    assert names["Replica behind, s"] == ["ReplicaLag"]
    latency = found["Time to answer, s"]
    assert [line[-1]["stat"] for line in latency] == ["p50", "p99"]


def test_an_expression_is_shown_in_place_of_what_it_is_made_of() -> None:
    lines = shown(made())["Answers with a 5xx status, %"]
    *parts, (result,) = lines
    assert [line[-1]["visible"] for line in parts] == [False, False, False]
    assert result["expression"].startswith("IF(FILL(requests, 0)")
    assert {line[-1]["id"] for line in parts} == {"own", "targets", "requests"}


@pytest.mark.parametrize(("title", "limit"), [("Time to answer, s", 0.5), ("Answers with a 5xx status, %", 3.0)])
def test_where_an_alarm_speaks_is_drawn(title: str, limit: float) -> None:
    recorded = made(latency_seconds=0.5, error_percent=3)
    (found,) = (each["properties"] for each in widgets(recorded) if each["properties"]["title"] == title)
    assert [each["value"] for each in found["annotations"]["horizontal"]] == [limit]


def test_nothing_is_drawn_of_what_is_not_there() -> None:
    found = shown(made(LEAST))
    assert set(found) == {"Alarms", "Requests a minute", "Answers with a 5xx status, %", "Time to answer, s"}
    assert {each.name for each in made(LEAST).of(ALARM)} == {"watch-errors", "watch-slow"}


@pytest.mark.parametrize("watched", [ALL, LEAST])
def test_no_widget_covers_another(watched: Watched) -> None:
    found = body(graphs(WatchSettings(), watched), REGION, [])["widgets"]
    covered = [
        (x, y)
        for each in found
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(covered) == len(set(covered))
    assert max(x for x, _ in covered) < COLUMNS
    assert all(each["properties"]["region"] == REGION for each in found if each["type"] == "metric")


def test_two_stacks_have_two_pages_whose_names_cloudwatch_takes() -> None:
    asked = made().one("aws:cloudwatch/dashboard:Dashboard").inputs
    assert asked["dashboardName"] == f"{PROJECT}-{STACK}-watch"
    assert set(asked["dashboardName"]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def test_busy_servers_are_an_alarm_at_ec2s_own_pace() -> None:
    asked = made().one(ALARM, "watch-servers-busy").inputs
    (query,) = asked["metricQueries"]
    metric = query["metric"]
    assert (metric["namespace"], metric["metricName"]) == ("AWS/EC2", "CPUUtilization")
    assert metric["dimensions"] == {"AutoScalingGroupName": "servers-1"}
    # EC2 measures every five minutes: of one-minute periods four in five would be missing, and it would never speak
    assert metric["period"] == 300
    assert (asked["evaluationPeriods"], asked["datapointsToAlarm"]) == (3, 3)


def test_what_is_made_later_is_watched_like_the_rest() -> None:
    def program() -> None:
        watch = Watch("watch", WatchSettings(), alarms.every(WatchSettings(), LEAST), key_arn=KEY)
        watch.add(alarms.of_servers("servers-1"))
        assert len(watch.alarms) == 3

    recorded = record(program, Answers())
    (whole,) = recorded.of("archive:aws:Watch")
    later = recorded.one(ALARM, "watch-servers-busy")
    assert later.parent == whole.urn
    assert later.inputs["alarmActions"] == recorded.one(ALARM, "watch-errors").inputs["alarmActions"]


def test_it_is_parented_and_tells_its_outputs() -> None:
    recorded = made()
    (whole,) = recorded.of("archive:aws:Dashboard")
    assert recorded.one("aws:cloudwatch/dashboard:Dashboard").parent == whole.urn
    assert recorded.outputs[whole.urn] == {"name": f"{PROJECT}-{STACK}-watch"}


def test_what_is_known_later_may_be_watched_too() -> None:
    seen: list[str] = []

    def program() -> None:
        watched = Watched(Output.from_input("app/web/1"))
        text = Output.json_dumps(body(graphs(WatchSettings(), watched), Output.from_input(REGION), []))
        text.apply(seen.append)

    record(program, Answers())
    assert "app/web/1" in seen[0]
