"""kubeadm's configuration, and the files that the API server reads. Pure functions.

The hardening follows the CIS Kubernetes Benchmark 1.12; numbers in comments are its controls. Reference of the fields:
kubeadm.k8s.io/v1beta4, kubelet.config.k8s.io/v1beta1, kubeproxy.config.k8s.io/v1alpha1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from archive_platform.cidr import dns_service_address
from archive_platform.config.onprem import Host, OnPrem

FOLDER = "/etc/kubernetes/archive"
AUDIT_LOGS = "/var/log/kubernetes/audit"
CRI_SOCKET = "unix:///run/containerd/containerd.sock"

# Forward secret and authenticated, by the names that both 1.2.29 and 4.2.12 know; TLS 1.3 suites are always on.
CIPHERS = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
)
TLS_FLOOR = {"tls-min-version": "VersionTLS12", "tls-cipher-suites": ",".join(CIPHERS)}
ADMISSION = ("NodeRestriction", "EventRateLimit", "DenyServiceExternalIPs")  # 1.2.14, 1.2.9, 1.2.3

# A dead node's pods are to run elsewhere within 30 s. Its lease is renewed every quarter of LEASE_SECONDS; the
# controller looks every MONITOR_SECONDS, believes it dead after GRACE_SECONDS of silence, and pods tolerate that for
# the rest of `podEvictionSeconds`. Until the new pods run it takes up to half as long again.
LEASE_SECONDS = 12
GRACE_SECONDS = 12
MONITOR_SECONDS = 2


def cluster(settings: OnPrem) -> dict[str, Any]:
    """The ClusterConfiguration: the same on every control plane."""
    kubernetes = settings.kubernetes
    networking = {"serviceSubnet": str(settings.networks.service), "dnsDomain": "cluster.local"}
    manager = {
        "profiling": "false",  # 1.3.2
        "terminated-pod-gc-threshold": "1000",  # 1.3.1
        "node-monitor-grace-period": f"{GRACE_SECONDS}s",
        "node-monitor-period": f"{MONITOR_SECONDS}s",
        **TLS_FLOOR,
    }
    if kubernetes.network_plugin == "bridge":
        # Each node's /24 follows from its address (archive_platform.cidr.pod_subnet); nobody else may hand out others.
        manager["allocate-node-cidrs"] = "false"
    else:
        networking["podSubnet"] = str(settings.networks.pod)
    return {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "ClusterConfiguration",
        "clusterName": settings.cluster,
        "kubernetesVersion": f"v{kubernetes.version}",
        "controlPlaneEndpoint": settings.endpoint,
        "networking": networking,
        "apiServer": {
            "extraArgs": _arguments(api_server_arguments(settings)),
            "extraVolumes": [
                _volume("archive", FOLDER, read_only=True, path_type="Directory"),
                _volume("audit", AUDIT_LOGS, read_only=False, path_type="DirectoryOrCreate"),
            ],
        },
        "controllerManager": {"extraArgs": _arguments(manager)},
        "scheduler": {"extraArgs": _arguments({"profiling": "false", **TLS_FLOOR})},  # 1.4.1
        "etcd": {"local": {"extraArgs": _arguments({"auto-compaction-retention": "8h", "tls-min-version": "TLS1.2"})}},
    }


def api_server_arguments(settings: OnPrem) -> dict[str, str]:
    """What the API server is given beside kubeadm's own arguments."""
    patience = str(max(settings.kubernetes.pod_eviction_seconds - GRACE_SECONDS, 0))
    return {
        "profiling": "false",  # 1.2.15
        "audit-policy-file": f"{FOLDER}/audit.yaml",
        "audit-log-path": f"{AUDIT_LOGS}/audit.log",  # 1.2.16
        "audit-log-maxage": "30",  # 1.2.17
        "audit-log-maxbackup": "10",  # 1.2.18
        "audit-log-maxsize": "100",  # 1.2.19
        "enable-admission-plugins": ",".join(ADMISSION),
        "admission-control-config-file": f"{FOLDER}/admission.yaml",
        "encryption-provider-config": f"{FOLDER}/encryption.yaml",  # 1.2.27
        "kubelet-certificate-authority": "/etc/kubernetes/pki/ca.crt",  # 1.2.5
        "service-account-extend-token-expiration": "false",  # 1.2.30
        # By itself it waits for the watches of others until the kubelet kills it after half a minute
        "shutdown-watch-termination-grace-period": "10s",
        "default-not-ready-toleration-seconds": patience,
        "default-unreachable-toleration-seconds": patience,
        **TLS_FLOOR,
    }


