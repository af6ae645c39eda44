"""What is an alarm, as data: metrics of AWS, and from when on they are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from archive_platform.config.aws import WatchSettings

Dimensions: TypeAlias = Mapping[str, Any]
GIGABYTE = 1024**3
# RDS makes a disk larger when a tenth of it is free (at least 2 GB of the smallest); less means that it may not
LITTLE_GB = 1
MINUTE = 60
ENOUGH_REQUESTS = 20  # in a minute: of fewer, one error would be more than a percent
EC2_MINUTES = 5  # how often EC2 measures for nothing; every minute costs 2.10 USD a month for each server
BALANCER, SERVER, COMPUTER = "AWS/ApplicationELB", "AWS/RDS", "AWS/EC2"


@dataclass(frozen=True)
class Metric:
    """One of CloudWatch's, over so many `minutes`. `stat` as CloudWatch calls it."""

    namespace: str
    name: str
    dimensions: Dimensions
    stat: str = "Average"
    minutes: int = 1

    @property
    def seconds(self) -> int:
        """CloudWatch's period."""
        return self.minutes * MINUTE


@dataclass(frozen=True)
class Alarm:
    """`metrics` by the names that `expression` has for them; without an expression there is one.

    It is one when the value is above the threshold (below it, if `below`) for `minutes`, or in `of` of the measurements
    in them.
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

    @property
    def measurements(self) -> int:
        """How many there are in its minutes."""
        return self.minutes // next(iter(self.metrics.values())).minutes


@dataclass(frozen=True)
class Watched:
    """What of a stack there is to watch, as CloudWatch's dimensions name it.

    Attributes:
        balancer: the last part of the load balancer's ARN.
        targets: the last part of each target group's ARN, by a word for it.
        database: the identifier of the database's server.
        replica: that of the server that only reads.
        servers: the name of the servers' group.
    """

    balancer: Any
    targets: Mapping[str, Any] = field(default_factory=dict[str, Any])
    database: Any = None
    replica: Any = None
    servers: Any = None


def every(settings: WatchSettings, watched: Watched) -> list[Alarm]:
    """All alarms of a stack."""
    return [*of_visitors(settings, watched), *of_parts(watched)]


def of_visitors(settings: WatchSettings, watched: Watched) -> list[Alarm]:
    """What visitors notice: a release that does this is a bad one."""
    targets = (alarm for word, group in watched.targets.items() for alarm in of_targets(word, watched.balancer, group))
    return [*of_balancer(settings, watched.balancer), *targets]


def of_parts(watched: Watched) -> list[Alarm]:
    """What is behind the load balancer."""
    return [
        *(of_servers(watched.servers) if watched.servers is not None else []),
        *(of_server("db", watched.database) if watched.database is not None else []),
        *(of_replica("replica", watched.replica) if watched.replica is not None else []),
    ]


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


def of_servers(group_name: Any) -> list[Alarm]:
    """Servers that stay busy although more of them should have come: there are no more, or they do not help."""
    here = {"AutoScalingGroupName": group_name}
    return [
        Alarm(
            "servers-busy",
            "the servers' processors are busier than 85 %",
            {"cpu": Metric(COMPUTER, "CPUUtilization", here, minutes=EC2_MINUTES)},
            85,
            minutes=15,
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
