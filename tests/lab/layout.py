"""Names, addresses and folders of the lab, each written here only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import MappingProxyType

from tools.bootstrap.paths import cache_folder, this_checkout

BRIDGE = "archive-lab0"
NETWORK = IPv4Network("10.77.0.0/24")
GATEWAY = IPv4Address("10.77.0.1")  # this machine, on the bridge: it serves the bundle and routes nothing
BUNDLE_PORT = 8070
BUNDLE_URL = f"http://{GATEWAY}:{BUNDLE_PORT}"

API_ADDRESS = IPv4Address("10.77.0.100")
INGRESS_ADDRESS = IPv4Address("10.77.0.101")
POD_NETWORK = IPv4Network("10.244.0.0/16")
SERVICE_NETWORK = IPv4Network("10.96.0.0/12")

ADDRESSES: Mapping[str, IPv4Address] = MappingProxyType(
    {
        "lb1": IPv4Address("10.77.0.11"),
        "lb2": IPv4Address("10.77.0.12"),
        "lb3": IPv4Address("10.77.0.13"),
        "lb4": IPv4Address("10.77.0.14"),
        "cp1": IPv4Address("10.77.0.21"),
        "cp2": IPv4Address("10.77.0.22"),
        "cp3": IPv4Address("10.77.0.23"),
        "cp4": IPv4Address("10.77.0.24"),
        "w1": IPv4Address("10.77.0.31"),
        "w2": IPv4Address("10.77.0.32"),
        "w3": IPv4Address("10.77.0.33"),
    }
)
SPARE = frozenset({"lb3", "lb4", "cp4", "w3"})
DEFAULT_HOSTS = tuple(name for name in ADDRESSES if name not in SPARE)

# systemd-nspawn names the outer end of a host's cable after the machine.
MACHINE_PREFIX = "lab-"
INNER_INTERFACE = "host0"
OPERATOR = "operator"


def machine(host: str) -> str:
    return f"{MACHINE_PREFIX}{host}"


def outer_interface(host: str) -> str:
    """The end of the host's cable that is plugged into the bridge."""
    return f"vb-{machine(host)}"


@dataclass(frozen=True)
class Folders:
    """Where one run of the lab keeps its things (`run`), and what all runs share (`cache`)."""

    run: Path
    cache: Path

    @classmethod
    def default(cls, environ: Mapping[str, str], run: Path | None = None) -> Folders:
        return cls((run or this_checkout().archive / "lab").absolute(), cache_folder(environ) / "lab")

    @property
    def state(self) -> Path:
        return self.run / "lab.json"

    @property
    def lock(self) -> Path:
        return self.run / "lab.lock"

    @property
    def private_key(self) -> Path:
        return self.run / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.run / "known_hosts"

    @property
    def served(self) -> Path:
        """A link to the bundle that is served."""
        return self.run / "bundle"

    @property
    def hosts(self) -> Path:
        return self.run / "hosts"

    def host(self, name: str) -> Path:
        return self.hosts / name

    def group(self, name: str) -> str:
        """The host's cgroup: no other run has one of this name, so whatever is in it is this run's."""
        return f"archive-lab-{hashlib.sha256(str(self.run).encode()).hexdigest()[:8]}-{name}"

    def prepare(self) -> None:
        """Create them; the run's folder is closed to other users, it holds private keys."""
        for folder in (self.run, self.hosts, self.cache):
            folder.mkdir(parents=True, exist_ok=True)
        self.run.chmod(0o700)
