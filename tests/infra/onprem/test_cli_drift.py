"""`archive drift onprem` against a real sshd, with steps that are stubs."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.infra.onprem.inventory import FEW, NAMES, answering, inventory, script, told
from tests.infra.onprem.known import project
from tests.infra.onprem.sshd import Sshd
from tests.ports import free_port

from archive_platform.cli.onprem import drift as drifts
from archive_platform.cli.onprem.answers import Answer
from archive_platform.cli.onprem.drift import Difference
from archive_platform.config.onprem import Host, OnPrem
from archive_platform.errors import HostError, PlatformError
from archive_platform.onprem.script import Script

APPLIED = {"file:/etc/hosts": "644 root:root 0123456789ab", "package:kubelet": "1.34.4-1.1"}
FEW_STATE = {name: {"prepare": APPLIED} for name in FEW}
STATE = {name: {"prepare": APPLIED} for name in NAMES}


def drift(settings: OnPrem, state: object, *, as_json: bool = False, **found: dict[str, str]) -> int:
    """The exit code, when each host is as it was applied but those in `found`."""

    def steps(host: Host) -> list[Script]:
        return [answering(host.name, told(found.get(host.name, APPLIED)))]

    return asyncio.run(drifts.drift(project(settings, state=state), steps, as_json=as_json))


def test_no_alarm_after_a_clean_apply(server: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift(inventory(server), STATE) == 0
    assert capsys.readouterr().out == "No drift on 10 hosts.\n"


def test_an_item_that_drifted_is_shown_with_both_values(server: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift(inventory(server, FEW), FEW_STATE, w1={**APPLIED, "package:kubelet": "1.35.0-1.1"}) == 2
    out = capsys.readouterr().out
    assert out.splitlines()[:2] == [
        "HOST  STEP     ITEM             IN THE STACK  ON THE HOST",
        "w1    prepare  package:kubelet  1.34.4-1.1    1.35.0-1.1",
    ]
    assert "1 item of 1 host drifted." in out


def test_items_on_one_side_only_are_told(server: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        drift(
            inventory(server, FEW), FEW_STATE, as_json=True, cp1={"package:kubelet": "1.34.4-1.1", "file:/etc/new": "x"}
        )
        == 2
    )
    assert json.loads(capsys.readouterr().out) == {
        "drift": [
            {
                "name": "cp1",
                "step": "prepare",
                "item": "file:/etc/hosts",
                "stack": APPLIED["file:/etc/hosts"],
                "host": None,
            },
            {"name": "cp1", "step": "prepare", "item": "file:/etc/new", "stack": None, "host": "x"},
        ],
        "unread": {},
    }


def test_a_host_that_cannot_be_read_is_no_drift_and_no_all_clear(
    server: Sshd, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = inventory(server, FEW, w1={"ssh": {"port": free_port()}})
    assert drift(settings, FEW_STATE) == 1
    out = capsys.readouterr().out
    assert "w1 (127.0.77.16:" in out
    assert "No drift on the 2 hosts that could be read; 1 could not." in out


def test_drift_on_another_host_outweighs_one_that_cannot_be_read(server: Sshd) -> None:
    settings = inventory(server, FEW, w1={"ssh": {"port": free_port()}})
    assert drift(settings, FEW_STATE, cp1={}) == 2


def test_a_step_that_fails_is_no_drift(server: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    def steps(host: Host) -> list[Script]:
        return [
            script(host.name, "echo locked >&2; exit 1") if host.name == "w1" else answering(host.name, told(APPLIED))
        ]

    assert asyncio.run(drifts.drift(project(inventory(server, FEW), state=FEW_STATE), steps, as_json=False)) == 1
    assert "the step failed (exit code 1): locked" in capsys.readouterr().out


def test_a_lost_host_is_left_out(server: Sshd) -> None:
    assert drift(inventory(server, FEW, w1={"lost": True}), FEW_STATE) == 0


def test_a_stack_without_state_is_told(server: Sshd) -> None:
    with pytest.raises(PlatformError, match="has no output state: run `make up` first"):
        asyncio.run(drifts.drift(project(inventory(server, FEW)), lambda _: [], as_json=False))


def test_a_host_that_left_or_entered_the_inventory_differs_in_all_its_items() -> None:
    answers = {"new": [Answer("prepare", {"a": "1"})]}
    state = {"gone": {"prepare": {"b": "2"}}}
    assert list(drifts.compare(state, answers)) == [
        Difference("new", "prepare", "a", None, "1"),
        Difference("gone", "prepare", "b", "2", None),
    ]


def test_a_step_that_only_the_stack_knows_differs_unless_it_could_not_be_read() -> None:
    state = {"cp1": {"prepare": {"a": "1"}, "node": {"b": "2"}}}
    gone = list(drifts.compare(state, {"cp1": [Answer("prepare", {"a": "1"})]}))
    assert gone == [Difference("cp1", "node", "b", "2", None)]
    assert not list(drifts.compare(state, {"cp1": [Answer("prepare", {"a": "1"}), Answer("node", error="failed")]}))
    assert not list(drifts.compare(state, {"cp1": HostError("down")}))
