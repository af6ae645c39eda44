"""Seven bare servers become a cluster by a real `pulumi up`, and stay one through their first days.

The tests go on from one another, in this order. Figures are printed (pytest -s, and the report's captured output).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass

import pytest
from tests.lab import layout
from tests.lab.benchmark import BEYOND, CONTROL_PLANE, NODE, READ, Host, failures
from tests.lab.lab import Lab
from tests.lab.site import Site, client, is_ready, seen_arguments, until
from tests.lab.stack import Run

from archive_platform.onprem.node import encryption_key, join_secrets

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NEXT_VERSION = "1.35.4"
HOSTS = (*layout.DEFAULT_HOSTS, "lb3", "cp4", "w3")
POD_PATIENCE_SECONDS = 120
PROBE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: probe}
spec:
  replicas: 4
  selector: {matchLabels: {app: probe}}
  template:
    metadata: {labels: {app: probe}}
    spec:
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: kubernetes.io/hostname
        whenUnsatisfiable: ScheduleAnyway
        labelSelector: {matchLabels: {app: probe}}
      containers: [{name: probe, image: "lab.test/probe:1", imagePullPolicy: IfNotPresent}]
---
apiVersion: v1
kind: Service
metadata: {name: probe}
spec:
  selector: {app: probe}
  ports: [{port: 80, targetPort: 8080}]
"""


@dataclass
class First:
    """The first apply, and what was seen of it."""

    result: Run
    arguments: set[bytes]


