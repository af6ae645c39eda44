"""What Nginx and keepalived are told, from the settings."""

from __future__ import annotations

import re

import pytest
from tests.infra.onprem import golden_files
from tests.infra.onprem.balancers import BOTH_ROLES, known
from tests.infra.onprem.paper import host_of, settings

from archive_platform.config.onprem import OnPrem
from archive_platform.onprem.load_balancer import (
    digest_in,
    keepalived_configuration,
    listeners,
    load_balancer,
    nginx_configuration,
)


def keepalived(wanted: OnPrem, name: str = "lb1") -> str:
    return keepalived_configuration(wanted, host_of(wanted, name))


def unit(wanted: OnPrem, name: str) -> str:
    """A drop-in, as the step's text has it."""
    text = load_balancer(wanted, host_of(wanted, "lb1")).text
    return text.partition(f"\n{name}='")[2].partition("'\n")[0]


def test_nginx_is_the_golden_one() -> None:
    golden_files.check("loadbalancer-nginx.conf", nginx_configuration(known()))


@pytest.mark.parametrize("name", ["lb1", "lb2"])
def test_keepalived_is_the_golden_one(name: str) -> None:
    golden_files.check(f"loadbalancer-keepalived-{name}.conf", keepalived(known(), name))


def test_without_an_ingress_only_the_api_server_is_balanced() -> None:
    wanted = known(addresses={"api": "10.0.0.100"})
    assert listeners(wanted) == ["10.0.0.100:6443"]
    assert re.findall(r"listen ([\d.:]+)", nginx_configuration(wanted)) == ["127.0.0.1:8081", "10.0.0.100:6443"]
    assert "10.0.0.101" not in keepalived(wanted)


def test_the_ingress_may_be_told_the_visitors_address() -> None:
    told = nginx_configuration(known(loadBalancer={"proxyProtocol": True}))
    # For the ingress; the API server does not know the protocol.
    parts = [part.partition("{")[0] for part in told.split("upstream ")[1:] if "proxy_protocol on" in part]
    assert parts == ["http ", "https "]
    assert "proxy_protocol" not in nginx_configuration(known())


def test_connections_to_the_ingress_go_to_its_node_ports() -> None:
    told = nginx_configuration(known(loadBalancer={"httpPort": 30001, "httpsPort": 30002}))
    assert re.findall(r"server (10\.0\.0\.3\d:\d+) max_fails=1", told) == [
        "10.0.0.31:30001",
        "10.0.0.32:30001",
        "10.0.0.31:30002",
        "10.0.0.32:30002",
    ]


def test_a_control_plane_that_is_a_worker_too_has_the_ingress() -> None:
    told = nginx_configuration(settings(hosts=BOTH_ROLES))
    assert "server 10.0.0.21:30443 max_fails=1" in told


def test_a_lost_host_gets_no_connections() -> None:
    told = nginx_configuration(known(lost="cp2|w1"))
    assert "10.0.0.22" not in told
    assert "10.0.0.31" not in told


def test_each_server_has_a_backup_that_is_never_believed_dead() -> None:
    told = nginx_configuration(known())
    servers = re.findall(r"server (\S+) max_fails=1", told)
    assert servers == re.findall(r"server (\S+) max_fails=0 backup", told)
    assert len(servers) == 3 + 2 + 2


def test_a_lost_load_balancer_stays_a_peer_and_the_other_keeps_its_priority() -> None:
    assert keepalived(known(lost="lb1"), "lb2") == keepalived(known(), "lb2")


def test_the_first_of_the_inventory_has_the_higher_priority() -> None:
    priorities = [
        re.findall(r"^    priority (\d+)", keepalived(known(), name), re.MULTILINE) for name in ("lb1", "lb2")
    ]
    assert priorities == [["250"], ["240"]]


def test_the_settings_reach_keepalived() -> None:
    told = keepalived(known(loadBalancer={"routerId": 7, "advertisementSeconds": 0.25, "checkSeconds": 3}))
    assert re.search(r"virtual_router_id 7\n", told)
    assert re.search(r"advert_int 0\.25\n", told)
    assert re.search(r"interval 3\n", told)


@pytest.mark.parametrize(("interval", "seconds"), [(0.05, "0.5"), (0.1, "0.5"), (0.2, "1"), (1.0, "5")])
def test_a_killed_keepalived_comes_back_after_another_has_taken_over(interval: float, seconds: str) -> None:
    told = unit(known(loadBalancer={"advertisementSeconds": interval}), "KEEPALIVED_UNIT")
    assert f"\nRestartSec={seconds}\n" in told


def test_the_digest_follows_every_change_and_is_what_nginx_answers() -> None:
    one, other = nginx_configuration(known()), nginx_configuration(known(lost="cp3"))
    assert re.fullmatch(r"[0-9a-f]{12}", digest_in(one))
    assert digest_in(one) != digest_in(other)
    assert digest_in(one) == digest_in(nginx_configuration(known()))
