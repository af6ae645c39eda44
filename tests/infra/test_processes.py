"""Who a pid really is, and who holds a port."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from archive_platform.local.listening import cannot_listen, listen, port_holder
from archive_platform.local.processes import Process, end_leftovers


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["/bin/sleep", "600"], env={"MARK": "of-this-test"})
    yield process
    process.kill()
    process.wait()


def test_a_process_is_known_by_its_pid_and_its_start(sleeper: subprocess.Popen[bytes]) -> None:
    found = Process.of(sleeper.pid)
    assert found is not None
    assert found.alive
    assert Process.from_record(found.record()) == found


def test_a_recycled_pid_is_neither_believed_nor_killed(sleeper: subprocess.Popen[bytes]) -> None:
    former = Process(sleeper.pid, "another-boot-1")
    assert not former.alive
    former.signal(signal.SIGKILL)
    assert sleeper.poll() is None
    # the control: the real one is ended by the same call
    found = Process.of(sleeper.pid)
    assert found is not None
    found.signal(signal.SIGKILL)
    assert sleeper.wait(10) == -signal.SIGKILL


def test_a_zombie_is_dead() -> None:
    process = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert Process.of(process.pid) is None
    process.wait()


def test_waiting_for_an_end_says_whether_it_came(sleeper: subprocess.Popen[bytes]) -> None:
    found = Process.of(sleeper.pid)
    assert found is not None
    assert found.wait(0.05) is False
    sleeper.kill()
    assert found.wait(10) is True


def test_leftovers_are_known_by_their_environment(sleeper: subprocess.Popen[bytes]) -> None:
    assert end_leftovers("MARK=of-another-test") == []
    assert sleeper.poll() is None
    assert end_leftovers("MARK=of-this-test") == [sleeper.pid]
    assert sleeper.wait(10) == -signal.SIGKILL


def test_the_holder_of_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert port_holder(port).startswith(f"pid {os.getpid()} (")
    assert port_holder(port) == "another process"


def test_a_port_is_never_shared_not_even_with_a_server_that_would() -> None:
    """Granian's own sockets set SO_REUSEPORT: two servers could then take each other's visitors."""
    with socket.socket() as generous:
        generous.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        generous.bind(("127.0.0.1", 0))
        generous.listen()
        with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is checked below
            listen("127.0.0.1", generous.getsockname()[1])
    assert caught.value.errno == errno.EADDRINUSE


def test_an_address_of_another_machine_is_told_with_its_mend() -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is checked below
        listen("192.0.2.1", 8080)
    assert caught.value.errno == errno.EADDRNOTAVAIL
    told = str(cannot_listen("news", "192.0.2.1", 8080, caught.value))
    assert "Set archive:host to an address of this machine" in told


def test_nothing_of_ours_reaches_the_programs_we_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the operator's passphrase, above all."""
    from archive_platform.local.programs import base_environment

    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "geheim")
    assert "geheim" not in base_environment().values()
    assert str(sys.executable).startswith(base_environment()["PATH"].split(":")[0])
