"""The steps of a node and of the cluster as a whole, for one host. Pure functions."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from archive_platform.cidr import pod_subnet
from archive_platform.config.onprem import Host, OnPrem
from archive_platform.onprem import kubeadm, snapshots
from archive_platform.onprem.prepare import role, software
from archive_platform.onprem.script import Script, Value, render, source

NODE_PARTS = ("bundle", "drain", "snapshot", "node_network", "node_gate", "node_settings", "node_etcd", "node_upgrade")
NODE_SECONDS = 1800  # a control plane's upgrade with a drain and image loads on slow disks
# Nobody's: for a plan, which writes no secret.
NO_SECRETS = {"TOKEN": "", "CERTIFICATE_KEY": "", "ENCRYPTION_KEY": "", "CA_HASH": "", "SNAPSHOT_KEY": ""}


def join_secrets(generated: str) -> dict[str, str]:
    """The bootstrap token and the key that protects the uploaded certificates, from one generated secret.

    kubeadm wants "[a-z0-9]{6}.[a-z0-9]{16}" and 32 bytes as hexadecimal digits.
    """
    token = _derived(generated, "bootstrap token").hex()
    return {"TOKEN": f"{token[:6]}.{token[6:22]}", "CERTIFICATE_KEY": _derived(generated, "certificate key").hex()}


def encryption_key(generated: str) -> dict[str, str]:
    """The key of secrets at rest: 32 bytes, as secretbox wants them."""
    return {"ENCRYPTION_KEY": base64.b64encode(_derived(generated, "secrets at rest")).decode()}


def node(settings: OnPrem, host: Host, secrets: Mapping[str, str] | None = None) -> Script:
    """The step that brings a control plane or a worker into the cluster and keeps it as the settings say."""
    known = {**NO_SECRETS, **(secrets or {})}
    return render("node", host.name, _node_settings(settings, host), known, NODE_PARTS, NODE_SECONDS)


def cluster(settings: OnPrem, secrets: Mapping[str, str] | None = None) -> Script:
    """The step on the first control plane, after all nodes."""
    values: dict[str, Value] = {
        **_shared(settings),
        "LABELS": {host.name: _words(_labels(host)) for host in settings.nodes},
        "TAINTS": {host.name: _words(_taints(host)) for host in settings.nodes},
        "RULES": source("rules.yaml"),
    }
    known = {"TOKEN": (secrets or NO_SECRETS)["TOKEN"]}
    return render("cluster", settings.primary.name, values, known, ("drain",), NODE_SECONDS)


def _node_settings(settings: OnPrem, host: Host) -> dict[str, Value]:
    return {
        **_shared(settings),
        **software(settings),
        **snapshots.node_settings(settings, host),
        "ADDRESS": str(host.address),
        "ROLE": role(host),
        "PRIMARY": host == settings.primary,
        "CONTROL_PLANE_PEERS": [str(other.address) for other in settings.control_planes if other != host],
        "CERTIFICATE_GENERATION": settings.kubernetes.certificate_generation,
        "INIT_CONFIG": kubeadm.documents(kubeadm.init(settings, host)),
        "JOIN_CONFIG": kubeadm.documents(kubeadm.join(settings, host)),
        "UPGRADE_CONFIG": kubeadm.documents(kubeadm.upgrade(settings, host)),
        "CLUSTER_CONFIG": kubeadm.documents(kubeadm.cluster(settings)),
        "KUBELET_CONFIG": kubeadm.documents(kubeadm.kubelet(settings)),
        "PROXY_CONFIG": kubeadm.documents(kubeadm.proxy(settings)),
        "AUDIT": kubeadm.documents(kubeadm.audit_policy()),
        "ADMISSION": kubeadm.documents(kubeadm.admission()),
        "ENCRYPTION": kubeadm.documents(kubeadm.encryption()),
        "APPROVE": source("approve.sh"),
        "GATE_PROGRAM": source("gate.sh"),
        **_pod_network(settings, host),
    }


def _shared(settings: OnPrem) -> dict[str, Value]:
    return {
        "ENDPOINT": settings.endpoint,
        "VERSION": settings.kubernetes.version,
        "DRAIN_SECONDS": settings.kubernetes.drain_seconds,
        "NODES": [f"{host.name} {host.address}" for host in settings.nodes],
    }


def _pod_network(settings: OnPrem, host: Host) -> dict[str, Value]:
    networks = settings.networks
    bridge = settings.kubernetes.network_plugin == "bridge"
    subnets = {each.address: pod_subnet(each.address, networks.node, networks.pod) for each in settings.nodes if bridge}
    return {
        "NETWORK_PLUGIN": settings.kubernetes.network_plugin,
        "POD_NETWORK": str(networks.pod),
        "SERVICE_NETWORK": str(networks.service),
        "POD_SUBNET": str(subnets.get(host.address, "")),
        "ROUTES": [f"{subnet} {address}" for address, subnet in subnets.items() if address != host.address],
    }


def _labels(host: Host) -> dict[str, str]:
    roles = {f"node-role.kubernetes.io/{role}": "" for role in host.roles if role in ("worker", "storage")}
    return {**roles, **host.labels}


def _taints(host: Host) -> dict[str, str]:
    return {taint.key: f"{taint.value}:{taint.effect}" for taint in host.taints}


def _words(values: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in sorted(values.items()))


def _derived(generated: str, purpose: str) -> bytes:
    return hmac.new(generated.encode(), purpose.encode(), hashlib.sha256).digest()
