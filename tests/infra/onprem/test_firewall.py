"""The firewall's rules: who reaches what, and what nft itself says to them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.infra.onprem import golden_files, paper
from tests.infra.onprem.sandbox import in_empty_network

from archive_platform.config.onprem import OnPrem
from archive_platform.onprem.firewall import ruleset

PLUGINS = ("cilium", "calico", "flannel", "bridge")
ALONE = {
    "hosts": [{"name": "a", "address": "10.0.0.11", "roles": ["control-plane", "worker", "storage"]}],
    "addresses": {"api": "10.0.0.11"},
}


def _rules(known: OnPrem, name: str) -> str:
    return ruleset(known, paper.host_of(known, name))


@pytest.mark.parametrize("name", ["lb1", "cp1", "w1", "s1"])
def test_the_rules_are_the_golden_ones(name: str) -> None:
    known = paper.settings(addresses={"api": "10.0.0.100", "pool": "10.0.0.200-10.0.0.220"})
    golden_files.check(f"firewall-{name}.nft", _rules(known, name))


@pytest.mark.parametrize("plugin", PLUGINS)
@pytest.mark.parametrize("own", [{}, ALONE], ids=["every role", "all on one"])
def test_nft_takes_them_twice_and_leaves_other_tables(plugin: str, own: dict[str, Any]) -> None:
    known = paper.settings(kubernetes={"networkPlugin": plugin}, **own)
    for host in known.hosts:
        script = (
            "nft 'table ip other { chain c { type filter hook input priority 0; policy accept; }; }'\n"
            'nft -f - <<< "$1" && nft -f - <<< "$1" && nft list tables'
        )
        done = in_empty_network("bash", "-euc", script, "load", ruleset(known, host))
        assert (done.returncode, done.stdout) == (0, "table ip other\ntable inet archive\n"), done.stderr


def test_nft_would_refuse_something() -> None:
    known = paper.settings()
    done = in_empty_network(
        "bash", "-c", 'nft --check -f - <<< "$1"', "load", _rules(known, "w1").replace("dport", "port")
    )
    assert done.returncode != 0


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("cp1", "ip saddr { 10.0.0.0/24 } tcp dport 2379-2380 accept"),
        ("cp1", "ip saddr { 10.0.0.0/24, 10.244.0.0/16 } tcp dport 6443 accept"),
        ("w1", "ip saddr { 10.244.0.0/16, 10.0.0.21, 10.0.0.22, 10.0.0.23, 10.0.0.31 } tcp dport 10250 accept"),
        ("w1", "ip saddr { 10.0.0.11, 10.0.0.12 } tcp dport 30000-32767 accept"),
        ("lb1", "ip saddr { 10.0.0.12 } ip protocol 112 accept"),
        ("lb1", "tcp dport { 80, 443, 6443 } accept"),
    ],
)
def test_a_role_is_reached_by_those_that_need_it(name: str, rule: str) -> None:
    assert rule in _rules(paper.settings(), name)


@pytest.mark.parametrize("name", ["w1", "lb1", "s1"])
def test_etcd_is_open_on_control_planes_alone(name: str) -> None:
    assert "2379" not in _rules(paper.settings(), name)
    assert "2379" in _rules(paper.settings(), "cp1")


def test_a_lost_host_is_let_in_nowhere() -> None:
    hosts = [
        {"name": name, "address": address, "roles": [role], "lost": name == "cp2"}
        for name, (address, role) in paper.HOSTS.items()
    ]
    known = paper.settings(hosts=[*hosts, {"name": "cp4", "address": "10.0.0.24", "roles": ["control-plane"]}])
    assert "10.0.0.22" not in _rules(known, "cp1")
    assert "10.0.0.24" in _rules(known, "cp1")


def test_sshs_port_is_the_settings() -> None:
    assert "tcp dport 2222 accept" in _rules(paper.settings(ssh={"agent": True, "port": 2222}), "w1")


LISTEN = """
import socket, time
listening = [socket.create_server(("", port)) for port in (10250, 10251)]
time.sleep(60)
"""
NEIGHBOUR = """
ip link set lo up
ip link add near type veth peer name far
unshare --net sleep 60 & peer=$!
until [ "$(readlink /proc/$peer/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link set far netns $peer
far() { nsenter --target $peer --net "$@"; }
ip addr add 10.0.0.31/24 dev near && ip link set near up
far ip addr add 10.0.0.21/24 dev far && far ip link set far up
nft -f - <<< "$1"
python3 -c "$2" & server=$!
until ss --no-header --listening --tcp --numeric | grep 10251 > /dev/null; do sleep 0.05; done
reach() {
    if timeout 2 bash -c 'exec 3<> /dev/tcp/10.0.0.31/$0' $1 2> /dev/null; then echo $1 open; else echo $1 closed; fi
}
export -f reach
far bash -c 'reach 10250; reach 10251'
reach 10251
kill $peer $server
"""


def test_packets_are_really_refused_and_let_in() -> None:
    """A control plane beside a worker reaches its kubelet, and no other port; the worker itself reaches both."""
    done = in_empty_network("bash", "-uc", NEIGHBOUR, "load", _rules(paper.settings(), "w1"), LISTEN)
    assert done.stdout.splitlines() == ["10250 open", "10251 closed", "10251 open"], done.stderr
