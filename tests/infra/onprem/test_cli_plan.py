"""`archive plan onprem` against a real sshd, with steps that are stubs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from tests.infra.onprem.inventory import ADDRESSES, FEW, NAMES, answering, inventory, only, script, told
from tests.infra.onprem.known import project
from tests.infra.onprem.sshd import Sshd
from tests.ports import free_port

from archive_platform.cli.onprem import plan as plans
from archive_platform.cli.onprem.answers import Answer, ask
from archive_platform.config.onprem import Host, OnPrem
from archive_platform.onprem.connection import Connections
from archive_platform.onprem.script import Script

Steps = Callable[[Host], list[Script]]


def plan(settings: OnPrem, steps: Steps, *, as_json: bool = False, everything: bool = False) -> int:
    return asyncio.run(plans.plan(project(settings), steps, as_json=as_json, everything=everything))


def two_steps(host: Host) -> list[Script]:
    """Only cp1 has something to do."""
    changes = ["install kubelet=1.34.4"] if host.name == "cp1" else []
    return [
        answering(host.name, told({"package:kubelet": ""}, changes)),
        answering(host.name, told({"node:joined": "no"}, ["join as a control plane"] if changes else []), "node"),
    ]


def test_ten_hosts_are_read_over_one_connection_each(server: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    before = {address: server.connections(address) for address in ADDRESSES}
    assert plan(inventory(server), two_steps) == 0
    assert {address: server.connections(address) - count for address, count in before.items()} == dict.fromkeys(
        ADDRESSES, 1
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "HOST  STEP     WOULD",
        "cp1   prepare  install kubelet=1.34.4",
        "      node     join as a control plane",
        "cp2   -        nothing: it is as it should be",
    ]
    assert lines[-1].startswith("1 of 10 hosts would change. Read in ")


def test_hosts_are_read_at_the_same_time(server: Sshd) -> None:
    """Each waits until all ten have begun: one after the other none would ever end."""
    folder = server.folder / "begun"
    folder.mkdir()
    wait = f"touch {folder}/$NAME; until [ $(ls {folder} | wc -l) = {len(NAMES)} ]; do sleep 0.05; done; "

    def steps(host: Host) -> list[Script]:
        return [script(host.name, f"NAME={host.name}; {wait} echo '{told({})}'")]

    assert plan(inventory(server), steps) == 0


def test_a_host_that_is_down_is_told_and_the_others_are_read(server: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    settings = inventory(server, FEW, w1={"ssh": {"port": free_port()}})
    assert plan(settings, two_steps) == 1
    out = capsys.readouterr().out
    assert "cannot be read: w1 (127.0.77.16:" in out
    assert "install kubelet=1.34.4" in out
    assert "1 of 3 hosts would change. 1 could not be read." in out


def test_a_slow_host_is_given_up_and_the_others_are_read(server: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    def steps(host: Host) -> list[Script]:
        return [script(host.name, "sleep 600", seconds=1)] if host.name == "w1" else two_steps(host)

    assert plan(inventory(server, FEW), steps, as_json=True) == 1
    found = json.loads(capsys.readouterr().out)["hosts"]
    assert found["w1"]["steps"][0]["error"] == "the step did not end within 1 s: is the host overloaded?"
    assert [name for name in FEW if len(found[name]["steps"]) == 2] == ["cp1", "lb1"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo one >&2; echo cp1 prepare: two >&2; exit 3", "the step failed (exit code 3): one; two"),
        ("echo hello", "the step answered no JSON document but: hello"),
        ("true", "the step answered no JSON document but: nothing"),
        ("echo '{\"items\": {}}'", "the step answered no JSON document"),
    ],
)
def test_a_step_that_fails_is_told_and_the_next_one_is_still_asked(
    server: Sshd, capsys: pytest.CaptureFixture[str], text: str, reason: str
) -> None:
    def steps(host: Host) -> list[Script]:
        first = script(host.name, text) if host.name == "cp1" else answering(host.name, told({}))
        return [first, answering(host.name, told({}, ["join"]), "node")]

    assert plan(inventory(server, FEW), steps, as_json=True) == 1
    found = json.loads(capsys.readouterr().out)["hosts"]
    assert found["cp1"]["error"] is None
    assert found["cp1"]["steps"][0]["error"].startswith(reason)
    assert found["cp1"]["steps"][1] == {"step": "node", "changes": ["join"], "error": None}
    assert found["lb1"]["steps"][0] == {"step": "prepare", "changes": [], "error": None}


def test_no_secret_of_the_settings_is_printed(server: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    secret = server.private_key.splitlines()[1]

    def steps(host: Host) -> list[Script]:
        return [
            answering(host.name, told({}, [f"would write {secret}"])),
            script(host.name, f"echo complaint about {secret} >&2; exit 1", "node"),
        ]

    for as_json in (False, True):
        assert plan(inventory(server, FEW), steps, as_json=as_json, everything=True) == 1
        out = "".join(capsys.readouterr().out.split())
        assert "[secret]" in out
        assert secret not in out


def test_nothing_but_the_short_command_is_in_the_process_list(server: Sshd) -> None:
    """The step looks at the arguments of its ancestors, sshd's among them: its text is in none of them."""
    seen = server.folder / "seen"
    look = f"""
        : canary-in-the-text
        pid=$$
        for _ in 1 2 3 4; do
            tr '\\0' ' ' < /proc/$pid/cmdline >> {seen}; echo >> {seen}
            pid=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$pid/status)
        done
        echo '{told({})}'
    """

    async def go() -> object:
        settings = inventory(server)
        async with Connections(settings) as connections:
            return await ask(only(settings, "cp1"), lambda host: [script(host.name, look)], connections)

    assert asyncio.run(go()) == {"cp1": [Answer("prepare", changes=[])]}
    told_by_ps = seen.read_text()
    assert told_by_ps.splitlines()[0].strip() == "bash -s -- plan"
    assert "sshd: " in told_by_ps
    assert "canary" not in told_by_ps


