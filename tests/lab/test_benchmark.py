"""The checks themselves: what a stock kubeadm leaves open has to be noticed, and nothing else."""

from __future__ import annotations

from tests.lab.benchmark import BEYOND, CONTROL_PLANE, KUBELET_UNIT, NODE, Host, failures

PKI = "/etc/kubernetes/pki"

# Arguments, modes and owners as kubeadm 1.34 makes them without any configuration of ours
STOCK = Host(
    files={
        **{
            f"/etc/kubernetes/manifests/{name}.yaml": (0o600, "root:root")
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")
        },
        **{
            f"/etc/kubernetes/{name}.conf": (0o600, "root:root")
            for name in ("admin", "super-admin", "scheduler", "controller-manager", "kubelet")
        },
        "/var/lib/etcd": (0o700, "root:root"),
        PKI: (0o755, "root:root"),
        f"{PKI}/ca.crt": (0o644, "root:root"),
        f"{PKI}/ca.key": (0o600, "root:root"),
        KUBELET_UNIT: (0o644, "root:root"),
        "/var/lib/kubelet/config.yaml": (0o644, "root:root"),
    },
    arguments={
        "kube-apiserver": {
            "--authorization-mode": "Node,RBAC",
            "--client-ca-file": f"{PKI}/ca.crt",
            "--enable-admission-plugins": "NodeRestriction",
            "--etcd-cafile": f"{PKI}/etcd/ca.crt",
            "--etcd-certfile": f"{PKI}/apiserver-etcd-client.crt",
            "--etcd-keyfile": f"{PKI}/apiserver-etcd-client.key",
            "--kubelet-client-certificate": f"{PKI}/apiserver-kubelet-client.crt",
            "--kubelet-client-key": f"{PKI}/apiserver-kubelet-client.key",
            "--service-account-key-file": f"{PKI}/sa.pub",
            "--tls-cert-file": f"{PKI}/apiserver.crt",
            "--tls-private-key-file": f"{PKI}/apiserver.key",
        },
        "kube-controller-manager": {
            "--bind-address": "127.0.0.1",
            "--root-ca-file": f"{PKI}/ca.crt",
            "--service-account-private-key-file": f"{PKI}/sa.key",
            "--use-service-account-credentials": "true",
        },
        "kube-scheduler": {"--bind-address": "127.0.0.1"},
        "etcd": {
            "--cert-file": f"{PKI}/etcd/server.crt",
            "--key-file": f"{PKI}/etcd/server.key",
            "--client-cert-auth": "true",
            "--peer-cert-file": f"{PKI}/etcd/peer.crt",
            "--peer-key-file": f"{PKI}/etcd/peer.key",
            "--peer-client-cert-auth": "true",
            "--trusted-ca-file": f"{PKI}/etcd/ca.crt",
        },
    },
    kubelet={
        "authentication": {"anonymous": {"enabled": False}, "x509": {"clientCAFile": f"{PKI}/ca.crt"}},
        "authorization": {"mode": "Webhook"},
        "rotateCertificates": True,
    },
    proxy={"metricsBindAddress": ""},
)


def test_a_stock_control_plane_fails_what_kube_bench_fails_it_for() -> None:
    assert failures(STOCK, CONTROL_PLANE) == [
        "1.1.12",
        "1.2.5",
        "1.2.15",
        "1.2.16",
        "1.2.17",
        "1.2.18",
        "1.2.19",
        "1.2.30",
        "1.3.2",
        "1.4.1",
    ]


def test_a_stock_node_fails_what_kube_bench_fails_it_for() -> None:
    assert failures(STOCK, NODE) == ["4.1.1", "4.1.9"]


def test_a_stock_control_plane_leaves_the_manual_controls_open_that_we_keep() -> None:
    assert failures(STOCK, BEYOND) == ["1.2.3", "1.2.9", "1.2.27", "1.2.29", "1.3.1", "3.2.1"]


def test_what_a_host_prints_is_read() -> None:
    text = (
        "file /var/lib/etcd 700 etcd:etcd\n"
        "process kube-apiserver kube-apiserver --profiling=false --allow-privileged=true \n"
        "kubelet-settings\nauthentication:\n  anonymous:\n    enabled: false\n"
    )
    host = Host.parse(text, "metricsBindAddress: 127.0.0.1:10249\n")
    assert host.files == {"/var/lib/etcd": (0o700, "etcd:etcd")}
    assert host.arguments["kube-apiserver"]["--profiling"] == "false"
    assert host.kubelet == {"authentication": {"anonymous": {"enabled": False}}}
    assert host.proxy["metricsBindAddress"] == "127.0.0.1:10249"
