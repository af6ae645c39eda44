"""Kubernetes and its container runtime."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from archive_platform.config.onprem import versions
from archive_platform.config.rules import Group, Rule, Wrong
from archive_platform.config.types import WebUrl, Whole, is_address, is_dns_name, matching, unique

OWNED_KUBELET = frozenset(
    {
        "apiVersion",
        "authentication",
        "authorization",
        "cgroupDriver",
        "clusterDNS",
        "clusterDomain",
        "containerRuntimeEndpoint",
        "eventRecordQPS",
        "kind",
        "makeIPTablesUtilChains",
        "podCIDR",
        "protectKernelDefaults",
        "readOnlyPort",
        "resolvConf",
        "rotateCertificates",
        "serverTLSBootstrap",
        "staticPodPath",
        "streamingConnectionIdleTimeout",
        "tlsCertFile",
        "tlsCipherSuites",
        "tlsMinVersion",
        "tlsPrivateKeyFile",
    }
)
"""Fields of KubeletConfiguration that the platform sets: they hold the cluster together or harden it."""

OWNED_PROXY = frozenset({"apiVersion", "clientConnection", "clusterCIDR", "hostnameOverride", "kind"})
"""Fields of KubeProxyConfiguration that the platform sets."""

_FIELD = re.compile(r"[a-z][A-Za-z0-9]*")


def _not_owned(owned: frozenset[str], kind: str) -> AfterValidator:
    def check(field: str) -> str:
        if not _FIELD.fullmatch(field):
            raise ValueError("no field")
        if field in owned:
            raise Wrong(
                must="be left to the platform",
                why=f"it sets this field of {kind} itself, so that the cluster holds together and stays hardened",
                mend="Remove it",
            )
        return field

    return AfterValidator(check)


def _preflight(name: str) -> str:
    if name.lower() == "all":
        raise Wrong(why="it would hide what breaks the cluster later", mend="Name each error that kubeadm printed")
    return matching(r"[A-Za-z][A-Za-z0-9._-]*")(name)


def _registry(name: str) -> str:
    host, _, port = name.partition(":")
    if not (is_dns_name(host) or is_address(host)) or (port and not port.isdigit()):
        raise Wrong(must="be called as in an image's name", mend="Set one, as in docker.io or registry.k8s.io")
    return name


Image = Annotated[str, AfterValidator(matching(r"[a-z0-9][a-z0-9._:/-]*[a-z0-9](:[\w.-]+)?(@sha256:[0-9a-f]{64})?"))]

_SECONDS = "Set a number of seconds, as in"


class Kubernetes(Group):
    """What kubeadm makes."""

    version: Annotated[
        str,
        AfterValidator(versions.version),
        Rule(
            f"be a version of {versions.supported()}, as in 1.34.4",
            "it names packages and images",
            "Set one, in quotes",
        ),
    ] = "1.34.4"
    network_plugin: Annotated[
        Literal["cilium", "calico", "flannel", "bridge"],
        Rule(
            "be cilium, calico, flannel or bridge",
            "pods on different nodes reach one another through it",
            "Set cilium unless you know why not",
        ),
    ] = "cilium"
    kubelet: Annotated[
        dict[Annotated[str, _not_owned(OWNED_KUBELET, "KubeletConfiguration")], Any],
        Rule("be fields of KubeletConfiguration", "they go over the platform's", "Set some, as in: {maxPods: 200}"),
    ] = Field(default_factory=dict)
    proxy: Annotated[
        dict[Annotated[str, _not_owned(OWNED_PROXY, "KubeProxyConfiguration")], Any],
        Rule(
            "be fields of KubeProxyConfiguration",
            "they go over the platform's",
            "Set one, as in: {mode: nftables}",
        ),
    ] = Field(default_factory=dict)
    ignore_preflight_errors: Annotated[
        tuple[Annotated[str, AfterValidator(_preflight)], ...],
        AfterValidator(unique),
        Rule(
            "be names of kubeadm's preflight errors",
            "kubeadm goes on in spite of them",
            "Set one, as in: [NumCPU]",
            item="be the name of a preflight error of kubeadm",
        ),
    ] = ()
    join_generation: Annotated[
        Whole,
        Field(ge=1),
        Rule("be 1 or more", "a new number makes new join secrets", "Set one more than it was"),
    ] = 1
    certificate_generation: Annotated[
        Whole,
        Field(ge=1),
        Rule("be 1 or more", "a new number renews the certificates", "Set one more than it was"),
    ] = 1
    drain_seconds: Annotated[
        Whole,
        Field(ge=10, le=3600),
        Rule("be 10 to 3600", "pods get that long to leave a node before the apply gives up", f"{_SECONDS} 300"),
    ] = 300
    pod_eviction_seconds: Annotated[
        Whole,
        Field(ge=1, le=300),
        Rule("be 1 to 300", "pods of a dead node start elsewhere after that long", f"{_SECONDS} 15"),
    ] = 15
    pause_image: Annotated[
        Image | None,
        Rule(
            "be an image",
            "it holds every pod's network",
            "Set one, as in registry.k8s.io/pause:3.10.1, or leave it out for the one kubeadm names",
        ),
    ] = None


class Runtime(Group):
    """containerd."""

    snapshotter: Annotated[
        Literal["overlayfs", "native", "btrfs", "zfs"],
        Rule(
            "be overlayfs, native, btrfs or zfs",
            "containerd brings these snapshotters, and the others need a program of their own",
            "Set overlayfs; native where overlays do not stack",
        ),
    ] = "overlayfs"
    cgroup_driver: Annotated[
        Literal["systemd", "cgroupfs"],
        Rule(
            "be systemd or cgroupfs",
            "containerd and the kubelet have to agree",
            "Set systemd wherever systemd runs the host",
        ),
    ] = "systemd"
    restrict_oom_score_adj: Annotated[
        bool,
        Rule("be true or false", "hosts without CAP_SYS_RESOURCE need true", "Set false on ordinary servers"),
    ] = False
    mirrors: Annotated[
        dict[Annotated[str, AfterValidator(_registry)], WebUrl],
        Rule(
            "be an object of registries and the URL of a mirror for each",
            "images are fetched there first",
            "Set one, as in: {docker.io: https://mirror.example.com}",
            item="be the http:// or https:// URL of a mirror",
        ),
    ] = Field(default_factory=dict)
    containerd_version: Annotated[
        Annotated[str, AfterValidator(matching(r"[0-9][A-Za-z0-9.+~:-]*"))] | None,
        Rule(
            "be the version of a package",
            "containerd is pinned to it",
            "Set one that `apt-cache policy containerd` shows, or leave it out for the distribution's",
        ),
    ] = None