def test_a_lost_host_is_not_asked(server: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    settings = inventory(server, w5={"lost": True})
    before = server.connections(ADDRESSES[-1])
    assert plan(settings, two_steps) == 0
    assert server.connections(ADDRESSES[-1]) == before
    assert "1 of 9 hosts would change. Lost, and not asked: w5." in capsys.readouterr().out


def test_what_keeps_all_steps_of_a_host_from_answering_is_told_once() -> None:
    locked = [Answer(step, error="another run is changing this host") for step in ("prepare", "node")]
    assert list(plans.rows({"cp1": locked}, 5)) == [["cp1", "-", "cannot be read: another run is changing this host"]]
    half = [locked[0], Answer("node", changes=["join"])]
    assert [row[1] for row in plans.rows({"cp1": half}, 5)] == ["prepare", "node"]


def test_the_first_changes_of_a_step_are_shown_and_the_rest_counted() -> None:
    answer = Answer("prepare", changes=[f"change {number}" for number in range(9)])
    shown = list(plans.rows({"cp1": [answer]}, 5))
    assert shown[0] == ["cp1", "prepare", "change 0"]
    assert shown[4] == ["", "", "change 4"]
    assert shown[5:] == [["", "", "and 4 more (--all shows them)"]]
    assert len(list(plans.rows({"cp1": [answer]}, None))) == 9
    with_join = Answer("node", changes=[*answer.changes, "join the cluster as worker at 1.34.4"])
    assert next(iter(plans.rows({"w1": [with_join]}, 5)))[2].startswith("join the cluster")
    six = Answer("prepare", changes=answer.changes[:6])
    assert list(plans.rows({"cp1": [six]}, 5))[-1] == ["", "", "change 5"]  # instead of "and 1 more"
