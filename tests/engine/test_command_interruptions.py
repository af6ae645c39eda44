"""Ctrl-C, time limits and a killed engine, while the stand-in for the `command` plugin works; then the next update."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from tests.engine.community import descendants, process_arguments, until
from tests.engine.project import STACK, UP, Project, remote
from tests.engine.sshd import Server
from tests.ports import free_port

pytestmark = pytest.mark.slow


def test_ctrl_c_lets_a_running_command_end_and_starts_nothing_more(
    project: Project, ssh_server: Server, tmp_path: Path
) -> None:
    go, started, runs = tmp_path / "go", tmp_path / "started", tmp_path / "runs"
    create = f"echo run >> {runs}; touch {started}; until test -e {go}; do sleep 0.05; done; echo done"
    project.declare(
        remote("first", ssh_server.connection(), create=create),
        remote("second", ssh_server.connection(), create="echo after", stdin={"output": "first.stdout"}),
    )
    update = project.start(*UP, "--stack", STACK)
    until(started.exists)
    update.send_signal(signal.SIGINT)
    assert update.stdout is not None
    assert any("cancel" in line.lower() for line in update.stdout)  # the engine has noticed
    go.touch()
    said, _ = update.communicate(timeout=60)
    assert update.returncode != 0, said
    assert project.state("first")["outputs"]["stdout"] == "done"
    assert project.resource("second") is None

    assert project.up().changes == {"created": 1}
    assert runs.read_text().split() == ["run"]
    assert project.outputs()["second"]["stdout"] == "after"


def test_ctrl_c_ends_dialling_and_local_commands(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    started, ended = tmp_path / "started", tmp_path / "ended"
    local = {"create": f"touch {started}; exec sleep 300", "update": f"touch {ended}"}
    project.declare(
        remote("never", ssh_server.connection(port=free_port(), dial_error_limit=-1), create="true"),
        {"type": "local.Command", "name": "here", "inputs": local},
    )
    update = project.start(*UP, "--stack", STACK, "--parallel", "4")
    assert update.stdout is not None
    assert any("Dial 2/inf failed: retrying" in line for line in update.stdout)
    until(started.exists)
    update.send_signal(signal.SIGINT)
    said, _ = update.communicate(timeout=60)
    assert update.returncode != 0
    assert "context canceled" in said
    assert 'signal: killed: running "touch ' in said
    assert project.resource("never") is None
    assert project.resource("here") is None


def test_a_custom_timeout_ends_dialling(project: Project, ssh_server: Server) -> None:
    never = remote("never", ssh_server.connection(port=free_port(), dial_error_limit=-1), create="true")
    project.declare({**never, "options": {"custom_timeouts": {"create": "1s"}}})
    assert "context deadline exceeded" in project.failing_up()


def test_the_plugin_ends_with_a_killed_engine(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    started, end = tmp_path / "started", tmp_path / "end"
    create = f"touch {started}; until test -e {end}; do sleep 0.05; done"
    project.declare(remote("one", ssh_server.connection(), create=create))
    update = project.start(*UP, "--stack", STACK)
    until(started.exists)
    children, arguments = descendants(update.pid), process_arguments()
    plugins = [pid for pid in children if b"command.server" in arguments.get(pid, b"")]
    assert plugins
    update.kill()
    try:
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in plugins))
    finally:
        end.touch()  # the remote command has lost its connection, and goes on
        for pid in children:  # the language host notices only minutes later
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    update.communicate(timeout=60)

    project.well("cancel", "--yes", "--stack", STACK)  # the lock it has left
    project.declare(remote("one", ssh_server.connection(), create="echo whole"))
    project.up()
    assert project.outputs()["one"]["stdout"] == "whole"
