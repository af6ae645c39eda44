"""The stand-in for the `command` plugin under the real engine, against real OpenSSH servers on this machine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.engine import sshd
from tests.engine.community import process_arguments, until
from tests.engine.project import STACK, UP, Project, descendants
from tests.engine.sshd import Server
from tests.ports import free_port

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with sshd.server(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder)


def remote(name: str, connection: dict[str, Any], *, options: dict[str, Any] | None = None, **inputs: Any) -> Any:
    return {
        "type": "remote.Command",
        "name": name,
        "inputs": {"connection": connection, **inputs},
        "options": options or {},
    }


# The life of a remote command


def test_a_command_runs_once_and_its_output_is_kept(project: Project, server: Server) -> None:
    project.declare(
        remote(
            "hello",
            server.connection(),
            create="echo out; echo err >&2; cat; echo $ACCEPTED_WORD; printf 'last\\n\\n'",
            stdin="from stdin\n",
            environment={"ACCEPTED_WORD": "from environment"},
        ),
        remote("idle", server.connection()),
    )
    assert "stdout: [unknown]" in project.preview().text
    assert project.connections() == []

    assert project.up().changes == {"created": 3}
    assert project.outputs()["hello"] == {
        "stdout": "out\nfrom stdin\nfrom environment\nlast\n",  # one newline is taken off
        "stderr": "err",
    }
    assert project.outputs()["idle"] == {"stdout": "", "stderr": ""}
    [line] = project.connections()  # nothing to run, nobody to connect to
    assert line.startswith(f"127.0.0.1:{server.port} urn:")
    assert line.endswith("::hello")

    assert project.up().changes == {}
    assert project.refresh().changes == {}
    assert len(project.connections()) == 1


def test_update_runs_in_place_with_what_was_printed_before(project: Project, server: Server, tmp_path: Path) -> None:
    said = tmp_path / "said"
    both: Any = {"create": "echo created", "update": f'echo "updated after $PULUMI_COMMAND_STDOUT" | tee {said}'}
    create_only: Any = {"create": f'cat >> {said}.again; echo "previous: <$PULUMI_COMMAND_STDOUT>"'}

    def declare(stdin: str) -> None:
        project.declare(
            remote("both", server.connection(), stdin=stdin, **both),
            remote("again", server.connection(), stdin=stdin, **create_only),
            remote("without", server.connection(), stdin=stdin, add_previous_output_in_env=False, **create_only),
            remote("dependent", server.connection(), create="cat", stdin={"output": "both.stdout"}),
        )

    declare("one\n")
    project.up()
    identities = [project.state(name)["id"] for name in ("both", "again")]
    declare("two\n")
    assert re.search(r'stdin *: "created" => \[unknown\]', project.preview("--diff").text)
    assert project.up().changes == {"updated": 4}

    outputs = project.outputs()
    assert outputs["both"]["stdout"] == "updated after created"
    assert outputs["again"]["stdout"] == "previous: <previous: <>>"
    assert outputs["without"]["stdout"] == "previous: <>"
    assert sorted(Path(f"{said}.again").read_text().split()) == ["one", "one", "two", "two"]
    assert [project.state(name)["id"] for name in ("both", "again")] == identities
    assert outputs["dependent"]["stdout"] == "updated after created"
    assert len(project.connections()) == 8


@pytest.mark.parametrize(
    "change",
    [
        {"connection": {"dial_error_limit": 1}},
        {"logging": "none"},
        {"delete": "true"},
        {"environment": {"ACCEPTED_A": "1"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_change_but_a_trigger_is_an_update(project: Project, server: Server, change: dict[str, Any]) -> None:
    project.declare(remote("one", server.connection(), create="date +%N", triggers=["kept"]))
    project.up()
    inputs = {**change, "connection": server.connection(**change.get("connection", {}))}
    project.declare(remote("one", **inputs, create="date +%N", triggers=["kept"]))
    assert project.up().changes == {"updated": 1}


def test_a_trigger_replaces(project: Project, server: Server, tmp_path: Path) -> None:
    told = tmp_path / "told"

    def declare(*triggers: Any) -> None:
        inputs = {
            "create": f"echo create >> {told}",
            "update": f"echo update >> {told}",
            "delete": f"echo delete >> {told}",
        }
        project.declare(remote("one", server.connection(), **inputs, triggers=list(triggers)))

    declare("a", 1)
    project.up()
    before = project.state("one")["id"]
    for triggers in (("a", 2), ("a", 2, "more"), ("a",)):
        told.unlink()
        declare(*triggers)
        assert project.up().changes == {"replaced": 1}
        assert told.read_text().split() == ["create", "delete"]
    assert project.state("one")["id"] != before
    declare("a")
    assert project.up().changes == {}


def test_delete_runs_with_the_last_output_and_only_where_there_is_one(
    project: Project, server: Server, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    project.declare(
        remote(
            "with", server.connection(), create="echo kept", delete=f'echo "deleted $PULUMI_COMMAND_STDOUT" > {told}'
        ),
        remote("without", server.connection(), create="echo nothing"),
    )
    project.up()
    assert project.destroy().changes == {"deleted": 3}
    assert told.read_text() == "deleted kept\n"
    assert len(project.connections()) == 3


# Failures


def test_a_failing_command_says_what_the_official_plugin_says(project: Project, server: Server) -> None:
    project.declare(
        remote("status", server.connection(), create='echo "said"; echo why >&2; exit 3'),
        remote("signal", server.connection(), create="kill -TERM $$"),
        remote("refused", server.connection(), create="touch /should-not-run", environment={"REFUSED": "x"}),
        remote("good", server.connection(), create="true"),
    )
    said = project.failing_up("--continue-on-error")
    assert 'Process exited with status 3: running "echo \\"said\\"; echo why >&2; exit 3":\n' in said
    assert "\n    said\n    why\n" in said
    assert 'Process exited with status 143 from signal TERM: running "kill -TERM $$"' in said
    assert "Unable to set 'REFUSED'. This only works if your SSH server is configured to accept" in said
    assert 'could not set environment variable "REFUSED": ssh: setenv failed' in said
    assert not Path("/should-not-run").exists()
    assert [project.resource(name) is not None for name in ("status", "signal", "refused", "good")] == [False] * 3 + [
        True
    ]


def test_a_failed_update_is_tried_again(project: Project, server: Server, tmp_path: Path) -> None:
    obstacle = tmp_path / "obstacle"
    project.declare(remote("one", server.connection(), create="echo first"))
    project.up()
    obstacle.touch()
    project.declare(remote("one", server.connection(), create=f"test ! -e {obstacle} && echo second"))
    assert "Process exited with status 1" in project.failing_up()
    assert project.state("one")["outputs"]["stdout"] == "first"
    obstacle.unlink()
    assert project.up().changes == {"updated": 1}
    assert project.outputs()["one"]["stdout"] == "second"


def test_a_variable_the_server_refuses_is_only_a_warning_for_the_previous_output(
    project: Project, tmp_path: Path
) -> None:
    with sshd.server(tmp_path / "strict", accepts="") as strict:
        project.declare(remote("one", strict.connection(), create="echo first"))
        project.up()
        project.declare(remote("one", strict.connection(), create='echo "second <$PULUMI_COMMAND_STDOUT>"'))
        assert "warning: Unable to set 'PULUMI_COMMAND_STDOUT'." in project.up().text
        assert project.outputs()["one"]["stdout"] == "second <>"
        inputs: Any = {"create": "echo third", "add_previous_output_in_env": False}
        project.declare(remote("one", strict.connection(), **inputs))
        assert "Unable to set" not in project.up().text


# Connections


def test_who_is_let_in_and_whom_it_trusts(project: Project, server: Server, tmp_path: Path) -> None:
    for name, kind in (("other", "ed25519"), ("ecdsa", "ecdsa"), ("rsa", "rsa")):
        sshd.generate_key(tmp_path / name, kind=kind)
    extra = "".join(f"HostKey {tmp_path / name}\n" for name in ("ecdsa", "rsa"))
    sshd.generate_key(tmp_path / "locked", passphrase="a pass phrase")
    keys = {name: (tmp_path / name).read_text() for name in ("other", "locked")}
    public = {name: (tmp_path / f"{name}.pub").read_text().strip() for name in ("other", "ecdsa", "rsa", "locked")}
    ran = tmp_path / "ran"

    with sshd.server(tmp_path / "sshd", extra) as several:
        several.allow(public["locked"])
        cases: dict[str, dict[str, Any]] = {
            "not-pinned": {"host_key": None},
            "ed25519": {"host_key": several.host_key},
            "ecdsa": {"host_key": public["ecdsa"]},
            "known-hosts": {"host_key": f"127.0.0.1 {public['ecdsa']}"},
            "passphrase": {
                "private_key": {"secret": keys["locked"]},
                "private_key_password": {"secret": "a pass phrase"},
            },
            "wrong-host": {"host_key": public["other"]},
            "rsa": {"host_key": public["rsa"]},
            "no-host-key": {"host_key": "not a key"},
            "wrong-user": {"private_key": keys["other"]},
            "no-key": {"private_key": "not a key"},
            "locked": {"private_key": keys["locked"]},
            "wrong-passphrase": {
                "private_key": {"secret": keys["locked"]},
                "private_key_password": {"secret": "wrong"},
            },
            "nobody": {"port": free_port()},
        }
        project.declare(
            *(remote(name, several.connection(**case), create=f"echo {name} >> {ran}") for name, case in cases.items())
        )
        said = project.failing_up("--continue-on-error")

    assert sorted(ran.read_text().split()) == ["ecdsa", "ed25519", "known-hosts", "not-pinned", "passphrase"]
    for expected in (
        "after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch",
        "ssh: handshake failed: ssh: no common algorithm for host key; we offered: [ssh-rsa]",
        "failed to parse host key: ssh: no key found",
        "ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
        "error: ssh: no key found",
        "ssh: this private key is passphrase protected",
        "x509: decryption password incorrect",
        f"dial tcp 127.0.0.1:{cases['nobody']['port']}: connect: connection refused",
    ):
        assert expected in said, expected
    assert len(project.connections()) == 5


def test_dialling_is_tried_again(project: Project, server: Server, tmp_path: Path) -> None:
    port = free_port()
    project.declare(remote("late", server.connection(port=port, host_key=None, dial_error_limit=-1), create="echo in"))
    update = project.start(*UP, "--stack", STACK)
    assert update.stdout is not None
    for line in update.stdout:
        if "Dial 2/inf failed: retrying" in line:
            break
    with sshd.server(tmp_path / "late", port=port) as late:
        late.allow((server.folder / "user.pub").read_text())
        update.communicate(timeout=60)
    assert update.returncode == 0
    assert project.outputs()["late"]["stdout"] == "in"


def test_the_agent_is_asked_where_there_is_no_key(project: Project, server: Server, tmp_path: Path) -> None:
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        until(socket.exists)
        environ = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
        subprocess.run(["ssh-add", "-q", str(server.folder / "user")], check=True, env=environ)
        agentless = server.connection(private_key=None)
        project.declare(
            remote("agent", {**agentless, "agent_socket_path": str(socket)}, create="echo by agent"),
            remote("nobody", agentless, create="true"),
            remote("no-agent", {**agentless, "agent_socket_path": f"{socket}.not"}, create="true"),
        )
        said = project.failing_up("--continue-on-error")
    finally:
        agent.terminate()
        agent.wait()
    assert "ssh: unable to authenticate, attempted methods [none], no supported methods remain" in said
    assert f"dial unix {socket}.not: connect: no such file or directory" in said
    assert project.state("agent")["outputs"]["stdout"] == "by agent"


def test_through_a_jump_host(project: Project, server: Server, tmp_path: Path) -> None:
    with (
        sshd.server(tmp_path / "jump") as jump,
        sshd.server(tmp_path / "closed", "AllowTcpForwarding no\n") as closed,
    ):
        project.declare(
            remote("inside", server.connection(proxy=jump.connection()), create="echo $SSH_CONNECTION"),
            remote("refused", server.connection(proxy=closed.connection()), create="true"),
            remote("stranger", server.connection(proxy=jump.connection(host_key=server.host_key)), create="true"),
        )
        said = project.failing_up("--continue-on-error")
        assert "proxy: after 0 failed attempts: " in said
        assert "proxy: after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch" in said
        opened = [line.split()[0] for line in project.connections() if line.endswith("::inside")]
        assert opened == [f"127.0.0.1:{jump.port}", f"127.0.0.1:{server.port}"]
        # The target's peer is a socket of the jump host's sshd, not one of the plugin's.
        assert project.state("inside")["outputs"]["stdout"].split()[3] == str(server.port)
        assert not [line for line in project.connections() if line.endswith(("::stranger",))]


# Secrets and logs


def test_no_secret_is_left_anywhere(project: Project, server: Server, tmp_path: Path) -> None:
    canary, go, started = "canary-7f3a", tmp_path / "go", tmp_path / "started"
    key_line = server.user_key.splitlines()[2]
    create = f"cat > {tmp_path}/stdin; touch {started}; until test -e {go}; do sleep 0.05; done"
    project.declare(
        remote(
            "secret",
            server.connection(password={"secret": canary}),
            create=create,
            stdin={"secret": canary},
            environment={"ACCEPTED_SECRET": {"secret": canary}},
        ),
    )
    update = project.start(*UP, "--stack", STACK)
    until(started.exists)
    running = b"\n".join(process_arguments().values())
    go.touch()
    said, _ = update.communicate(timeout=60)
    assert update.returncode == 0, said
    assert (tmp_path / "stdin").read_text() == canary
    project.declare(remote("secret", server.connection(), create="echo again; exit 7", stdin={"secret": canary}))
    said += project.failing_up()
    for place in (running.decode("utf-8", "replace"), said, project.exported(), server.log, project.stored()):
        assert canary not in place
        assert key_line not in place
    assert b"pulumi" in running
    # What the checks above would see: the same in clear
    project.declare(remote("clear", server.connection(), create="cat", stdin=canary))
    assert canary in project.up().text
    assert canary in project.exported()


def test_outputs_are_secret_only_where_the_program_says_so(project: Project, server: Server) -> None:
    """As officially: a secret stdin does not make stdout a secret."""
    for name, options in (("plain", {}), ("marked", {"additional_secret_outputs": ["stdout"]})):
        project.declare(
            remote(name, server.connection(), options=options, create="cat", stdin={"secret": "word"}, logging="none")
        )
        project.up()
        outputs = json.loads(project.well("stack", "output", "--json", "--stack", STACK).text)
        assert outputs[name]["stdout"] == ("word" if name == "plain" else "[secret]")


@pytest.mark.parametrize("mode", [None, "stdout", "stderr", "stdoutAndStderr", "none"])
def test_lines_are_logged_as_asked(project: Project, server: Server, mode: str | None) -> None:
    settings = {} if mode is None else {"logging": mode}
    project.declare(
        remote("one", server.connection(), create="echo to-out; sleep 0.3; echo to-err >&2; sleep 0.3", **settings)
    )
    progress = project.up().text.partition("Outputs:")[0]
    assert ("to-out" in progress) == (mode in (None, "stdout", "stdoutAndStderr"))
    assert ("to-err" in progress) == (mode in (None, "stderr", "stdoutAndStderr"))
    assert project.outputs()["one"] == {"stdout": "to-out", "stderr": "to-err"}


def test_a_line_is_shown_while_its_command_runs(project: Project, server: Server, tmp_path: Path) -> None:
    go = tmp_path / "go"
    project.declare(remote("one", server.connection(), create=f"echo early; until test -e {go}; do sleep 0.05; done"))
    update = project.start(*UP, "--stack", STACK)
    assert update.stdout is not None
    assert any(line.rstrip().endswith("early") for line in update.stdout)
    assert update.poll() is None
    go.touch()
    update.communicate(timeout=60)
    assert update.returncode == 0


def test_a_line_on_which_the_official_plugin_would_hang_is_an_error(project: Project, server: Server) -> None:
    long = "head -c 70000 /dev/zero | tr '\\0' x"
    project.declare(
        remote("logged", server.connection(), create=long),
        remote("quiet", server.connection(), create=long, logging="stderr"),
    )
    said = project.failing_up("--continue-on-error")
    assert "longer than 64 KiB" in said
    assert len(project.state("quiet")["outputs"]["stdout"]) == 70000


# Interruptions


def test_ctrl_c_lets_a_running_command_end_and_starts_nothing_more(
    project: Project, server: Server, tmp_path: Path
) -> None:
    go, started, runs = tmp_path / "go", tmp_path / "started", tmp_path / "runs"
    create = f"echo run >> {runs}; touch {started}; until test -e {go}; do sleep 0.05; done; echo done"
    project.declare(
        remote("first", server.connection(), create=create),
        remote("second", server.connection(), create="echo after", options={"depends_on": ["first"]}),
    )
    update = project.start(*UP, "--stack", STACK)
    until(started.exists)
    update.send_signal(signal.SIGINT)
    assert update.stdout is not None
    go.touch()
    said, _ = update.communicate(timeout=60)
    assert update.returncode != 0, said
    assert project.state("first")["outputs"]["stdout"] == "done"
    assert project.resource("second") is None

    assert project.up().changes == {"created": 1}
    assert runs.read_text().split() == ["run"]
    assert project.outputs()["second"]["stdout"] == "after"


def test_ctrl_c_ends_dialling(project: Project, server: Server) -> None:
    project.declare(remote("never", server.connection(port=free_port(), dial_error_limit=-1), create="true"))
    update = project.start(*UP, "--stack", STACK)
    assert update.stdout is not None
    assert any("Dial 2/inf failed: retrying" in line for line in update.stdout)
    update.send_signal(signal.SIGINT)
    said, _ = update.communicate(timeout=60)
    assert update.returncode != 0
    assert "context canceled" in said
    assert project.resource("never") is None


def test_a_custom_timeout_ends_dialling(project: Project, server: Server) -> None:
    connection = server.connection(port=free_port(), dial_error_limit=-1)
    project.declare(remote("never", connection, create="true", options={"custom_timeouts": {"create": "1s"}}))
    assert "context deadline exceeded" in project.failing_up()


def test_the_plugin_ends_with_a_killed_engine(project: Project, server: Server, tmp_path: Path) -> None:
    started = tmp_path / "started"
    script = f"touch {started}; sleep 300"
    project.declare(remote("one", server.connection(), create=script))
    update = project.start(*UP, "--stack", STACK)
    until(started.exists)
    children = descendants(update.pid)
    arguments = process_arguments()
    plugins = [pid for pid in children if b"command.server" in arguments.get(pid, b"")]
    assert plugins
    update.kill()
    try:
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in plugins))
    finally:
        for pid in children:  # the language host notices it only minutes later
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    update.communicate(timeout=60)

    project.well("cancel", "--yes", "--stack", STACK)
    project.declare(remote("one", server.connection(), create="echo whole"))
    assert "created" in project.up().changes
    assert project.outputs()["one"]["stdout"] == "whole"
