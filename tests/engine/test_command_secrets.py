"""What the stand-in for the `command` plugin shows while commands run, and what it must never show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.engine.community import process_arguments, until
from tests.engine.project import STACK, UP, Project, remote
from tests.engine.sshd import Server

pytestmark = pytest.mark.slow

CANARY = "canary-7f3a"
MODES: dict[str, dict[str, str]] = {
    "default": {},
    "out": {"logging": "stdout"},
    "err": {"logging": "stderr"},
    "both": {"logging": "stdoutAndStderr"},
    "neither": {"logging": "none"},
}


def test_no_secret_is_left_anywhere(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    go, started, stdin = tmp_path / "go", tmp_path / "started", tmp_path / "stdin"
    key_line = ssh_server.user_key.splitlines()[2]
    command = remote(
        "secret",
        ssh_server.connection(password={"secret": CANARY}),
        create=f"cat > {stdin}; touch {started}; until test -e {go}; do sleep 0.05; done",
        stdin={"secret": CANARY},
        environment={"ACCEPTED_SECRET": {"secret": CANARY}},
    )
    project.declare(command)
    update = project.start(*UP, "--stack", STACK)
    until(started.exists)
    running = b"\n".join(process_arguments().values()).decode("utf-8", "replace")
    go.touch()
    said, _ = update.communicate(timeout=60)
    assert update.returncode == 0, said
    assert stdin.read_text() == CANARY
    # A failure, whose text is longer: with an update that cannot log in, too
    command["inputs"]["create"] = "exit 7"
    project.declare(command)
    said += project.failing_up()
    command["inputs"]["connection"]["private_key"] = f"{CANARY} is no key"
    project.declare(command)
    said += project.failing_up()

    assert "pulumi" in running
    for place in (running, said, project.exported(), project.stored(), ssh_server.log):
        assert CANARY not in place
        assert key_line not in place
    # What these places show of what is no secret
    project.declare(remote("clear", ssh_server.connection(), create="cat", stdin=CANARY))
    assert CANARY in project.up().text
    assert CANARY in project.exported()
    assert CANARY in project.stored()


def test_outputs_are_secret_only_where_the_program_says_so(project: Project, ssh_server: Server) -> None:
    """As officially: a secret stdin does not make stdout a secret."""
    plain = remote("plain", ssh_server.connection(), create="cat", stdin={"secret": "word"}, logging="none")
    marked = {**plain, "name": "marked", "options": {"additional_secret_outputs": ["stdout"]}}
    project.declare(plain, marked)
    project.up()
    shown = json.loads(project.well("stack", "output", "--json", "--stack", STACK).text)
    assert (shown["plain"]["stdout"], shown["marked"]["stdout"]) == ("word", "[secret]")


def test_lines_are_logged_as_asked(project: Project, ssh_server: Server) -> None:
    create = "echo to-out; sleep 0.3; echo to-err >&2; sleep 0.3"  # apart, so that the engine shows both
    connection = ssh_server.connection()
    project.declare(*(remote(name, connection, create=create, **settings) for name, settings in MODES.items()))
    progress = project.up().text.partition("Outputs:")[0].splitlines()
    shown = {
        (name, word)
        for line in progress
        for name in MODES
        for word in ("to-out", "to-err")
        if f"Command {name} " in line and line.rstrip().endswith(word)
    }
    assert shown == {
        *((name, "to-out") for name in ("default", "out", "both")),
        *((name, "to-err") for name in ("default", "err", "both")),
    }
    assert list(project.outputs().values()) == [{"stdout": "to-out", "stderr": "to-err"}] * len(MODES)


def test_a_line_is_shown_while_its_command_runs(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    go = tmp_path / "go"
    project.declare(
        remote("one", ssh_server.connection(), create=f"echo early; until test -e {go}; do sleep 0.05; done")
    )
    update = project.start(*UP, "--stack", STACK)
    assert update.stdout is not None
    assert any(line.rstrip().endswith("early") for line in update.stdout)
    assert update.poll() is None
    go.touch()
    update.communicate(timeout=60)
    assert update.returncode == 0


def test_a_line_on_which_the_official_plugin_would_hang_is_an_error(project: Project, ssh_server: Server) -> None:
    long = "head -c 70000 /dev/zero | tr '\\0' x"
    project.declare(
        remote("logged", ssh_server.connection(), create=long),
        remote("quiet", ssh_server.connection(), create=long, logging="stderr"),
    )
    assert "longer than 64 KiB" in project.failing_up("--continue-on-error")
    assert len(project.state("quiet")["outputs"]["stdout"]) == 70000
    assert project.resource("logged") is None
