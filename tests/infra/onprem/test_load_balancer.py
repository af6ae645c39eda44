"""What the step of a load balancer decides on a host of paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.infra.onprem import golden_files
from tests.infra.onprem.balancers import known
from tests.infra.onprem.paper import SERVICE, host_of
from tests.infra.onprem.sandbox import Outcome, Sandbox

from archive_platform.config.onprem import OnPrem
from archive_platform.onprem.load_balancer import (
    digest_in,
    load_balancer,
    nginx_configuration,
)
from archive_platform.onprem.script import Script

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
