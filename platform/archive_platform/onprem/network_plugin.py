"""The pods' network. `bridge` is made by the nodes' own step; the others come by Helm once the API answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi import Output, Resource, ResourceOptions

from archive_platform.config.onprem import OnPrem


@dataclass(frozen=True)
class Chart:
    """A Helm chart at one version. Its project tested that version with the minors of Kubernetes that we support."""

    name: str
    repository: str
    version: str
    namespace: str
    privileged: bool = True  # the pods of a network plugin change the node's network


CHARTS = {
    "cilium": Chart("cilium", "https://helm.cilium.io", "1.18.4", "kube-system"),
    "calico": Chart("tigera-operator", "https://docs.tigera.io/calico/charts", "v3.31.2", "tigera-operator"),
    "flannel": Chart("flannel", "https://flannel-io.github.io/flannel", "v0.27.4", "kube-flannel"),
}


def values(settings: OnPrem) -> dict[str, Any]:
    """The chosen chart's values: the pods' network is the one thing that they have in common."""
    pod_network = str(settings.networks.pod)
    match settings.kubernetes.network_plugin:
        case "cilium":
            return {
                "ipam": {"mode": "kubernetes"},
                "k8sServiceHost": str(settings.addresses.api),
                "k8sServicePort": 6443,
                "operator": {"replicas": min(2, len(settings.nodes))},
            }
        case "calico":
            pool = {"cidr": pod_network, "encapsulation": "VXLANCrossSubnet"}
            return {"installation": {"calicoNetwork": {"bgp": "Disabled", "ipPools": [pool]}}}
        case "flannel":
            return {"podCidr": pod_network}
        case _:
            return {}


def network_plugin(name: str, settings: OnPrem, kubeconfig: Output[str]) -> list[Resource]:
    """The Helm release of the chosen plugin, or nothing for `bridge`."""
    chart = CHARTS.get(settings.kubernetes.network_plugin)
    if chart is None:
        return []
    import pulumi_kubernetes as kubernetes  # takes a second to import, and `bridge` does without

    provider = kubernetes.Provider(
        name,
        kubeconfig=kubeconfig,
        cluster_identifier=settings.cluster,  # a renewed kubeconfig is still the same cluster
        delete_unreachable=True,
    )
    below = ResourceOptions(provider=provider)
    namespaces: list[Resource] = []
    if chart.namespace != "kube-system":
        level = {"pod-security.kubernetes.io/enforce": "privileged"}
        metadata = kubernetes.meta.v1.ObjectMetaArgs(name=chart.namespace, labels=level)
        namespaces.append(kubernetes.core.v1.Namespace(f"{name}-namespace", metadata=metadata, opts=below))
    release = kubernetes.helm.v3.Release(
        name,
        chart=chart.name,
        version=chart.version,
        namespace=chart.namespace,
        repository_opts=kubernetes.helm.v3.RepositoryOptsArgs(repo=chart.repository),
        values=values(settings),
        atomic=True,
        timeout=600,
        opts=ResourceOptions.merge(below, ResourceOptions(depends_on=namespaces)),
    )
    return [release]
