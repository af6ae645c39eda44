"""The parts of the on-prem stack, each a component that names what it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from pulumi import ComponentResource, Output, Resource, ResourceOptions

from archive_platform.config.onprem import Host, OnPrem
from archive_platform.generated import GeneratedSecret
from archive_platform.onprem import node, snapshots
from archive_platform.onprem.load_balancer import load_balancer
from archive_platform.onprem.prepare import prepare
from archive_platform.onprem.step import Step


class ClusterSecrets(ComponentResource):
    """What nodes need to join, renewed by `kubernetes.joinGeneration`; the keys of secrets at rest and of snapshots."""

    def __init__(self, name: str, settings: OnPrem, opts: ResourceOptions | None = None) -> None:
        super().__init__("archive:onprem:ClusterSecrets", name, None, opts)
        child = ResourceOptions(parent=self)
        generation = settings.kubernetes.join_generation
        self.join = GeneratedSecret(f"{name}-join", generation=generation, opts=child).value.apply(node.join_secrets)
        self.encryption = GeneratedSecret(f"{name}-encryption", opts=child).value.apply(node.encryption_key)
        self.snapshots = GeneratedSecret(f"{name}-snapshots", opts=child).value
        self.register_outputs({})

    def of_node(self, host: Host, ca_hash: Output[str] | str) -> Output[dict[str, str]]:
        """All secrets of a node's step, for a node that trusts the cluster whose authority has this hash."""
        keys = self.snapshots.apply(lambda generated: snapshots.node_secrets(generated, host))
        parts = Output.all(self.join, self.encryption, keys, {"CA_HASH": ca_hash})
        return parts.apply(lambda known: {name: value for each in known for name, value in each.items()})

    def of_host(self, settings: OnPrem, host: Host) -> Output[dict[str, str]]:
        """What a host has to know to keep the snapshots of others."""
        return self.snapshots.apply(lambda generated: snapshots.receive_secrets(generated, settings, host))


class PreparedHosts(ComponentResource):
    """Every host of the inventory, made ready for its roles, all at once."""

    def __init__(
        self, name: str, settings: OnPrem, secrets: ClusterSecrets, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("archive:onprem:PreparedHosts", name, None, opts)
        self.steps = {
            host.name: Step(
                settings,
                host,
                partial(prepare, settings, host),
                parent=self,
                secrets=secrets.of_host(settings, host),
            )
            for host in settings.hosts
        }
        self.register_outputs({})


class LoadBalancers(ComponentResource):
    """Nginx and keepalived, which hold the addresses of the API and of the ingress.

    One after another: a change that restarts keepalived on both at once would leave nobody with the addresses.
    """

    def __init__(self, name: str, settings: OnPrem, hosts: PreparedHosts, opts: ResourceOptions | None = None) -> None:
        super().__init__("archive:onprem:LoadBalancers", name, None, opts)
        self.steps: dict[str, Step] = {}
        before: list[Resource] = []
        for host in settings.hosts:
            if host.is_load_balancer:
                after = [hosts.steps[host.name].command, *before]
                step = Step(
                    settings, host, lambda _, host=host: load_balancer(settings, host), parent=self, after=after
                )
                self.steps[host.name] = step
                before = [step.command]
        self.register_outputs({})


class ControlPlanes(ComponentResource):
    """One after another: the first starts the cluster, the others join, and etcd keeps its majority all the time.

    Attributes:
        kubeconfig: the administrator's.
        ca_hash: of the authority that those who join have to trust.
        ca_hash_for_workers: the same, known as soon as workers may go on.
    """

    def __init__(
        self,
        name: str,
        settings: OnPrem,
        hosts: PreparedHosts,
        balancers: LoadBalancers,
        secrets: ClusterSecrets,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:onprem:ControlPlanes", name, None, opts)
        self.steps: dict[str, Step] = {}
        before: list[Resource] = [step.command for step in balancers.steps.values()]
        ca_hash: Output[str] | str = ""
        for host in _primary_first(settings, [host for host in settings.hosts if host.is_control_plane]):
            step = Step(
                settings,
                host,
                partial(node.node, settings, host),
                parent=self,
                after=[hosts.steps[host.name].command, *before],
                secrets=secrets.of_node(host, ca_hash),
                founds=host == settings.primary,
            )
            if host == settings.primary:
                ca_hash = step.extra.apply(lambda told: told["ca_hash"])
                self.kubeconfig = step.extra.apply(lambda told: told["kubeconfig"])
            self.steps[host.name] = step
            before = [step.command]
        self.ca_hash = ca_hash
        self.ca_hash_for_workers = self._ca_hash_for_workers(self.steps[settings.primary.name])
        self.register_outputs({})

    def _ca_hash_for_workers(self, primary: Step) -> Output[str]:
        # Workers join beside the other control planes, and are upgraded after them: no kubelet may be newer than an API
        # server (Kubernetes' version skew policy).
        others = [step.command.stdout for step in self.steps.values() if step is not primary]

        def known(told: dict[str, str]) -> Output[str]:
            # An answer of a former release does not say
            waits = told.get("others_to_upgrade", "unknown") != ""
            return Output.all(told["ca_hash"], *(others if waits else ())).apply(lambda parts: parts[0])

        return primary.extra.apply(known)


class Workers(ComponentResource):
    """All at once, as soon as there is a cluster to join. Upgrades take turns (scripts/drain.sh)."""

    def __init__(
        self,
        name: str,
        settings: OnPrem,
        hosts: PreparedHosts,
        control_planes: ControlPlanes,
        secrets: ClusterSecrets,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:onprem:Workers", name, None, opts)
        self.steps = {
            host.name: Step(
                settings,
                host,
                partial(node.node, settings, host),
                parent=self,
                after=[hosts.steps[host.name].command, control_planes.steps[settings.primary.name].command],
                secrets=secrets.of_node(host, control_planes.ca_hash_for_workers),
            )
            for host in settings.hosts
            if host.is_worker and not host.is_control_plane
        }
        self.register_outputs({})


class Cluster(ComponentResource):
    """The cluster as a whole: who left is taken out, labels and taints are set, everybody is ready."""

    def __init__(
        self,
        name: str,
        settings: OnPrem,
        secrets: ClusterSecrets,
        nodes: Sequence[Step],
        after: Sequence[Resource] = (),
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:onprem:Cluster", name, None, opts)
        self.step = Step(
            settings,
            settings.primary,
            partial(node.cluster, settings),
            parent=self,
            after=[*(step.command for step in nodes), *after],
            secrets=secrets.join,
        )
        self.register_outputs({})


def state(steps: Iterable[Step]) -> Output[dict[str, dict[str, dict[str, str]]]]:
    """What `archive drift` compares the hosts with: host → step → item → value."""
    listed = list(steps)

    def by_host(items: list[dict[str, str]]) -> dict[str, dict[str, dict[str, str]]]:
        found: dict[str, dict[str, dict[str, str]]] = {}
        for step, each in zip(listed, items, strict=True):
            found.setdefault(step.host, {})[step.name] = each
        return found

    return Output.all(*(step.items for step in listed)).apply(by_host)


def _primary_first(settings: OnPrem, hosts: Sequence[Host]) -> list[Host]:
    """Lost control planes that are listed before the primary must not hold it up."""
    return sorted(hosts, key=lambda host: host != settings.primary)
