"""What runs: `lab.json`, written whole at each change, read by tests, people and the next `up` or `down`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.lab.identity import ProcessIdentity

HostStatus = Literal["on", "off"]


@dataclass
class HostState:
    """One host.

    Attributes:
        name: its host name.
        address: its IPv4 address.
        host_key: its SSH host key, "ssh-ed25519 AAAA…"; the same after a reboot and after a reset.
        state: whether it has power.
        pid: the process that keeps it running, as this machine numbers it; None without power.
        started: when that process started, in clock ticks; with the id it names one process for good.
        cut: the switch drops its frames.
        unplugged: its link is down.
    """

    name: str
    address: str
    host_key: str
    state: HostStatus = "off"
    pid: int | None = None
    started: int | None = None
    cut: bool = False
    unplugged: bool = False

    def has_power(self) -> bool:
        """Whether it runs now, whatever was recorded."""
        return self.process is not None and self.process.is_alive()

    @property
    def is_reachable(self) -> bool:
        """Whether its cable is plugged in and its frames pass."""
        return not (self.cut or self.unplugged)

    @property
    def process(self) -> ProcessIdentity | None:
        return None if self.pid is None or self.started is None else ProcessIdentity(self.pid, self.started)

    @process.setter
    def process(self, identity: ProcessIdentity | None) -> None:
        self.pid, self.started = (identity.pid, identity.started) if identity else (None, None)


@dataclass
class BundleState:
    """The bundle that is served: its address, the digest of its index, and who serves it."""

    url: str
    sha256: str
    pid: int
    started: int

    @property
    def process(self) -> ProcessIdentity:
        return ProcessIdentity(self.pid, self.started)


@dataclass
class LabState:
    """Everything that `lab.json` says.

    Attributes:
        hosts: by name.
        private_key: path of the key that may log in as root and as operator.
        partitions: pairs of hosts cut from each other.
        bundle: None until it is served.
        sysctls: values of this machine from before the first host, put back by `down`.
    """

    private_key: str
    hosts: dict[str, HostState] = field(default_factory=dict[str, HostState])
    partitions: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    bundle: BundleState | None = None
    sysctls: dict[str, str] = field(default_factory=dict[str, str])

    def save(self, path: Path) -> None:
        """Replace the file in one step: a reader sees the old state or the new one."""
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        scratch.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        scratch.rename(path)

    @classmethod
    def load(cls, path: Path) -> LabState | None:
        """The recorded state; None when nothing is recorded."""
        try:
            raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(
            private_key=raw["private_key"],
            hosts={name: HostState(**values) for name, values in raw["hosts"].items()},
            partitions=[(one, other) for one, other in raw["partitions"]],
            bundle=BundleState(**raw["bundle"]) if raw["bundle"] else None,
            sysctls=raw["sysctls"],
        )
