"""What the cluster bears: load balancers, a worker and a control plane that fail, etcd without its data."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.lab import layout
from tests.lab.cluster.first import First
from tests.lab.failover import report, rounds
from tests.lab.failover.deployment import pair_of
from tests.lab.failover.rounds import ROUNDS, SEED
from tests.lab.restorable import CONTROL_PLANES, Restorable, assert_as_it_was
from tests.lab.site import Site, client, is_ready, until

pytestmark = [pytest.mark.lab, pytest.mark.slow]

LONGEST_GAP_SECONDS = 5.0  # a connection to a host that is off takes one, and the load balancers try some again


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
        until("cp1's own API server answers", lambda: _answers(site, "cp1"), 180)
    print(
        f"first control plane off and on: longest gap {watch.longest:.1f} s of {watch.asked} requests, {watch.answers}"
    )
    assert watch.longest <= LONGEST_GAP_SECONDS


def test_etcd_is_restored_from_a_snapshot_after_its_data_was_deleted(site: Site, first: First, tmp_path: Path) -> None:
    cluster = Restorable.of(site.lab, site.names, tmp_path)
    snapshot = cluster.snapshot_with_content("cp2")
    cluster.delete_data(CONTROL_PLANES)
    begun = time.monotonic()
    said = cluster.restore(snapshot)
    print(f"etcd without data on all control planes: restored in {time.monotonic() - begun:.0f} s")
    assert f"{snapshot} is restored" in said
    assert_as_it_was(cluster)
    assert site.drift() == 0


def test_clients_of_the_address_hardly_notice_that_a_load_balancer_fails(
    site: Site, first: First, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hosts lost under 0.5 s and Nginx alone under 2.5 s at the 99th percentile, two holders for bounded times.

    The last one here: after so many failures in a row a kubelet waits half a minute before it listens for pods again.
    """
    with pair_of(site.lab) as pair:
        results = list(rounds.run(pair, rounds.plan(SEED, ROUNDS)))
    with capsys.disabled():
        print(f"\nFailover, {ROUNDS} rounds with seed {SEED}, in milliseconds\n{report.table(results)}")
    assert report.misses(results) == []


def _can_write(site: Site, via: str) -> bool:
    words = "create configmap written --from-literal a=b"
    return (
        site.lab.ssh(
            via, f"kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 5s {words}", check=False
        ).code
        == 0
    )


def _answers(site: Site, name: str) -> bool:
    url = f"https://{layout.ADDRESSES[name]}:6443/readyz"
    return site.lab.ssh(name, f"curl --silent --insecure --fail --max-time 5 {url}", check=False).code == 0


def _is_node_ready(site: Site, name: str, via: str) -> bool:
    path = "'{.status.conditions[?(@.type==\"Ready\")].status}'"
    return site.kubectl(f"get node {name} -o jsonpath={path}", via=via) == "True"
