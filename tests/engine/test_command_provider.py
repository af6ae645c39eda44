"""The stand-in for the `command` plugin under the real engine: the life of remote commands on a real OpenSSH server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.engine import sshd
from tests.engine.project import Project, remote
from tests.engine.sshd import Server

pytestmark = pytest.mark.slow


def test_a_command_runs_once_and_its_output_is_kept(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    project.declare(
        remote(
            "hello",
            ssh_server.connection(),
            create="echo out; echo err >&2; cat; echo $ACCEPTED_WORD; printf 'last\\n\\n'",
            stdin="from stdin\n",
            environment={"ACCEPTED_WORD": "from environment"},
        ),
        remote("idle", ssh_server.connection()),
        remote("empty", ssh_server.connection(), create="", stdin=f"touch {ran}\n"),
        remote("large", ssh_server.connection(), create="wc -c", stdin="x" * 3_000_000),
    )
    assert "stdout: [unknown]" in project.preview().text
    assert project.connections() == []

    assert project.up().changes == {"created": 5}
    assert project.outputs() == {
        "hello": {"stdout": "out\nfrom stdin\nfrom environment\nlast\n", "stderr": "err"},  # one newline is taken off
        "idle": {"stdout": "", "stderr": ""},
        "empty": {"stdout": "", "stderr": ""},
        "large": {"stdout": "3000000", "stderr": ""},
    }
    assert not ran.exists()
    lines = [line.split() for line in project.connections()]
    assert {endpoint for endpoint, _ in lines} == {f"127.0.0.1:{ssh_server.port}"}
    # idle has nothing to run, and nobody to connect to
    assert sorted(urn.rpartition("::")[2] for _, urn in lines) == ["empty", "hello", "large"]

    assert project.up().changes == {}
    assert project.refresh().changes == {}
    project.preview("--refresh", "--expect-no-changes")
    assert len(project.connections()) == 3


def test_update_runs_in_place_with_what_was_printed_before(project: Project, ssh_server: Server) -> None:
    connection, again = ssh_server.connection(), 'cat; echo "previous: <$PULUMI_COMMAND_STDOUT>"'

    def declare(stdin: str) -> None:
        update = 'echo "updated after $PULUMI_COMMAND_STDOUT"'
        project.declare(
            remote("both", connection, stdin=stdin, create="echo created", update=update),
            remote("again", connection, stdin=stdin, create=again),
            remote("without", connection, stdin=stdin, create=again, add_previous_output_in_env=False),
            remote("dependent", connection, create="cat", stdin={"output": "both.stdout"}),
        )

    declare("one\n")
    project.up()
    before = [project.state(name)["id"] for name in ("both", "again")]
    declare("two\n")
    previewed = project.preview("--diff").text
    assert re.search(r'stdin *: "created" => \[unknown\]', previewed), previewed
    assert project.up().changes == {"updated": 4}

    printed = {name: output["stdout"] for name, output in project.outputs().items()}
    assert printed == {
        "both": "updated after created",
        "again": "two\nprevious: <one\nprevious: <>>",
        "without": "two\nprevious: <>",
        "dependent": "updated after created",
    }
    assert [project.state(name)["id"] for name in ("both", "again")] == before
    assert len(project.connections()) == 8


def test_every_change_but_a_trigger_is_an_update(project: Project, ssh_server: Server) -> None:
    changes: dict[str, Any] = {
        "connection": ssh_server.connection(dial_error_limit=1),
        "logging": "none",
        "delete": "true",
        "environment": {"ACCEPTED_A": "1"},
        "create": "date +%N%N",
        "stdin": "",
    }
    same: dict[str, Any] = {"connection": ssh_server.connection(), "create": "date +%N", "triggers": ["kept"]}
    project.declare(*(remote(name, **same) for name in changes))
    project.up()
    project.declare(*(remote(name, **same | {name: change}) for name, change in changes.items()))
    assert project.up().changes == {"updated": len(changes)}
    assert len(project.connections()) == 2 * len(changes)


def test_a_trigger_replaces(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    told = tmp_path / "told"
    commands: Any = {verb: f"echo {verb} >> {told}" for verb in ("create", "update", "delete")}

    def declare(*triggers: Any) -> None:
        project.declare(remote("one", ssh_server.connection(), **commands, triggers=list(triggers)))

    declare("a", 1)
    project.up()
    before = project.state("one")["id"]
    for triggers in (("a", 2), ("a", 2, "more"), ("a",)):
        told.unlink()
        declare(*triggers)
        assert project.up().changes == {"replaced": 1}
        assert told.read_text().split() == ["create", "delete"]
    assert project.state("one")["id"] != before
    assert project.up().changes == {}


def test_delete_runs_with_the_last_output_where_there_is_one(
    project: Project, ssh_server: Server, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    delete = f'echo "deleted $PULUMI_COMMAND_STDOUT" > {told}'
    project.declare(
        remote("with", ssh_server.connection(), create="echo kept", delete=delete),
        remote("without", ssh_server.connection(), create="echo nothing"),
    )
    project.up()
    assert project.destroy().changes == {"deleted": 3}
    assert told.read_text() == "deleted kept\n"
    assert len(project.connections()) == 3


def test_a_failing_command_says_what_the_official_plugin_says(
    project: Project, ssh_server: Server, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    project.declare(
        remote("status", ssh_server.connection(), create='echo "said"; echo why >&2; exit 3'),
        remote("signal", ssh_server.connection(), create="kill -TERM $$"),
        remote("refused", ssh_server.connection(), create=f"touch {ran}", environment={"REFUSED": "x"}),
        remote("good", ssh_server.connection(), create="true"),
    )
    said = project.failing_up("--continue-on-error")
    assert 'Process exited with status 3: running "echo \\"said\\"; echo why >&2; exit 3":\n' in said
    assert "\n    said\n    why\n" in said or "\n    why\n    said\n" in said
    assert 'Process exited with status 143 from signal TERM: running "kill -TERM $$"' in said
    assert "Unable to set 'REFUSED'. This only works if your SSH server is configured to accept" in said
    assert 'could not set environment variable "REFUSED": ssh: setenv failed' in said
    assert not ran.exists()
    assert [name for name in ("status", "signal", "refused", "good") if project.resource(name)] == ["good"]


def test_a_failed_update_is_tried_again(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    obstacle = tmp_path / "obstacle"
    project.declare(remote("one", ssh_server.connection(), create="echo first"))
    project.up()
    obstacle.touch()
    project.declare(remote("one", ssh_server.connection(), create=f"test ! -e {obstacle} && echo second"))
    assert "Process exited with status 1" in project.failing_up()
    assert project.state("one")["outputs"]["stdout"] == "first"
    obstacle.unlink()
    assert project.up().changes == {"updated": 1}
    assert project.outputs()["one"]["stdout"] == "second"


def test_a_server_that_refuses_the_previous_output_is_only_warned_about(project: Project, tmp_path: Path) -> None:
    warning = "warning: Unable to set 'PULUMI_COMMAND_STDOUT'."
    with sshd.server(tmp_path / "strict", accepts="") as strict:
        project.declare(remote("one", strict.connection(), create="echo first"))
        project.up()
        project.declare(remote("one", strict.connection(), create='echo "second <$PULUMI_COMMAND_STDOUT>"'))
        assert warning in project.up().text
        assert project.outputs()["one"]["stdout"] == "second <>"
        quiet = remote("one", strict.connection(), create="echo third", add_previous_output_in_env=False)
        project.declare(quiet)
        assert warning not in project.up().text