@pytest.fixture(scope="module")
def site(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    lab.up(HOSTS)
    site = Site(lab, tmp_path_factory.mktemp("stack"))
    site.make_bare(HOSTS)
    yield site
    site.make_bare(HOSTS)


@pytest.fixture(scope="module")
def first(site: Site) -> First:
    with seen_arguments() as arguments:
        canary = subprocess.run([sys.executable, "-c", "pass", "planted-canary"], check=True)
        result = site.stack.up()
    assert canary.returncode == 0
    print(f"apply from bare hosts: {result.seconds:.0f} s, connections {dict(result.connections)}")
    return First(result, arguments)


def test_bare_servers_become_a_cluster_over_three_connections_each(site: Site, first: First) -> None:
    assert site.nodes() == dict.fromkeys(("cp1", "cp2", "cp3", "w1", "w2"), (True, "v1.34.4"))
    assert set(first.result.connections) == {str(layout.ADDRESSES[name]) for name in layout.DEFAULT_HOSTS}
    assert max(first.result.connections.values()) <= 3


def test_a_second_up_changes_nothing_and_connects_to_no_host(site: Site, first: First) -> None:
    again = site.stack.up()
    print(f"second up: {again.seconds:.1f} s (first: {first.result.seconds:.0f} s)")
    assert again.changes == {}
    assert sum(again.connections.values()) == 0
    assert again.seconds < first.result.seconds / 4


def test_a_preview_with_refresh_expects_no_changes(site: Site, first: First) -> None:
    site.stack.well("preview", "--refresh", "--expect-no-changes")


def test_pods_reach_pods_of_other_nodes_services_and_names(site: Site, first: First) -> None:
    site.kubectl("apply -f -", stdin=PROBE)
    site.kubectl(f"rollout status deployment/probe --timeout {POD_PATIENCE_SECONDS}s")
    pods = {pod["spec"]["nodeName"]: pod for pod in site.pods("app=probe")}
    assert len(pods) >= 2, "the pods are to be on several nodes"
    asking, answering = list(pods.values())[:2]
    inside = f"exec {asking['metadata']['name']} -- /probe"
    assert answering["metadata"]["name"] in site.kubectl(f"{inside} get http://{answering['status']['podIP']}:8080/")
    assert "probe-" in site.kubectl(f"{inside} get http://probe.default.svc.cluster.local/")
    assert site.kubectl(f"{inside} lookup kubernetes.default.svc.cluster.local").strip() == "10.96.0.1"


def test_no_control_of_the_benchmark_fails(site: Site, first: First) -> None:
    proxy = json.loads(site.kubectl("get configmap kube-proxy -n kube-system -o json"))["data"]["config.conf"]
    for name in ("cp1", "cp2", "cp3", "w1", "w2"):
        host = Host.parse(site.lab.ssh(name, READ, timeout=60).stdout, proxy)
        controls = [*CONTROL_PLANE, *BEYOND, *NODE] if name.startswith("cp") else NODE
        assert failures(host, controls) == [], name


def test_secrets_are_in_no_state_log_or_process_list(site: Site, first: First) -> None:
    exported = site.stack.export()
    shown = json.loads(site.stack.well("stack", "export", "--show-secrets"))
    generated = {
        resource["urn"].rpartition("::")[2]: json.loads(resource["outputs"]["value"]["plaintext"])
        for resource in shown["deployment"]["resources"]
        if "GeneratedSecret" in resource["type"]
    }
    kubeconfig = site.stack.outputs()["kubeconfig"]
    secrets = [
        *join_secrets(generated["secrets-join"]).values(),
        *encryption_key(generated["secrets-encryption"]).values(),
        *generated.values(),
        kubeconfig.partition("client-key-data: ")[2].split()[0],
        (site.lab.folders.private_key.read_text().splitlines())[3],
    ]
    seen = b"\n".join(first.arguments)
    assert b"planted-canary" in seen
    for secret in secrets:
        assert len(secret) > 20
        assert secret not in exported
        assert secret not in first.result.text
        assert secret.encode() not in seen


def test_the_tokens_of_joining_nodes_are_gone(site: Site, first: First) -> None:
    assert site.kubectl("get secrets -n kube-system --field-selector type=bootstrap.kubernetes.io/token -o name") == ""
    assert site.kubectl("get secret kubeadm-certs -n kube-system --ignore-not-found -o name") == ""


def test_secrets_are_encrypted_at_rest(site: Site, first: First) -> None:
    site.kubectl("create secret generic rest --from-literal canary=planted-at-rest")
    in_etcd = site.kubectl(
        "exec -n kube-system etcd-cp1 -- etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt"
        " --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key"
        " get /registry/secrets/default/rest --print-value-only | tr -d '\\000' | head -c 40"
    )
    assert "k8s:enc:secretbox:v1:key1" in in_etcd


def test_plan_and_drift_have_nothing_to_say(site: Site, first: First, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.plan() == 0
    said = capsys.readouterr().out
    print(said)
    assert "write" not in said
    assert site.drift() == 0


def test_drift_is_told_and_repaired_by_a_new_run(site: Site, first: First, capsys: pytest.CaptureFixture[str]) -> None:
    site.lab.ssh("w1", "echo 'fs.inotify.max_user_watches = 1' >> /etc/sysctl.d/90-archive.conf")
    assert site.drift() == 2
    assert "/etc/sysctl.d/90-archive.conf" in capsys.readouterr().out
    site.stack.set(reapply=2)
    repaired = site.stack.up()
    assert max(repaired.connections.values()) <= 3
    assert site.drift() == 0


def test_labels_and_taints_follow_the_inventory(site: Site, first: First) -> None:
    hosts = site.stack.settings["hosts"]
    changed = [
        {
            **host,
            "labels": {"disk": "fast"},
            "taints": [{"key": "only", "value": "games", "effect": "PreferNoSchedule"}],
        }
        if host["name"] == "w2"
        else host
        for host in hosts
    ]
    site.stack.set(hosts=changed)
    site.stack.up()
    node = json.loads(site.kubectl("get node w2 -o json"))
    assert node["metadata"]["labels"]["disk"] == "fast"
    assert {"key": "only", "value": "games", "effect": "PreferNoSchedule"} in node["spec"]["taints"]
    site.kubectl("label node w2 mine=kept")
    site.stack.set(hosts=hosts)
    site.stack.up()
    node = json.loads(site.kubectl("get node w2 -o json"))
    assert "disk" not in node["metadata"]["labels"]
    assert node["metadata"]["labels"]["mine"] == "kept"
    assert "taints" not in node["spec"]


def test_a_dead_workers_pods_run_elsewhere_within_half_a_minute(site: Site, first: First) -> None:
    def served_elsewhere() -> bool:
        return sum(pod["spec"].get("nodeName") != "w1" and is_ready(pod) for pod in site.pods("app=probe")) >= 4

    assert any(pod["spec"].get("nodeName") == "w1" for pod in site.pods("app=probe"))
    site.lab.off("w1")
    try:
        seconds = until("four pods on other nodes", served_elsewhere, 90)
    finally:
        site.lab.on("w1")
    print(f"pods of a dead worker ran elsewhere after {seconds:.1f} s")
    assert seconds <= 30
    until("w1 is ready again", lambda: site.nodes()["w1"][0], 120)


def test_without_its_first_control_plane_the_cluster_stays_writable(site: Site, first: First) -> None:
    with client() as watch:
        site.lab.off("cp1")
        try:
            until("a write goes through", lambda: _can_write(site, "cp2"), 60)
        finally:
            site.lab.on("cp1")
        until("cp1 is ready again", lambda: _is_node_ready(site, "cp1", via="cp2"), 180)
    print(
        f"first control plane off and on: longest gap {watch.longest:.1f} s of {watch.asked} requests, {watch.answers}"
    )


def test_nodes_are_replaced_in_one_edit_the_first_control_plane_included(site: Site, first: First) -> None:
    site.choose(["lb1", "lb2", "cp2", "cp3", "cp4", "w1", "w3"])
    with client() as watch:
        result = site.stack.up()
    print(f"cp1→cp4, w2→w3: {result.seconds:.0f} s, longest gap {watch.longest:.1f} s, {watch.answers}")
    assert site.nodes() == dict.fromkeys(("cp2", "cp3", "cp4", "w1", "w3"), (True, "v1.34.4"))
    assert site.stack.up().changes == {}
    for name in ("cp1", "w2"):
        left = site.lab.ssh(name, "ls -A /etc/kubernetes /var/lib/etcd; pgrep -l kubelet || true").stdout
        assert "kubelet" not in left, left
        assert "manifests" not in left


def test_a_load_balancer_is_replaced_without_losing_the_address(site: Site, first: First) -> None:
    site.choose(["lb1", "lb3", "cp2", "cp3", "cp4", "w1", "w3"])
    site.stack.up()
    assert not site.lab.ssh("lb2", "systemctl is-active keepalived", check=False).stdout.startswith("active")
    holders = [name for name in ("lb1", "lb2", "lb3") if _holds(site, name)]
    assert len(holders) == 1


def test_an_upgrade_to_the_next_minor_keeps_the_api_reachable(site: Site, first: First) -> None:
    site.choose(site.names, version=NEXT_VERSION)
    with client() as watch:
        result = site.stack.up()
    print(
        f"upgrade: {result.seconds:.0f} s, longest gap {watch.longest:.1f} s of {watch.asked} requests, {watch.answers}"
    )
    assert site.nodes() == dict.fromkeys(("cp2", "cp3", "cp4", "w1", "w3"), (True, f"v{NEXT_VERSION}"))
    assert all("unschedulable" not in node["spec"] for node in json.loads(site.kubectl("get nodes -o json"))["items"])
    assert "before-upgrade" in site.lab.ssh("cp2", "ls /var/lib/archive/snapshots").stdout
    assert watch.longest <= 3.0
    assert site.drift() == 0


def test_going_back_is_refused_and_changes_nothing(site: Site, first: First) -> None:
    site.choose(site.names, version="1.34.4")
    assert "Kubernetes cannot go back" in site.stack.failing_up()
    site.choose(site.names, version=NEXT_VERSION)
    site.stack.up()
    assert {version for _, version in site.nodes().values()} == {f"v{NEXT_VERSION}"}


def test_certificates_and_join_secrets_are_renewed(site: Site, first: First) -> None:
    before = _serial(site, "cp2")
    site.choose(site.names, certificateGeneration=2, joinGeneration=2)
    with client() as watch:
        site.stack.up()
    print(f"certificates renewed: longest gap {watch.longest:.1f} s")
    assert _serial(site, "cp2") != before
    assert all(ready for ready, _ in site.nodes().values())


def test_destroy_leaves_servers_without_kubernetes(site: Site, first: First) -> None:
    site.stack.well("destroy", "--yes", "--skip-preview")
    for name in ("lb1", "cp2", "cp3", "cp4", "w1", "w3"):
        left = site.lab.ssh(
            name, "ls -A /etc/kubernetes /var/lib/etcd 2>/dev/null; pgrep -l 'kubelet|etcd|keepalived' || true"
        )
        assert "manifests" not in left.stdout
        assert "kubelet" not in left.stdout
        assert "keepalived" not in left.stdout


def _can_write(site: Site, via: str) -> bool:
    words = "create configmap written --from-literal a=b"
    return (
        site.lab.ssh(
            via, f"kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 5s {words}", check=False
        ).code
        == 0
    )


def _is_node_ready(site: Site, name: str, via: str) -> bool:
    path = "'{.status.conditions[?(@.type==\"Ready\")].status}'"
    return site.kubectl(f"get node {name} -o jsonpath={path}", via=via) == "True"


def _holds(site: Site, name: str) -> bool:
    return f"{layout.API_ADDRESS}/" in site.lab.ssh(name, "ip -o address show").stdout


def _serial(site: Site, name: str) -> str:
    return site.lab.ssh(name, "openssl x509 -noout -serial -in /etc/kubernetes/pki/apiserver.crt").stdout
