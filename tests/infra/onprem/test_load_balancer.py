"""A load balancer's configuration from the settings, and what the step decides on a host of paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.infra.onprem import golden_files
from tests.infra.onprem.paper import SERVICE, host_of, settings
from tests.infra.onprem.sandbox import Outcome, Sandbox

from archive_platform.config.onprem import OnPrem
from archive_platform.onprem.load_balancer import (
    digest_in,
    keepalived_configuration,
    listeners,
    load_balancer,
    nginx_configuration,
)
from archive_platform.onprem.script import Script

INVENTORY = {
    "lb1": ("10.0.0.11", "load-balancer"),
    "lb2": ("10.0.0.12", "load-balancer"),
    "cp1": ("10.0.0.21", "control-plane"),
    "cp2": ("10.0.0.22", "control-plane"),
    "cp3": ("10.0.0.23", "control-plane"),
    "w1": ("10.0.0.31", "worker"),
    "w2": ("10.0.0.32", "worker"),
}


BOTH_ROLES = [
    {"name": "lb1", "address": "10.0.0.11", "roles": ["load-balancer"]},
    {"name": "lb2", "address": "10.0.0.12", "roles": ["load-balancer"]},
    {"name": "cp1", "address": "10.0.0.21", "roles": ["control-plane", "worker"]},
]


def known(lost: str = "", **own: Any) -> OnPrem:
    """Two load balancers, three control planes, two workers; `lost` matches names."""
    hosts = [
        {"name": name, "address": address, "roles": [role], "lost": bool(lost and re.fullmatch(lost, name))}
        for name, (address, role) in INVENTORY.items()
    ]
    return settings(hosts=hosts, **own)


def keepalived(wanted: OnPrem, name: str = "lb1") -> str:
    return keepalived_configuration(wanted, host_of(wanted, name))


def unit(wanted: OnPrem, name: str) -> str:
    """A drop-in, as the step's text has it."""
    text = load_balancer(wanted, host_of(wanted, "lb1")).text
    return text.partition(f"\n{name}='")[2].partition("'\n")[0]


# The configuration


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


# The step on a host

# What asks the network is played: Nginx has loaded what was there when it was started or told to reload.
PLAYED = r"""
systemctl() {
    command systemctl "$@"
    case $* in
        *'reload nginx') [ ! -e /stub/given/reload-is-lost ] || return 0 ;;
        *'restart nginx') ;;
        *) return 0 ;;
    esac
    sed -n 's/.*return 200 "\(.*\)\\n".*/\1/p' /etc/nginx/nginx.conf > /stub/loaded
}
serving() {
    [ -e /stub/loaded ] || return 1
    cat /stub/loaded
    [ "$(cat /stub/loaded)" = "$NGINX_DIGEST" ]
}
addresses_answer() { [ ! -e /stub/given/no-answer ]; }
until_true() { shift && "$@"; }
"""
PROGRAMS = {
    "ip": """#!/bin/bash
case $* in
    *'show to 10.0.0.11/32') printf '2: eth0    inet 10.0.0.11/24\\n' ;;
    *'show to 10.0.0.100/32') [ ! -e /stub/held-address ] || printf '2: eth0    inet 10.0.0.100/32\\n' ;;
    *del*) printf 'ip %s\\n' "$*" >> /stub/calls ;;
esac
""",
    "nginx": """#!/bin/bash
[ ! -e /stub/given/nginx-refuses ] || { cat /stub/given/nginx-refuses >&2; exit 1; }
""",
    "keepalived": """#!/bin/bash
[ ! -e /stub/given/keepalived-refuses ] || { cat /stub/given/keepalived-refuses >&2; exit 5; }
""",
    "unshare": '#!/bin/bash\nexec "${@:3}"\n',
}
KERNEL = {
    "ip_nonlocal_bind": "0",
    "tcp_keepalive_time": "7200",
    "tcp_keepalive_intvl": "75",
    "tcp_keepalive_probes": "9",
}


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    """A bare server."""
    made = Sandbox(tmp_path)
    for name, text in PROGRAMS.items():
        made.write(f"usr/bin/{name}", text, 0o755)
    for name, value in KERNEL.items():
        made.proc(f"sys/net/ipv4/{name}", f"{value}\n")
    for package in ("nginx", "keepalived"):
        made.serve(f"{package} 1.0-1", brings=SERVICE.format(package))
    made.serve("libnginx-mod-stream 1.0-1")
    made.serve("logrotate 1.0-1")
    return made


def script(wanted: OnPrem | None = None) -> Script:
    wanted = wanted or known()
    made = load_balancer(wanted, host_of(wanted, "lb1"))
    step, call, end = made.text.rpartition('main "$@"')
    return replace(made, text=f"{step}{PLAYED}{call}{end}")


@pytest.fixture
def serving(host: Sandbox) -> Sandbox:
    """A load balancer after its first apply."""
    done = host.run(script(), "apply")
    assert done.code == 0, done.said
    return host


def story(planned: Outcome | None, done: Outcome) -> str:
    parts = {
        **({"plan": planned.changes} if planned else {}),
        f"done: exit code {done.code}": done.said,
        "calls": done.calls,
    }
    return "".join(f"{title}\n" + "".join(f"    {line}\n" for line in lines) for title, lines in parts.items())


def told(host: Sandbox, wanted: OnPrem | None = None) -> str:
    return story(host.run(script(wanted), "plan"), host.run(script(wanted), "apply"))


def test_a_bare_host(host: Sandbox) -> None:
    golden_files.check("loadbalancer-bare.txt", told(host))


