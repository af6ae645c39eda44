"""Servers that answer SSH become a Kubernetes cluster. What each line makes is in `archive_platform.onprem`."""

import pulumi

from archive_platform.config import load
from archive_platform.config.onprem import OnPrem
from archive_platform.onprem.cluster import (
    Cluster,
    ClusterSecrets,
    ControlPlanes,
    LoadBalancers,
    PreparedHosts,
    Workers,
    state,
)
from archive_platform.onprem.network_plugin import network_plugin

settings = load(OnPrem)

secrets = ClusterSecrets("secrets", settings)
hosts = PreparedHosts("hosts", settings, secrets)
balancers = LoadBalancers("load-balancers", settings, hosts)
control_planes = ControlPlanes("control-planes", settings, hosts, balancers, secrets)
workers = Workers("workers", settings, hosts, control_planes, secrets)
network = network_plugin("network", settings, control_planes.kubeconfig)
nodes = [*control_planes.steps.values(), *workers.steps.values()]
cluster = Cluster("cluster", settings, secrets, nodes, after=network)

pulumi.export("kubeconfig", control_planes.kubeconfig)
pulumi.export("endpoint", f"https://{settings.endpoint}")
pulumi.export("addresses", {"api": str(settings.addresses.api), "ingress": str(settings.addresses.ingress or "")})
pulumi.export("version", settings.kubernetes.version)
pulumi.export("nodes", {host.name: str(host.address) for host in settings.nodes})
# Long, and only for `archive drift`: as a secret it is not printed at each update
pulumi.export(
    "state", pulumi.Output.secret(state([*hosts.steps.values(), *balancers.steps.values(), *nodes, cluster.step]))
)
