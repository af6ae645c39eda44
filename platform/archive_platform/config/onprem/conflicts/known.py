"""The parts of a cluster's settings that depend on one another, as far as they are well by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from archive_platform.config.draft import Draft
from archive_platform.config.paths import Path, render


@dataclass(frozen=True)
class KnownHost:
    """A host. None stands for what is wrong."""

    draft: Draft
    name: str | None
    address: IPv4Address | None
    roles: tuple[str, ...] | None
    lost: bool | None

    @classmethod
    def of(cls, draft: Draft) -> KnownHost:
        return cls(draft, draft.get("name"), draft.get("address"), draft.get("roles"), draft.get("lost"))

    @property
    def called(self) -> str:
        """For messages."""
        return self.name or render(self.draft.path)

    def has(self, role: str) -> bool:
        return self.roles is not None and role in self.roles

    @property
    def is_node(self) -> bool:
        return self.has("control-plane") or self.has("worker")

    def key(self, name: str) -> Path:
        return self.draft.key(name)


@dataclass(frozen=True)
class Known:
    """The settings. `counts` says whether the roles of every host are known, so that hosts of a role can be counted."""

    draft: Draft
    hosts: tuple[KnownHost, ...]
    counts: bool
    node_network: IPv4Network | None
    pod_network: IPv4Network | None
    service_network: IPv4Network | None

    @classmethod
    def of(cls, draft: Draft) -> Known:
        hosts = tuple(KnownHost.of(each) for each in draft.each("hosts"))
        networks = draft.part("networks")
        node, pod, service = (networks.get(name) for name in ("node", "pod", "service"))
        counts = bool(hosts) and all(host.roles is not None and host.lost is not None for host in hosts)
        return cls(draft, hosts, counts, node, pod, service)

    @property
    def present(self) -> tuple[KnownHost, ...]:
        """Hosts that are not lost."""
        return tuple(host for host in self.hosts if host.lost is False)

    @property
    def logins(self) -> tuple[Draft, ...]:
        """Every `ssh` there is: the stack's, then those of hosts."""
        own = (host.draft.find("ssh") for host in self.hosts)
        return tuple(login for login in (self.draft.find("ssh"), *own) if login)

    def present_of(self, role: str) -> tuple[KnownHost, ...]:
        return tuple(host for host in self.present if host.has(role))

    def all_of(self, role: str) -> tuple[KnownHost, ...]:
        return tuple(host for host in self.hosts if host.has(role))
