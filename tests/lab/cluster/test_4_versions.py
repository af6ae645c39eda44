"""The cluster gets a newer Kubernetes, new certificates, and is taken down."""

from __future__ import annotations

import json

import pytest
from tests.lab.cluster.first import First
from tests.lab.site import Site, client

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NEXT_VERSION = "1.35.4"


@pytest.mark.lab_long
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


@pytest.mark.lab_long
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


def _serial(site: Site, name: str) -> str:
    return site.lab.ssh(name, "openssl x509 -noout -serial -in /etc/kubernetes/pki/apiserver.crt").stdout
