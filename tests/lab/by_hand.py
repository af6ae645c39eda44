"""The same cluster as an administrator would type it: the reference that the stack's time is compared with.

The same packages, images and kubeadm steps on the same hosts, side by side where a person with several terminals would
do so; none of the hardening, checks, firewall and snapshots that the stack adds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from tests.lab import layout
from tests.lab.lab import Lab

from archive_platform.cidr import pod_subnet

VERSION = "1.34.4"
STEP_SECONDS = 900
CONTROL_PLANES = ("cp1", "cp2", "cp3")
WORKERS = ("w1", "w2")
NODES = (*CONTROL_PLANES, *WORKERS)
BALANCERS = ("lb1", "lb2")
IGNORED = (
    "--ignore-preflight-errors=SystemVerification,Swap,NumCPU,FileContent--proc-sys-net-bridge-bridge-nf-call-iptables"
)

SOURCES = f"""
set -eu
export DEBIAN_FRONTEND=noninteractive
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] {layout.BUNDLE_URL}/apt ./' > /etc/apt/sources.list
apt-get -qq update
"""

NODE = (
    SOURCES
    + f"""
apt-get -qq install -y --no-install-recommends containerd runc containernetworking-plugins conntrack ebtables ethtool \
    iptables nftables socat curl openssl chrony systemd-resolved kubeadm={VERSION}-1.1 kubelet={VERSION}-1.1 \
    kubectl={VERSION}-1.1 > /dev/null
swapoff -a || true
sysctl -qw net.ipv4.ip_forward=1
mkdir -p /etc/containerd /opt/cni/bin /etc/cni/net.d
containerd config default | sed -e 's#sandbox_image = .*#sandbox_image = "registry.k8s.io/pause:3.10.1"#' \
    -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' > /etc/containerd/config.toml
systemctl restart containerd
cp -n /usr/lib/cni/* /opt/cni/bin/
for image in IMAGES; do
    curl -s {layout.BUNDLE_URL}/images/{VERSION}/$image.tar -o /var/tmp/image.tar
    ctr -n k8s.io images import --snapshotter overlayfs /var/tmp/image.tar > /dev/null
done
cat > /etc/cni/net.d/10-hand.conflist <<'JSON'
{{"cniVersion": "0.4.0", "name": "hand", "plugins": [
 {{"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {{"type": "host-local", "ranges": [[{{"subnet": "SUBNET"}}]], "routes": [{{"dst": "0.0.0.0/0"}}]}}}},
 {{"type": "portmap", "capabilities": {{"portMappings": true}}}}]}}
JSON
systemctl -q enable kubelet
"""
)

BALANCER = (
    SOURCES
    + f"""
apt-get -qq install -y --no-install-recommends nginx libnginx-mod-stream keepalived > /dev/null
cat > /etc/nginx/nginx.conf <<'NGINX'
load_module modules/ngx_stream_module.so;
events {{}}
stream {{ upstream api {{ SERVERS }} server {{ listen 6443; proxy_connect_timeout 1s; proxy_pass api; }} }}
NGINX
cat > /etc/keepalived/keepalived.conf <<'KEEPALIVED'
vrrp_instance api {{
    interface host0
    virtual_router_id 51
    priority PRIORITY
    virtual_ipaddress {{ {layout.API_ADDRESS}/32 }}
}}
KEEPALIVED
systemctl restart nginx keepalived
"""
)

KUBEADM = f"""
cat > /root/kubeadm.yaml <<'YAML'
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v{VERSION}
controlPlaneEndpoint: {layout.API_ADDRESS}:6443
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failSwapOn: false
localStorageCapacityIsolation: false
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
conntrack: {{maxPerCore: 0}}
YAML
kubeadm init --config /root/kubeadm.yaml --upload-certs {IGNORED} 2>&1
"""

WORKER_IMAGES = ("coredns", "kube-proxy", "pause", "probe")
CONTROL_PLANE_IMAGES = (*WORKER_IMAGES, "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def make_cluster(lab: Lab) -> float:
    """From bare hosts to five ready nodes; how many seconds it took."""
    begun = time.monotonic()
    _at_once(lambda name: _run(lab, name, _preparation(name)), (*NODES, *BALANCERS))
    said = _run(lab, "cp1", KUBEADM)
    token = _found(r"--token (\S+)", said)
    authority = _found(r"--discovery-token-ca-cert-hash (\S+)", said)
    key = _found(r"--certificate-key (\S+)", said)
    join = (
        f"kubeadm join {layout.API_ADDRESS}:6443 --token {token} --discovery-token-ca-cert-hash {authority} {IGNORED}"
    )
    for name in CONTROL_PLANES[1:]:
        _run(lab, name, f"{join} --control-plane --certificate-key {key} 2>&1")
    _at_once(lambda name: _run(lab, name, f"{join} 2>&1"), WORKERS)
    admin = "kubectl --kubeconfig /etc/kubernetes/admin.conf"
    _run(lab, "cp1", f"{admin} wait --for=condition=Ready nodes --all --timeout 180s")
    return time.monotonic() - begun


def _preparation(name: str) -> str:
    if name in BALANCERS:
        servers = " ".join(f"server {layout.ADDRESSES[each]}:6443;" for each in CONTROL_PLANES)
        return BALANCER.replace("SERVERS", servers).replace("PRIORITY", "150" if name == "lb1" else "100")
    images = CONTROL_PLANE_IMAGES if name in CONTROL_PLANES else WORKER_IMAGES
    routes = "".join(
        f"ip route replace {_subnet(other)} via {layout.ADDRESSES[other]}\n" for other in NODES if other != name
    )
    return NODE.replace("IMAGES", " ".join(images)).replace("SUBNET", _subnet(name)) + routes


def _subnet(name: str) -> str:
    return str(pod_subnet(layout.ADDRESSES[name], layout.NETWORK, layout.POD_NETWORK))


def _at_once(work: Callable[[str], str], names: Iterable[str]) -> None:
    with ThreadPoolExecutor() as workers:
        list(workers.map(work, names))


def _run(lab: Lab, name: str, script: str) -> str:
    return lab.ssh(name, "bash -s", stdin=script, timeout=STEP_SECONDS).stdout


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, f"kubeadm said no {pattern}: {text[-2000:]}"
    return found[1]