def test_a_second_apply_changes_nothing_and_tells_the_same(host: Sandbox) -> None:
    first, second, planned = (host.run(script(), verb) for verb in ("apply", "apply", "plan"))
    assert (second.code, second.said, second.calls) == (0, [], [])
    assert planned.changes == []
    assert first.items == second.items == planned.items


def test_other_settings_are_taken_up_by_a_reload(serving: Sandbox) -> None:
    golden_files.check("loadbalancer-changed.txt", told(serving, known(lost="cp3", loadBalancer={"routerId": 7})))


def test_another_unit_is_taken_up_by_a_restart_of_keepalived_alone(serving: Sandbox) -> None:
    wanted = known(loadBalancer={"advertisementSeconds": 0.5})
    golden_files.check("loadbalancer-unit.txt", told(serving, wanted))


def test_a_lost_reload_is_followed_by_a_restart(serving: Sandbox) -> None:
    serving.given("reload-is-lost", "")
    done = serving.run(script(known(lost="cp3")), "apply")
    assert [call for call in done.calls if "nginx" in call] == ["systemctl reload nginx", "systemctl restart nginx"]
    assert done.items["nginx:serving"] == digest_in(nginx_configuration(known(lost="cp3")))


@pytest.mark.parametrize("program", ["nginx", "keepalived"])
def test_what_is_refused_changes_nothing(serving: Sandbox, program: str) -> None:
    file = f"/etc/{program}/{program}.conf"
    before = serving.read(file)
    serving.given(f"{program}-refuses", "unknown directive on line 7\n")
    changed = {"nginx": known(lost="cp3"), "keepalived": known(loadBalancer={"routerId": 7})}[program]
    done = serving.run(script(changed), "apply")
    assert done.code != 0
    assert f"{program} refuses its configuration, nothing was changed: unknown directive" in done.said[-1].lower()
    assert serving.read(file) == before
    assert done.calls == []


def test_an_address_that_does_not_answer_in_the_end_is_told(host: Sandbox) -> None:
    host.given("no-answer", "")
    done = host.run(script(), "apply")
    assert done.code != 0
    assert "10.0.0.100:6443 does not answer" in done.said[-1]
    assert "journalctl -u keepalived" in done.said[-1]


@pytest.mark.parametrize("where", ["apt-get-install", "systemctl-nginx", "systemctl-keepalived"])
def test_after_a_run_that_died_the_next_one_ends_where_it_should(host: Sandbox, where: str) -> None:
    host.given(f"{where}-refuses", "no\n")
    assert host.run(script(), "apply").code != 0
    (host.root / f"stub/given/{where}-refuses").unlink()
    done = host.run(script(), "apply")
    assert done.code == 0, done.said
    assert host.run(script(), "plan").changes == []
    assert done.items["service:nginx"] == done.items["service:keepalived"] == "enabled active"


def test_an_unknown_interface_is_told_before_anything_is_done(host: Sandbox) -> None:
    done = host.run(script(known(loadBalancer={"interface": "eth7"})), "apply")
    assert (done.code, done.calls) == (1, [])
    assert "there is no interface eth7: correct archive:loadBalancer.interface" in done.said[-1]


def test_a_host_without_its_address_is_told_before_anything_is_done(host: Sandbox) -> None:
    host.write("usr/bin/ip", "#!/bin/bash\n", 0o755)
    done = host.run(script(), "apply")
    assert (done.code, done.calls) == (1, [])
    assert "no interface has the address 10.0.0.11: set archive:loadBalancer.interface" in done.said[-1]


def test_remove_leaves_nothing_of_ours(serving: Sandbox) -> None:
    serving.write("stub/held-address", "")
    done = serving.run(script(), "remove")
    golden_files.check("loadbalancer-remove.txt", story(None, done))
    assert {value for name, value in done.items.items() if name.startswith("file:")} == {"absent"}
    again = serving.run(script(), "remove")
    assert again.code == 0, again.said


def test_remove_of_a_bare_host_does_nothing(host: Sandbox) -> None:
    done = host.run(script(), "remove")
    assert (done.code, done.said) == (0, [])


def _edit(path: str) -> Callable[[Sandbox], None]:
    return lambda host: host.write(path, "edited by hand\n", 0o644)


DRIFTS: dict[str, tuple[Callable[[Sandbox], None], str]] = {
    "nginx.conf was edited": (_edit("etc/nginx/nginx.conf"), "file:/etc/nginx/nginx.conf"),
    "keepalived.conf was edited": (_edit("etc/keepalived/keepalived.conf"), "file:/etc/keepalived/keepalived.conf"),
    "the check was edited": (_edit("usr/local/lib/archive/check-nginx"), "file:/usr/local/lib/archive/check-nginx"),
    "keepalived was stopped": (
        lambda host: host.write("stub/services/keepalived", "enabled inactive\n"),
        "service:keepalived",
    ),
    "nginx runs another configuration": (lambda host: host.write("stub/loaded", "0" * 12), "nginx:serving"),
    "a kernel setting was changed": (
        lambda host: host.proc("sys/net/ipv4/ip_nonlocal_bind", "0\n"),
        "sysctl:net.ipv4.ip_nonlocal_bind",
    ),
}


@pytest.mark.parametrize("what", DRIFTS)
def test_drift_is_seen_and_mended(serving: Sandbox, what: str) -> None:
    drift, item = DRIFTS[what]
    well = serving.run(script(), "plan").items
    drift(serving)
    seen = serving.run(script(), "plan").items
    assert {name for name in well if well[name] != seen.get(name)} == {item}
    assert serving.run(script(), "apply").items == well
