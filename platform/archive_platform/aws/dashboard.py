"""What operators look at when an alarm speaks: the same metrics as the alarms', and what explains them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, Output, ResourceOptions

from archive_platform.aws import alarms
from archive_platform.aws.alarms import BALANCER, SERVER, Alarm, Metric, Watched
from archive_platform.aws.here import Here
from archive_platform.config.aws import WatchSettings

COLUMNS, WIDTH, HEIGHT, ALARMS_HEIGHT = 24, 8, 6, 3  # CloudWatch lays widgets out in 24 columns
RESULT = "result"


@dataclass(frozen=True)
class Graph:
    """Some metrics in one picture, by the names that `expression` has for them; with one, only its value is shown.

    Attributes:
        limit: from where on an alarm speaks.
    """

    title: str
    metrics: Mapping[str, Metric]
    expression: str | None = None
    limit: float | None = None


class Dashboard(ComponentResource):
    """One page: whether any alarm speaks, and how the community fares.

    Attributes:
        dashboard: the page.
    """

    def __init__(
        self,
        name: str,
        settings: WatchSettings,
        watched: Watched,
        *,
        alarm_arns: Sequence[Output[str]],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:aws:Dashboard", name, None, opts)
        self.dashboard = aws.cloudwatch.Dashboard(
            name,
            # CloudWatch wants a name, of which an account has one in all regions
            dashboard_name="-".join((pulumi.get_project(), pulumi.get_stack(), name)).replace(".", "-"),
            dashboard_body=Output.json_dumps(body(graphs(settings, watched), Here(self).region, alarm_arns)),
            opts=ResourceOptions(parent=self),
        )
        self.register_outputs({"name": self.dashboard.dashboard_name})


def graphs(settings: WatchSettings, watched: Watched) -> list[Graph]:
    """What there is to see of a stack. Nothing is drawn of what it does not have."""
    balancer = {"LoadBalancer": watched.balancer}
    errors, slow = alarms.of_balancer(settings, watched.balancer)
    found = [
        Graph("Requests a minute", {"requests": Metric(BALANCER, "RequestCount", balancer, "Sum")}),
        Graph("Answers with a 5xx status, %", errors.metrics, errors.expression, errors.threshold),
        Graph(
            "Time to answer, s",
            {"half": Metric(BALANCER, "TargetResponseTime", balancer, "p50"), **slow.metrics},
            limit=slow.threshold,
        ),
    ]
    if watched.targets:
        found.append(Graph("Servers that answer", dict(_healthy(watched))))
    if watched.servers is not None:
        found += _alarmed("Servers' processors, %", alarms.of_servers(watched.servers))
    if watched.database is not None:
        busy, full = alarms.of_server("db", watched.database)
        here = {"DBInstanceIdentifier": watched.database}
        found += _alarmed("Database's processors, %", [busy])
        found.append(Graph("Connections to the database", {"connections": Metric(SERVER, "DatabaseConnections", here)}))
        found += _alarmed("Free on the database's disk, bytes", [full])
    if watched.replica is not None:
        found += _alarmed("Replica behind, s", alarms.of_replica("replica", watched.replica))
    return found


def body(drawn: Sequence[Graph], region: Any, alarm_arns: Sequence[Any]) -> dict[str, Any]:
    """The page as CloudWatch takes it ("Dashboard Body Structure and Syntax"): alarms on top, three graphs a row."""
    across = COLUMNS // WIDTH
    top = {
        "type": "alarm",
        "x": 0,
        "y": 0,
        "width": COLUMNS,
        "height": ALARMS_HEIGHT,
        "properties": {"title": "Alarms", "alarms": list(alarm_arns)},
    }
    below = [
        {
            "type": "metric",
            "x": place % across * WIDTH,
            "y": ALARMS_HEIGHT + place // across * HEIGHT,
            "width": WIDTH,
            "height": HEIGHT,
            "properties": _properties(graph, region),
        }
        for place, graph in enumerate(drawn)
    ]
    return {"widgets": [top, *below]}


def _properties(graph: Graph, region: Any) -> dict[str, Any]:
    shown = graph.expression is None
    lines: list[list[Any]] = [_line(name, metric, shown=shown) for name, metric in graph.metrics.items()]
    if graph.expression:
        lines.append([{"id": RESULT, "expression": graph.expression, "label": graph.title}])
    properties = {"title": graph.title, "region": region, "view": "timeSeries", "metrics": lines}
    if graph.limit is not None:
        properties["annotations"] = {"horizontal": [{"value": graph.limit, "label": "alarm"}]}
    return properties


def _line(name: str, metric: Metric, *, shown: bool) -> list[Any]:
    dimensions = [part for dimension in metric.dimensions.items() for part in dimension]
    how = {"id": name, "label": name, "stat": metric.stat, "period": metric.seconds, "visible": shown}
    return [metric.namespace, metric.name, *dimensions, how]


def _healthy(watched: Watched) -> Mapping[str, Metric]:
    return {
        word: Metric(
            BALANCER, "HealthyHostCount", {"LoadBalancer": watched.balancer, "TargetGroup": group}, stat="Minimum"
        )
        for word, group in watched.targets.items()
    }


def _alarmed(title: str, alarmed: Sequence[Alarm]) -> list[Graph]:
    return [Graph(title, alarm.metrics, alarm.expression, alarm.threshold) for alarm in alarmed]
