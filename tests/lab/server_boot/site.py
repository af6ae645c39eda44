"""What the tests ask of a server that was started: its units, its containers and what they may do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from tests.lab.server_boot.place import Cloud
from tests.lab.server_boot.server import Server

from archive_platform.aws import media, quadlets
from archive_platform.catalogue import CATALOGUE, ServiceEntry

UNITS = (
    "archive-secrets.service",
    media.TIMER,
    "archive-network.service",
    "archive-logs.service",
    *(unit for each in CATALOGUE for unit in quadlets.units_of(each.name)),
    "nginx.service",
)


@dataclass
class Site:
    """The server, the stand-in for Amazon that it asks, and what it said when it first started."""

    server: Server
    amazon: Cloud
    code: int
    said: str

    def runs(self) -> dict[str, str]:
        """The one run of each unit that is active: its invocation by its name."""
        told = self.server.run(f"systemctl show --property=Id,ActiveState,InvocationID {' '.join(UNITS)}")
        units = [dict(line.split("=", 1) for line in block.splitlines()) for block in told.split("\n\n")]
        return {unit["Id"]: unit["InvocationID"] for unit in units if unit["ActiveState"] == "active"}

    def containers(self) -> dict[str, str]:
        """Ids by name, of those that run."""
        return dict(line.split() for line in self.server.run("podman ps --format '{{.Names}} {{.ID}}'").splitlines())

    def all_run(self) -> bool:
        return self.server.is_so(f"systemctl --quiet is-active {UNITS[0]}") and set(self.runs()) == set(UNITS)

    def serves(self, each: ServiceEntry) -> bool:
        return self.server.get(each.url_path("/health/ready")).status == 200

    def reached(self, method: str, url: str) -> dict[str, int | str]:
        """Whether the container of `home` reaches an address."""
        return self.server.get(f"/reach?method={method}&url={quote(url, safe='')}").told

    def media(self, each: ServiceEntry) -> dict[str, str]:
        """What a service's container finds of the credentials for pictures; see `service/serve.go`."""
        return self.server.get(each.url_path("/may")).told["media"]

    def limits(self, container: str) -> tuple[int, float, int]:
        """A container's bytes of memory, processors and processes, as the kernel knows them."""
        found = self.server.run(
            f"group=libpod_parent/libpod-$(podman inspect {container} --format '{{{{.ID}}}}'); cd /sys/fs/cgroup; "
            "cat memory/$group/memory.limit_in_bytes cpu/$group/cpu.cfs_quota_us cpu/$group/cpu.cfs_period_us "
            "pids/$group/pids.max"
        )
        memory, quota, period, processes = found.split()
        return int(memory), int(quota) / int(period), int(processes)


def digests(environment: Mapping[str, str]) -> dict[str, str]:
    """As the stand-in for the services tells its own."""
    return {name: hashlib.sha256(value.encode()).hexdigest() for name, value in environment.items()}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Names whose value is another one, or that are on one side alone."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