def kubelet(settings: OnPrem) -> dict[str, Any]:
    """The KubeletConfiguration of every node; `kubernetes.kubelet` of the settings comes last."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": settings.runtime.cgroup_driver,
        "clusterDNS": [str(dns_service_address(settings.networks.service))],
        "readOnlyPort": 0,  # 4.2.4
        "rotateCertificates": True,  # 4.2.10
        "serverTLSBootstrap": True,  # 4.2.11: certificates that the cluster signs, for 1.2.5
        "tlsMinVersion": TLS_FLOOR["tls-min-version"],
        "tlsCipherSuites": list(CIPHERS),  # 4.2.12
        "seccompDefault": True,  # 4.2.14
        "podPidsLimit": 4096,  # 4.2.13
        "streamingConnectionIdleTimeout": "1h0m0s",  # 4.2.5
        "nodeLeaseDurationSeconds": LEASE_SECONDS,
        "nodeStatusUpdateFrequency": "4s",
        "resolvConf": "/run/systemd/resolve/resolv.conf",  # not the stub, which a pod cannot reach
        "shutdownGracePeriod": "30s",
        "shutdownGracePeriodCriticalPods": "10s",
        **settings.kubernetes.kubelet,
    }


def proxy(settings: OnPrem) -> dict[str, Any]:
    """The KubeProxyConfiguration; `kubernetes.proxy` of the settings comes last."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clusterCIDR": str(settings.networks.pod),
        "metricsBindAddress": "127.0.0.1:10249",  # 4.3.1
        **settings.kubernetes.proxy,
    }


