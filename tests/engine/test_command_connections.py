"""How the stand-in for the `command` plugin connects: keys, host keys, agent, retries, jump hosts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.engine import sshd
from tests.engine.community import until
from tests.engine.project import STACK, UP, Project, remote
from tests.engine.sshd import Server
from tests.ports import free_port

pytestmark = pytest.mark.slow

PASSPHRASE = "a pass phrase"
ENTER = ["ecdsa", "ed25519", "known-hosts", "not-pinned", "passphrase"]


def cases(server: Server, public: dict[str, str], private: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Changes of a good connection; those in ENTER stay good."""
    return {
        "not-pinned": {"host_key": None},
        "ed25519": {"host_key": server.host_key},
        "ecdsa": {"host_key": public["ecdsa"]},
        "known-hosts": {"host_key": f"127.0.0.1 {public['ecdsa']}"},
        "passphrase": {"private_key": private["locked"], "private_key_password": PASSPHRASE},
        "wrong-host": {"host_key": public["other"]},
        "rsa": {"host_key": public["rsa"]},
        "no-host-key": {"host_key": "not a key"},
        "wrong-user": {"private_key": private["other"]},
        "no-key": {"private_key": "not a key"},
        "locked": {"private_key": private["locked"]},
        "wrong-passphrase": {"private_key": private["locked"], "private_key_password": "wrong"},
        "nobody": {"port": free_port()},
    }


def test_who_is_let_in_and_whom_it_trusts(project: Project, tmp_path: Path) -> None:
    for name, kind in (("other", "ed25519"), ("ecdsa", "ecdsa"), ("rsa", "rsa")):
        sshd.generate_key(tmp_path / name, kind=kind)
    sshd.generate_key(tmp_path / "locked", passphrase=PASSPHRASE)
    private = {name: (tmp_path / name).read_text() for name in ("other", "locked")}
    public = {name: (tmp_path / f"{name}.pub").read_text().strip() for name in ("other", "ecdsa", "rsa", "locked")}
    ran = tmp_path / "ran"

    with sshd.server(tmp_path / "sshd", "".join(f"HostKey {tmp_path / name}\n" for name in ("ecdsa", "rsa"))) as server:
        server.allow(public["locked"])
        tried = {name: server.connection(**case) for name, case in cases(server, public, private).items()}
        project.declare(*(remote(name, to, create=f"echo {name} >> {ran}") for name, to in tried.items()))
        said = project.failing_up("--continue-on-error")

    assert sorted(ran.read_text().split()) == ENTER
    assert len(project.connections()) == len(ENTER)
    for expected in (
        "after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch",
        "ssh: handshake failed: ssh: no common algorithm for host key; we offered: [ssh-rsa]",
        "failed to parse host key: ssh: no key found",
        "ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
        "error: ssh: no key found",
        "ssh: this private key is passphrase protected",
        "x509: decryption password incorrect",
        f"dial tcp 127.0.0.1:{tried['nobody']['port']}: connect: connection refused",
    ):
        assert expected in said, expected


def test_dialling_is_tried_again(project: Project, tmp_path: Path) -> None:
    port = free_port()
    sshd.generate_key(tmp_path / "user")
    connection = {"host": "127.0.0.1", "port": port, "private_key": (tmp_path / "user").read_text()}
    connection |= {"user": sshd.USER, "dial_error_limit": -1}
    project.declare(remote("late", connection, create="echo in"))
    update = project.start(*UP, "--stack", STACK)
    assert update.stdout is not None
    assert any("Dial 2/inf failed: retrying" in line for line in update.stdout)
    with sshd.server(tmp_path / "late", port=port) as late:
        late.allow((tmp_path / "user.pub").read_text())
        update.communicate(timeout=60)
    assert update.returncode == 0
    assert project.outputs()["late"]["stdout"] == "in"


def test_the_dial_error_limit_counts_the_tries_after_the_first(project: Project) -> None:
    project.declare(remote("nobody", {"host": "127.0.0.1", "port": free_port(), "dial_error_limit": 2}, create="true"))
    said = project.failing_up()
    assert "Dial 2/2 failed: retrying" in said
    assert "after 2 failed attempts: dial tcp" in said


def test_the_agent_is_asked_where_there_is_no_key(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    socket, keyless = tmp_path / "agent", ssh_server.connection(private_key=None)
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        until(socket.exists)
        environ = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
        subprocess.run(["ssh-add", "-q", str(ssh_server.folder / "user")], check=True, env=environ)
        project.declare(
            remote("agent", keyless | {"agent_socket_path": str(socket)}, create="echo by agent"),
            remote("nobody", keyless, create="true"),
            remote("no-agent", keyless | {"agent_socket_path": f"{socket}.not"}, create="true"),
            # A key is used alone, but the agent that is named has to answer all the same.
            remote("key", ssh_server.connection(agent_socket_path=f"{socket}.not"), create="true"),
        )
        said = project.failing_up("--continue-on-error")
    finally:
        agent.terminate()
        agent.wait()
    assert "ssh: unable to authenticate, attempted methods [none], no supported methods remain" in said
    assert said.count(f"error: dial unix {socket}.not: connect: no such file or directory") >= 2
    assert project.state("agent")["outputs"]["stdout"] == "by agent"
    assert project.resource("key") is None


def test_through_a_jump_host(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    sshd.generate_key(tmp_path / "stranger")
    stranger = (tmp_path / "stranger.pub").read_text()
    with (
        sshd.server(tmp_path / "jump") as jump,
        sshd.server(tmp_path / "closed", "AllowTcpForwarding no\n") as closed,
    ):
        project.declare(
            remote("inside", ssh_server.connection(proxy=jump.connection()), create="echo $SSH_CONNECTION"),
            remote("closed", ssh_server.connection(proxy=closed.connection()), create="true"),
            remote("wrong-jump", ssh_server.connection(proxy=jump.connection(host_key=stranger)), create="true"),
            remote("wrong-host", ssh_server.connection(proxy=jump.connection(), host_key=stranger), create="true"),
        )
        said = project.failing_up("--continue-on-error")
        assert said.count("error: proxy: after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch") >= 2
        assert "error: proxy: after 0 failed attempts: ssh: rejected: administratively prohibited (open failed)" in said
    opened: dict[str, list[int]] = {name: [] for name in ("inside", "closed", "wrong-jump", "wrong-host")}
    for line in project.connections():
        endpoint, _, urn = line.partition(" ")
        opened[urn.rpartition("::")[2]].append(int(endpoint.rpartition(":")[2]))
    assert opened == {
        "inside": [jump.port, ssh_server.port],
        "closed": [closed.port],
        "wrong-jump": [],
        "wrong-host": [jump.port],
    }
