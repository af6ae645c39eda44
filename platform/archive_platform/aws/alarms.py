"""What is an alarm, as data: metrics of AWS, and from when on they are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from archive_platform.config.aws import WatchSettings

Dimensions: TypeAlias = Mapping[str, Any]
GIGABYTE = 1024**3
# RDS makes a disk larger when a tenth of it is free (at least 2 GB of the smallest); less means that it may not
LITTLE_GB = 1
MINUTE = 60
ENOUGH_REQUESTS = 20  # in a minute: of fewer, one error would be more than a percent
BALANCER, SERVER = "AWS/ApplicationELB", "AWS/RDS"


@dataclass(frozen=True)
class Metric:
    """One of CloudWatch's, over a minute. `stat` as CloudWatch calls it."""

    namespace: str
    name: str
    dimensions: Dimensions
    stat: str = "Average"


@dataclass(frozen=True)
class Alarm:
    """`metrics` by the names that `expression` has for them; without an expression there is one.

    It is one when the value is above the threshold (below it, if `below`) for `minutes`, or for `of` of them.
    """

    name: str
    says: str
    metrics: Mapping[str, Metric]
    threshold: float
    minutes: int = 5
    of: int | None = None
    below: bool = False
    expression: str | None = None
    missing: str = "notBreaching"


def of_balancer(settings: WatchSettings, balancer: Any) -> list[Alarm]:
    """Errors and slowness, as visitors see them. `balancer` is the last part of its ARN."""
    here = {"LoadBalancer": balancer}
    return [
        Alarm(
            "errors",
            f"more than {settings.error_percent:g} % of the answers have a 5xx status",
            {
                "own": Metric(BALANCER, "HTTPCode_ELB_5XX_Count", here, "Sum"),
                "targets": Metric(BALANCER, "HTTPCode_Target_5XX_Count", here, "Sum"),
                "requests": Metric(BALANCER, "RequestCount", here, "Sum"),
            },
            settings.error_percent,
            # What had no answer at all counts; a quiet night does not make one error a flood
            expression=(
                f"IF(FILL(requests, 0) >= {ENOUGH_REQUESTS},"
                " 100 * (FILL(own, 0) + FILL(targets, 0)) / FILL(requests, 1), 0)"
            ),
            of=3,
        ),
        Alarm(
            "slow",
            f"one in a hundred requests takes longer than {settings.latency_seconds:g} s",
            {"latency": Metric(BALANCER, "TargetResponseTime", here, "p99")},
            settings.latency_seconds,
            of=4,
        ),
    ]


def of_targets(word: str, balancer: Any, group: Any) -> list[Alarm]:
    """Servers that do not answer. `group` is the last part of the target group's ARN."""
    dimensions = {"LoadBalancer": balancer, "TargetGroup": group}
    return [
        Alarm(
            f"unhealthy-{word}",
            f"a server ({word}) does not answer whether it is ready",
            {"unhealthy": Metric(BALANCER, "UnHealthyHostCount", dimensions, "Maximum")},
            0,
        )
    ]


def of_server(word: str, identifier: Any) -> list[Alarm]:
    """A database server that is busy, or has no room left to grow into."""
    here = {"DBInstanceIdentifier": identifier}
    return [
        Alarm(
            f"{word}-busy",
            "the database's processors are busier than 80 %",
            {"cpu": Metric(SERVER, "CPUUtilization", here)},
            80,
            minutes=15,
        ),
        Alarm(
            f"{word}-full",
            f"less than {LITTLE_GB} GB of the database's disk are free, and it cannot grow",
            {"free": Metric(SERVER, "FreeStorageSpace", here, "Minimum")},
            LITTLE_GB * GIGABYTE,
            below=True,
            missing="missing",
        ),
    ]


def of_replica(word: str, identifier: Any) -> list[Alarm]:
    """A replica that falls behind, or that no longer follows at all (-1)."""
    here = {"DBInstanceIdentifier": identifier}
    return [
        Alarm(
            f"{word}-behind",
            "the replica is more than 30 s behind, or does not follow",
            {"lag": Metric(SERVER, "ReplicaLag", here, "Maximum")},
            30,
            expression="IF(lag < 0, 86400, lag)",
            missing="breaching",
        )
    ]