def registration(settings: OnPrem, host: Host) -> dict[str, Any]:
    """How a node enters the cluster."""
    taints = [{"key": taint.key, "value": taint.value, "effect": taint.effect} for taint in host.taints]
    if "control-plane" in host.roles and "worker" not in host.roles:
        taints.insert(0, {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"})
    return {
        "name": host.name,
        "criSocket": CRI_SOCKET,
        "taints": taints,
        "imagePullPolicy": "IfNotPresent",
        "kubeletExtraArgs": _arguments({"node-ip": str(host.address)}),
        "ignorePreflightErrors": list(settings.kubernetes.ignore_preflight_errors),
    }


def init(settings: OnPrem, host: Host) -> dict[str, Any]:
    """The first control plane's InitConfiguration; `secrets` of a step fill in TOKEN and CERTIFICATE_KEY."""
    return {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "InitConfiguration",
        "bootstrapTokens": [{"token": "@TOKEN@", "ttl": "24h0m0s", "description": "archive: nodes that join"}],
        "certificateKey": "@CERTIFICATE_KEY@",
        "localAPIEndpoint": {"advertiseAddress": str(host.address), "bindPort": 6443},
        "nodeRegistration": registration(settings, host),
        "patches": {"directory": f"{FOLDER}/patches"},
    }


def join(settings: OnPrem, host: Host) -> dict[str, Any]:
    """Any other node's JoinConfiguration; the step fills in TOKEN, CERTIFICATE_KEY and CA_HASH."""
    document: dict[str, Any] = {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "JoinConfiguration",
        "discovery": {
            "bootstrapToken": {
                "token": "@TOKEN@",
                "apiServerEndpoint": settings.endpoint,
                "caCertHashes": ["@CA_HASH@"],
            },
        },
        "nodeRegistration": registration(settings, host),
    }
    if "control-plane" in host.roles:
        document["controlPlane"] = {
            "localAPIEndpoint": {"advertiseAddress": str(host.address), "bindPort": 6443},
            "certificateKey": "@CERTIFICATE_KEY@",
        }
        document["patches"] = {"directory": f"{FOLDER}/patches"}
    return document


def upgrade(settings: OnPrem, host: Host) -> dict[str, Any]:
    """The UpgradeConfiguration, for `kubeadm upgrade apply` and `kubeadm upgrade node` alike."""
    common = {
        "ignorePreflightErrors": list(settings.kubernetes.ignore_preflight_errors),
        "imagePullPolicy": "IfNotPresent",
    }
    patches = {"patches": {"directory": f"{FOLDER}/patches"}} if host.is_control_plane else {}
    return {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "UpgradeConfiguration",
        "apply": {
            "kubernetesVersion": f"v{settings.kubernetes.version}",
            "forceUpgrade": True,  # asks no question; skew was checked before
            "certificateRenewal": True,
            "etcdUpgrade": True,
            **common,
            **patches,
        },
        "node": {"certificateRenewal": True, "etcdUpgrade": True, **common, **patches},
    }


def audit_policy() -> dict[str, Any]:
    """Who did what, without the noise of the cluster watching itself and without the content of secrets."""
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/version"]},
            {
                "level": "None",
                "users": ["system:kube-scheduler", "system:kube-controller-manager", "system:apiserver"],
                "verbs": ["get", "list", "watch"],
            },
            {"level": "None", "userGroups": ["system:nodes"], "verbs": ["get", "list", "watch"]},
            {"level": "None", "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}]},
            {"level": "None", "resources": [{"group": "", "resources": ["events"]}]},
            {
                "level": "Metadata",
                "resources": [
                    {"group": "", "resources": ["secrets", "configmaps", "serviceaccounts/token"]},
                    {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
                ],
            },
            {"level": "Metadata", "verbs": ["get", "list", "watch"]},
            {"level": "Request"},
        ],
    }


def admission() -> dict[str, Any]:
    """Limits for events, and what pods may ask for unless their namespace's labels say otherwise."""
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AdmissionConfiguration",
        "plugins": [
            {
                "name": "EventRateLimit",
                "configuration": {
                    "apiVersion": "eventratelimit.admission.k8s.io/v1alpha1",
                    "kind": "Configuration",
                    "limits": [
                        {"type": "Server", "qps": 500, "burst": 2000},
                        {"type": "Namespace", "qps": 50, "burst": 200, "cacheSize": 2000},
                    ],
                },
            },
            {
                "name": "PodSecurity",
                "configuration": {
                    "apiVersion": "pod-security.admission.config.k8s.io/v1",
                    "kind": "PodSecurityConfiguration",
                    "defaults": {"enforce": "baseline", "audit": "restricted", "warn": "restricted"},
                    "exemptions": {"namespaces": ["kube-system"]},
                },
            },
        ],
    }


def encryption() -> dict[str, Any]:
    """Secrets at rest: written with the key that the step fills in, read as they were before there was one."""
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {
                "resources": ["secrets"],
                "providers": [
                    {"secretbox": {"keys": [{"name": "key1", "secret": "@ENCRYPTION_KEY@"}]}},  # 1.2.28
                    {"identity": {}},
                ],
            }
        ],
    }


def documents(*parts: Mapping[str, Any]) -> str:
    """YAML documents. Keys are sorted: the engine gives settings in another order than a file or a tool does."""
    return "---\n".join(yaml.safe_dump(dict(part), sort_keys=True, width=200) for part in parts)


def _arguments(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _volume(name: str, path: str, *, read_only: bool, path_type: str) -> dict[str, str | bool]:
    return {"name": name, "hostPath": path, "mountPath": path, "readOnly": read_only, "pathType": path_type}
