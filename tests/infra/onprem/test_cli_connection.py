"""SSH to the hosts, with a real sshd."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from tests.infra.onprem.inventory import ADDRESSES, inventory
from tests.infra.onprem.sshd import Sshd, keygen, sshd
from tests.ports import free_port

from archive_platform.config.onprem import Host, Jump, OnPrem
from archive_platform.errors import HostError
from archive_platform.onprem.connection import Connection, Connections, Result, on_each

T = TypeVar("T")


def on_first(settings: OnPrem, work: Callable[[Connection], Awaitable[T]], seconds: float = 10) -> T:
    """What the work makes of a connection to the first host."""

    async def go() -> T:
        async with Connections(settings, seconds) as connections, connections.to(settings.hosts[0]) as opened:
            return await work(opened)

    return asyncio.run(go())


def run(settings: OnPrem, command: str, stdin: str = "", seconds: float = 10) -> Result:
    return on_first(settings, lambda opened: opened.run(command, stdin, seconds))


def test_a_command_gets_its_input_and_returns_both_outputs_and_its_code(server: Sshd) -> None:
    done = run(inventory(server), "cat; echo 진행 >&2; exit 7", stdin="안녕")
    assert (done.code, done.out, done.err, done.reason) == (7, "안녕", "진행\n", "진행")


def test_several_commands_take_one_connection(server: Sshd) -> None:
    async def three(opened: Connection) -> list[str]:
        return [(await opened.run(f"echo {number}")).out for number in range(3)]

    before = server.connections(ADDRESSES[0])
    assert on_first(inventory(server), three) == ["0\n", "1\n", "2\n"]
    assert server.connections(ADDRESSES[0]) == before + 1


def test_a_host_whose_key_was_not_learned_is_refused_before_anything_is_sent(server: Sshd) -> None:
    settings = inventory(server)
    unpinned = settings.model_copy(update={"ssh": settings.ssh.model_copy(update={"host_key": None})})
    before = server.connections(ADDRESSES[0])
    with pytest.raises(HostError, match=r"^cp1: its host key is not known yet. Learn it with: archive trust onprem$"):
        run(unpinned, "true")
    assert server.connections(ADDRESSES[0]) == before


def test_another_key_than_the_pinned_one_is_refused_before_logging_in(server: Sshd, tmp_path: Path) -> None:
    keygen(tmp_path / "other")
    wrong = (tmp_path / "other.pub").read_text().strip()
    before = server.logins()
    with pytest.raises(
        HostError, match=r"does not show the host key that is pinned.*archive trust onprem --replace cp1"
    ):
        run(inventory(server, cp1={"ssh": {"hostKey": wrong}}), "true")
    assert server.logins() == before


def test_a_server_without_a_key_of_the_pinned_kind_is_refused(server: Sshd, tmp_path: Path) -> None:
    # Who notices first, the client or the server, is left to chance
    with (
        sshd(tmp_path, ADDRESSES, ["ed25519"]) as other,
        pytest.raises(HostError, match=r"no host key of the pinned kind|not show the host key that is pinned"),
    ):
        run(inventory(other, cp1={"ssh": {"hostKey": server.host_key("ecdsa")}}), "true")


def test_any_of_the_server_s_keys_may_be_pinned(server: Sshd) -> None:
    assert run(inventory(server, cp1={"ssh": {"hostKey": server.host_key("ecdsa")}}), "echo in").out == "in\n"


def test_a_refused_login_is_told(server: Sshd, tmp_path: Path) -> None:
    other = keygen(tmp_path / "other")
    with pytest.raises(HostError, match=r"cp1 \(127.0.77.11:\d+\): it refuses the key of .*authorized_keys") as caught:
        run(inventory(server, cp1={"ssh": {"privateKey": other}}), "true")
    assert other.splitlines()[1] not in str(caught.value)


def test_a_host_that_is_down_is_told(server: Sshd) -> None:
    with pytest.raises(HostError, match=r"cannot be reached: Connect.*power"):
        run(inventory(server, cp1={"ssh": {"port": free_port()}}), "true")


def test_a_host_that_never_answers_is_given_up(server: Sshd) -> None:
    with socket.create_server((ADDRESSES[0], 0)) as silent:
        settings = inventory(server, cp1={"ssh": {"port": silent.getsockname()[1]}})
        with pytest.raises(HostError, match=r"no connection within 0.5 s"):
            on_first(settings, lambda opened: opened.run("true"), seconds=0.5)


def test_a_command_that_does_not_end_is_given_up_and_the_connection_lives_on(server: Sshd) -> None:
    async def work(opened: Connection) -> str:
        with pytest.raises(HostError, match=r"cp1: the command did not end within 0.3 s"):
            await opened.run("sleep 30", seconds=0.3)
        return (await opened.run("echo still here")).out

    assert on_first(inventory(server), work) == "still here\n"


def test_a_host_that_fails_does_not_hide_the_others(server: Sshd) -> None:
    settings = inventory(server, w2={"ssh": {"port": free_port()}})

    async def go() -> dict[str, str | HostError]:
        async with Connections(settings) as connections:

            async def name(host: Host) -> str:
                async with connections.to(host) as opened:
                    return (await opened.run(f"echo {opened.server.name}")).out.strip()

            return await on_each(settings.hosts, name)

    found = asyncio.run(go())
    assert isinstance(found.pop("w2"), HostError)
    assert found == {name: name for name in found}
    assert len(found) == len(ADDRESSES) - 1


def test_secrets_of_the_settings_are_hidden_in_everything_a_host_says(server: Sshd) -> None:
    line = server.private_key.splitlines()[2]
    done = run(inventory(server), "cat; cat >&2 <<< x; echo $0", stdin=f"begin {line} end\n{server.private_key}")
    assert line not in done.out
    assert "begin [secret] end" in done.out
    assert server.private_key.splitlines()[-2] not in done.out


# The agent and the jump host


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An SSH agent without a key."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
    yield path
    process.terminate()
    process.wait()


def without_key(settings: OnPrem, **values: object) -> OnPrem:
    return settings.model_copy(update={"ssh": settings.ssh.model_copy(update={"private_key": None, **values})})


def test_the_agent_s_key_is_used(server: Sshd, agent: Path) -> None:
    settings = without_key(inventory(server), agent=True)
    with pytest.raises(HostError, match=r"the SSH agent has no key. Load one: ssh-add"):
        run(settings, "true")
    subprocess.run(["ssh-add", "-q", server.folder / "client"], check=True)
    assert run(settings, "echo in").out == "in\n"


def test_without_any_key_the_mend_is_told(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(HostError, match=r"no key to log in with. Set one with: pulumi config set --secret"):
        run(without_key(inventory(server)), "true")


def test_a_dead_agent_is_told(server: Sshd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "nothing"))
    with pytest.raises(HostError, match="the SSH agent at SSH_AUTH_SOCK does not answer"):
        run(without_key(inventory(server), agent=True), "true")


def behind(server: Sshd, jump: Sshd, **changes: object) -> OnPrem:
    """All hosts behind the jump host, whose own key is used there."""
    values = {
        "address": jump.addresses[0],
        "port": jump.port,
        "user": jump.user,
        "hostKey": jump.host_key(),
        "privateKey": jump.private_key,
        **changes,
    }
    settings = inventory(server)
    through = Jump.model_validate(values)
    return settings.model_copy(update={"ssh": settings.ssh.model_copy(update={"jump": through})})


def test_ten_hosts_share_one_connection_to_their_jump_host(server: Sshd, tmp_path: Path) -> None:
    with sshd(tmp_path / "jump") as jump:
        settings = behind(server, jump)
        before = {address: server.connections(address) for address in ADDRESSES}

        async def go() -> dict[str, str | HostError]:
            async with Connections(settings) as connections:

                async def greet(host: Host) -> str:
                    async with connections.to(host) as opened:
                        return (await opened.run("echo in")).out

                return await on_each(settings.hosts, greet)

        assert set(asyncio.run(go()).values()) == {"in\n"}
        assert jump.connections("127.0.0.1") == 1
        assert {address: server.connections(address) for address in ADDRESSES} == {
            address: count + 1 for address, count in before.items()
        }


def test_a_jump_host_with_another_key_is_refused(server: Sshd, tmp_path: Path) -> None:
    with sshd(tmp_path / "jump") as jump:
        settings = behind(server, jump, hostKey=server.host_key())
        with pytest.raises(
            HostError, match=r"cp1: behind the jump host 127.0.0.1 .*not show the host key that is pinned"
        ):
            run(settings, "true")
        assert jump.logins() == 0


def test_a_host_that_the_jump_host_cannot_reach_is_told(server: Sshd, tmp_path: Path) -> None:
    with (
        sshd(tmp_path / "jump", options=["AllowTcpForwarding no"]) as jump,
        pytest.raises(HostError, match="the jump host cannot reach it"),
    ):
        run(behind(server, jump), "true")


def test_ctrl_c_ends_without_a_traceback_and_without_waiting(server: Sshd, tmp_path: Path) -> None:
    """A program of its own, since the signal goes to the main thread."""
    program = tmp_path / "program.py"
    program.write_text(
        f"""
import asyncio, sys
from pathlib import Path
from archive_platform.onprem.connection import Connections
from tests.infra.onprem.inventory import inventory
from tests.infra.onprem.sshd import Sshd

folder = Path({str(server.folder)!r})
key = (folder / "client").read_text()
settings = inventory(Sshd(folder, {server.addresses!r}, {server.port}, key, {server.user!r}))

async def go():
    async with Connections(settings) as connections, connections.to(settings.hosts[0]) as opened:
        await opened.run("echo begun > {tmp_path}/begun; sleep 30")

try:
    asyncio.run(go())
except KeyboardInterrupt:
    sys.exit(130)
"""
    )
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    process = subprocess.Popen([sys.executable, program], env=environment, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while not (tmp_path / "begun").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=15)
    assert (process.returncode, complaint) == (130, b"")


def test_the_settings_of_the_user_s_ssh_are_left_aside(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text("Host *\n  Port 1\n  User nobody\n  ProxyJump nowhere.invalid\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run(inventory(server), "echo in").out == "in\n"


def test_the_reason_of_a_failure_is_its_last_lines() -> None:
    assert Result(1, "", "one\n\ntwo\nthree\nfour\n").reason == "two; three; four"
    assert Result(1, "out", " \n").reason == "it said nothing"
