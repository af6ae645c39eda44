"""The settings of the `onprem` stack: bare servers that become a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from archive_platform.config.draft import Draft
from archive_platform.config.onprem.conflicts import conflicts
from archive_platform.config.onprem.inventory import Host
from archive_platform.config.onprem.kubernetes import Kubernetes, Runtime
from archive_platform.config.onprem.networks import Addresses, Networks
from archive_platform.config.onprem.services import Administrator, LoadBalancerSettings, Packages, Snapshots
from archive_platform.config.onprem.ssh import Ssh
from archive_platform.config.paths import Path, render
from archive_platform.config.rules import Conflict, Group, Rule, holding
from archive_platform.config.types import Address, DnsLabel, HostName, unique
from archive_platform.errors import ConfigError

API_PORT = 6443
"""Where the API server listens, on control planes and on the load balancers' virtual address."""

RESOLVERS = 3  # resolv.conf(5): MAXNS


class OnPrem(Group):
    """What `Pulumi.<stack>.yaml` of stacks/onprem may say."""

    environment: Annotated[
        Literal["onprem"],
        Rule("be onprem", "this program makes a cluster of your own servers", "Set onprem, or choose another stack"),
    ] = "onprem"
    cluster: Annotated[
        DnsLabel,
        Rule(
            "be 1 to 63 lower-case letters, digits and -, neither first nor last a -",
            "it names the cluster in kubeconfig and certificates",
            "Set one, as in game-archive",
        ),
    ] = "game-archive"
    hosts: Annotated[
        tuple[Host, ...],
        Field(min_length=1),
        Rule(
            "be a list of hosts, each an object with name, address and roles",
            "they become the cluster",
            "List your servers, as the example does",
        ),
    ]
    ssh: Annotated[Ssh, holding("how every host is reached")] = Ssh()
    networks: Annotated[Networks, holding("the networks of hosts, pods and services")]
    addresses: Annotated[Addresses, holding("the addresses that move between hosts")]
    kubernetes: Annotated[Kubernetes, holding("what kubeadm makes")] = Kubernetes()
    runtime: Annotated[Runtime, holding("how containers run")] = Runtime()
    packages: Annotated[Packages, holding("where software comes from")] = Packages()
    load_balancer: Annotated[LoadBalancerSettings, holding("how Nginx and keepalived run")] = LoadBalancerSettings()
    administrators: Annotated[
        tuple[Administrator, ...],
        Rule(
            "be a list of objects with name and keys",
            "each may log in to every host",
            "Set one, as in: [{name: mina, keys: [ssh-ed25519 AAAA…]}]",
        ),
    ] = ()
    resolvers: Annotated[
        tuple[Address, ...],
        Field(min_length=1, max_length=RESOLVERS),
        AfterValidator(unique),
        Rule(
            "be a list of 1 to 3 IPv4 addresses",
            "the hosts ask these DNS servers, and resolvers use no more than three",
            "Set them, as in: [8.8.8.8, 8.8.4.4]",
            item="be an IPv4 address",
        ),
    ] = (IPv4Address("8.8.8.8"), IPv4Address("8.8.4.4"))
    time_servers: Annotated[
        tuple[HostName, ...],
        Field(min_length=1, max_length=10),
        AfterValidator(unique),
        Rule(
            "be a list of 1 to 10 names or addresses",
            "the hosts' clocks follow them, and certificates and etcd need one time",
            "Set them, as in: [time.google.com]",
            item="be a host name or an IPv4 address",
        ),
    ] = ("time.google.com", "time.cloudflare.com")
    firewall: Annotated[
        bool,
        Rule("be true or false", "it says whether hosts refuse what the cluster does not need", "Set true or false"),
    ] = True
    snapshots: Annotated[Snapshots, holding("when etcd is saved, and where")] = Snapshots()
    reapply: Annotated[
        int,
        Field(ge=1),
        Rule(
            "be 1 or more",
            "each new number lets the next pulumi up run every step again, which repairs what drifted",
            "Raise it by one",
        ),
    ] = 1

    @classmethod
    def conflicts(cls, draft: Draft) -> Iterable[Conflict]:
        return conflicts(draft)

    @property
    def present(self) -> tuple[Host, ...]:
        """The hosts on which things are run: those that are not lost."""
        return tuple(host for host in self.hosts if not host.lost)

    @property
    def control_planes(self) -> tuple[Host, ...]:
        """In the order of the inventory, as everything here."""
        return tuple(host for host in self.present if host.is_control_plane)

    @property
    def workers(self) -> tuple[Host, ...]:
        """Nodes for the community's pods that are no control planes."""
        return tuple(host for host in self.present if host.is_worker and not host.is_control_plane)

    @property
    def load_balancers(self) -> tuple[Host, ...]:
        """The pair between which addresses move; none beside a single control plane."""
        return tuple(host for host in self.present if host.is_load_balancer)

    @property
    def storage(self) -> tuple[Host, ...]:
        """Hosts that keep etcd's snapshots."""
        return tuple(host for host in self.present if host.is_storage)

    @property
    def nodes(self) -> tuple[Host, ...]:
        """Control planes, then workers, each once."""
        return self.control_planes + self.workers

    @property
    def primary(self) -> Host:
        """The first control plane, on which the cluster is made and governed."""
        return self.control_planes[0]

    @property
    def endpoint(self) -> str:
        """Where the API server is reached: "10.77.0.100:6443"."""
        return f"{self.addresses.api}:{API_PORT}"

    def ssh_of(self, host: Host) -> Ssh:
        """How a host is reached: the stack's settings, and the host's over them."""
        return host.ssh.over(self.ssh) if host.ssh else self.ssh

    def snapshot_target(self, source: Host) -> Host | None:
        """Where a control plane's snapshots are copied to; None when there is no other host for them."""
        others = [host for host in self.present if host.name != source.name]
        if self.snapshots.target:
            return next((host for host in others if host.name == self.snapshots.target), None)
        storage = [host for host in others if host.is_storage]
        control_planes = [host for host in others if host.is_control_plane]
        return next(iter(storage + control_planes[::-1]), None)

    def check_ready(self) -> None:
        """ConfigError unless the host key of every host and jump host is known.

        Not a rule of `parse`, because host keys are learned from an inventory that has none yet.
        """
        lines = [
            f"{render(path)} must be set (got nothing): {name} could be anybody without it. Learn it with"
            " `archive trust onprem`, or set the line of /etc/ssh/ssh_host_ed25519_key.pub on that server."
            for name, path in self._unpinned()
        ]
        if lines:
            raise ConfigError("\n  ".join(["host keys are missing:", *dict.fromkeys(lines)]))

    def _unpinned(self) -> Iterable[tuple[str, Path]]:
        for number, host in enumerate(self.hosts):
            ssh = self.ssh_of(host)
            if host.lost:
                continue
            if not ssh.host_key:
                yield host.name, ("hosts", number, "ssh", "hostKey")
            if ssh.jump and not ssh.jump.host_key:
                own = host.ssh is not None and host.ssh.jump is not None
                yield ssh.jump.address, (*(("hosts", number) if own else ()), "ssh", "jump", "hostKey")
