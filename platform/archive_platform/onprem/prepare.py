"""The step that makes a bare server ready for its roles. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from archive_platform.config.onprem import API_PORT, Host, OnPrem
from archive_platform.onprem import containerd, firewall, load_balancer, snapshots
from archive_platform.onprem.script import Script, Value, render

PARTS = (
    "edits",
    "bundle",
    "prepare_preflight",
    "prepare_sources",
    "prepare_access",
    "prepare_system",
    "prepare_firewall",
    "prepare_runtime",
    "snapshot_receive",
)
NO_SECRETS = {"SNAPSHOT_PUBLIC_KEYS": ""}  # for a plan
SECONDS = 1800  # all packages and images over a slow line

KUBERNETES_REPOSITORY = "https://pkgs.k8s.io/core:/stable:/v{minor}/deb"

# What the steps use, on whatever a distribution calls a minimal server.
BASE_PACKAGES = ("ca-certificates", "chrony", "curl", "iproute2", "kmod", "nftables", "openssl", "sudo")
# What kubeadm's preflight looks for, and the plugins that every pod network is made of.
NODE_PACKAGES = ("conntrack", "containernetworking-plugins", "ebtables", "ethtool", "iptables", "runc", "socat")
KUBERNETES_PACKAGES = ("kubeadm", "kubectl", "kubelet")

# kubeadm's own limits for a control plane (cmd/kubeadm/app/constants: ControlPlaneNumCPU, ControlPlaneMem). It has none
# for workers and none for disks: those are what the images of a node and the logs of a load balancer take.
CONTROL_PLANE_CPUS = 2
CONTROL_PLANE_MEGABYTES = 1700
WORKER_MEGABYTES = 900
NODE_DISK_GIGABYTES = 5
OTHER_DISK_GIGABYTES = 1

# "Ports and Protocols" of Kubernetes' documentation.
CONTROL_PLANE_PORTS = (API_PORT, 2379, 2380, 10250, 10257, 10259)
WORKER_PORTS = (10250,)
LOAD_BALANCER_PORTS = (80, 443, API_PORT)


def prepare(settings: OnPrem, host: Host, secrets: Mapping[str, str] | None = None) -> Script:
    """The step of one host, of whatever roles; `secrets` are those of `snapshots.receive_secrets`."""
    values = {
        **_host(settings, host),
        **_limits(host),
        **_access(settings, host),
        **_software(settings, host),
        **software(settings),
        **snapshots.receive_settings(settings, host),
        "ROLE": role(host),
    }
    return render("prepare", host.name, values, {**NO_SECRETS, **(secrets or {})}, PARTS, SECONDS)


def role(host: Host) -> str:
    """As a node of Kubernetes: control-plane, worker, or nothing."""
    if host.is_control_plane:
        return "control-plane"
    return "worker" if host.is_worker else ""


def software(settings: OnPrem) -> dict[str, Value]:
    """What `scripts/bundle.sh` needs, in any step that installs Kubernetes or its images; beside them it needs ROLE."""
    return {
        "BUNDLE": settings.packages.bundle or "",
        "BUNDLE_SHA256": settings.packages.bundle_sha256 or "",
        "SNAPSHOTTER": settings.runtime.snapshotter,
    }


def kubernetes_repository(settings: OnPrem) -> str:
    """The apt repository of the minor release that is wanted.

    Kubernetes' own has one for each: https://kubernetes.io/blog/2023/08/15/pkgs-k8s-io-introduction/.
    """
    minor = ".".join(settings.kubernetes.version.split(".")[:2])
    return (settings.packages.kubernetes or KUBERNETES_REPOSITORY).replace("{minor}", minor) + "/"


def hosts_file(settings: OnPrem) -> str:
    """Every host of the cluster and the API server's address, for /etc/hosts."""
    lines = [f"{host.address} {host.name}" for host in settings.present]
    return "\n".join([*lines, f"{settings.addresses.api} api.{settings.cluster}"])


def _host(settings: OnPrem, host: Host) -> dict[str, Value]:
    kubelet = settings.kubernetes.kubelet
    peers = [f"{peer.name} {peer.address} {settings.ssh_of(peer).port}" for peer in settings.present if peer != host]
    return {
        "HOSTS_FILE": hosts_file(settings),
        "PEERS": peers,
        "RESOLVERS": [str(address) for address in settings.resolvers],
        "TIME_SERVERS": list(settings.time_servers),
        "KEEP_SWAP": kubelet.get("failSwapOn") is False,
        "FIREWALL": firewall.ruleset(settings, host) if settings.firewall else "",
    }


def _limits(host: Host) -> dict[str, Value]:
    ports = {
        *(CONTROL_PLANE_PORTS if host.is_control_plane else ()),
        *(WORKER_PORTS if host.is_node else ()),
        *(LOAD_BALANCER_PORTS if host.is_load_balancer else ()),
    }
    return {
        "LEAST_CPUS": CONTROL_PLANE_CPUS if host.is_control_plane else 1,
        "LEAST_MEGABYTES": CONTROL_PLANE_MEGABYTES
        if host.is_control_plane
        else WORKER_MEGABYTES
        if host.is_node
        else 0,
        "LEAST_GIGABYTES": NODE_DISK_GIGABYTES if host.is_node else OTHER_DISK_GIGABYTES,
        "PORTS": [str(port) for port in sorted(ports)],
    }


def _access(settings: OnPrem, host: Host) -> dict[str, Value]:
    return {
        "SSH_USER": settings.ssh_of(host).user,
        "KEYS": {each.name: "\n".join(each.keys) + "\n" for each in settings.administrators},
    }


def _software(settings: OnPrem, host: Host) -> dict[str, Value]:
    packages = settings.packages
    kubernetes = settings.kubernetes
    # Kubernetes 1.35 and newer run on cgroup v1 only when told so.
    old_cgroups = kubernetes.kubelet.get("failCgroupV1") is False or int(kubernetes.version.split(".")[1]) < 35
    return {
        "VERSION": kubernetes.version,
        "IGNORED": list(kubernetes.ignore_preflight_errors),
        "CGROUP_V1": old_cgroups,
        "CLOCK_URL": next((url for url in (packages.bundle, packages.mirror) if url and url.startswith("http")), ""),
        "MIRROR": packages.mirror or "",
        "REPOSITORY": kubernetes_repository(settings) if host.is_node else "",
        "PACKAGES": sorted(
            {
                *BASE_PACKAGES,
                *(NODE_PACKAGES if host.is_node else ()),
                # Here, on all hosts at once: load balancers are configured one after another.
                *(load_balancer.PACKAGES if host.is_load_balancer else ()),
            }
        ),
        "KUBERNETES_PACKAGES": list(KUBERNETES_PACKAGES) if host.is_node else [],
        "CONTAINERD_VERSION": settings.runtime.containerd_version or "",
        "CONTAINERD_CONFIG": {str(major): containerd.config(settings, major) for major in (1, 2)}
        if host.is_node
        else {},
        "MIRRORS": containerd.mirrors(settings) if host.is_node else {},
    }
