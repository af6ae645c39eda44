"""The stack's settings for the lab's hosts: an inventory, and what this machine needs that a real site does not.

A helper of tests: it gives the `archive:` namespace as a dict, as `Pulumi.<stack>.yaml` would have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.lab import layout
from tests.lab.errors import LabError
from tests.lab.state import LabState

ROLES: Mapping[str, tuple[str, ...]] = {"lb": ("load-balancer",), "cp": ("control-plane",), "w": ("worker",)}

# What differs from a stock cluster, each for one reason. On a real site none of these is wanted.
KUBELET: Mapping[str, Any] = {
    # Swap shown in a host is this machine's; the host cannot turn it off.
    "failSwapOn": False,
    # Capacity is read with quota calls on the root filesystem, which is an overlay here.
    "localStorageCapacityIsolation": False,
    # Hosts are containers under cgroup v1, which Kubernetes refuses by itself from 1.35 on.
    "failCgroupV1": False,
}
PROXY: Mapping[str, Any] = {
    # nf_conntrack_max belongs to the machine, not to a network namespace: a host may not set it.
    "conntrack": {"maxPerCore": 0},
}
# SystemVerification looks for a kernel configuration in /boot, and warns of cgroup v1: an error from 1.35 on. Swap is
# the machine's. NumCPU: a control plane wants two, and the lab is to run on a machine with one.
PREFLIGHT = ("SystemVerification", "Swap", "NumCPU")


def inventory(state: LabState, names: Sequence[str] = layout.DEFAULT_HOSTS) -> list[dict[str, Any]]:
    """The hosts as `archive:hosts` has them, each with its host key.

    The last worker keeps the snapshots; without workers the control planes work too.

    Raises:
        LabError: a host that is not up, so that its key is not known.
    """
    missing = [name for name in names if name not in state.hosts]
    if missing:
        raise LabError(f"not up: {', '.join(missing)} (`python -m tests.lab up --hosts {','.join(missing)}`)")
    roles = {name: list(ROLES[name.rstrip("0123456789")]) for name in names}
    workers = [name for name in names if "worker" in roles[name]]
    for name in names:
        if not workers and "control-plane" in roles[name]:
            roles[name].append("worker")
        if name in workers[-1:]:
            roles[name].append("storage")
    return [
        {
            "name": name,
            "address": state.hosts[name].address,
            "roles": roles[name],
            "ssh": {"hostKey": state.hosts[name].host_key},
        }
        for name in names
    ]


def settings(
    state: LabState,
    names: Sequence[str] = layout.DEFAULT_HOSTS,
    *,
    version: str = "1.34.4",
    user: str = layout.OPERATOR,
) -> dict[str, Any]:
    """The whole `archive:` namespace.

    Args:
        state: of a lab that is up and serves its bundle.
        names: the hosts of the cluster.
        version: of Kubernetes.
        user: who logs in: operator with sudo, or root.

    Raises:
        LabError: a host is not up, or no bundle is served.
    """
    if state.bundle is None:
        raise LabError("the lab serves no bundle: `python -m tests.lab up` makes it and serves it")
    hosts = inventory(state, names)
    balanced = any("load-balancer" in host["roles"] for host in hosts)
    first = next(host for host in hosts if "control-plane" in host["roles"])
    addresses = {"api": str(layout.API_ADDRESS), "ingress": str(layout.INGRESS_ADDRESS)}
    return {
        "environment": "onprem",
        "cluster": "lab",
        "hosts": hosts,
        "ssh": {"user": user, "sudo": user != "root", "privateKeyFile": state.private_key},
        "networks": {
            "node": str(layout.NETWORK),
            "pod": str(layout.POD_NETWORK),
            "service": str(layout.SERVICE_NETWORK),
        },
        # Without load balancers there is nobody between whom an address could move.
        "addresses": addresses if balanced else {"api": first["address"]},
        "kubernetes": {
            "version": version,
            # The only plugin whose programs are in no image: Debian and Kubernetes' own package bring them.
            "networkPlugin": "bridge",
            "kubelet": dict(KUBELET),
            "proxy": dict(PROXY),
            "ignorePreflightErrors": list(PREFLIGHT),
        },
        "runtime": {
            # systemd cannot delegate cgroup v1 controllers, so the kubelet makes its groups itself.
            "cgroupDriver": "cgroupfs",
            # Root may have no CAP_SYS_RESOURCE here, and without it nothing may lower its oom_score_adj.
            "restrictOomScoreAdj": True,
        },
        "packages": {"bundle": state.bundle.url, "bundleSha256": state.bundle.sha256},
        # Nobody answers there: the lab has no way out. Hosts share this machine's clock.
        "resolvers": [str(layout.GATEWAY)],
        "timeServers": [str(layout.GATEWAY)],
    }
