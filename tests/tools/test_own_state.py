"""Locks that a killed engine leaves behind do not stand in the way; those of a living one do."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.tools import support
from tests.tools.support import Machine
from tools.bootstrap import own_state
from tools.bootstrap.progress import Progress

HERE = socket.gethostname()


def lock(machine: Machine, pid: int, host: str = HERE) -> Path:
    file = machine.checkout.state / ".pulumi/locks/organization/game-archive/dev/1f.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"pid": pid, "username": "me", "hostname": host, "timestamp": "2026-01-01T00:00:00Z"}))
    return file


@pytest.fixture
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_lock_of_a_dead_engine_is_removed_and_told(
    machine: Machine, dead_pid: int, progress: Progress, screen: io.StringIO
) -> None:
    left = lock(machine, dead_pid)
    own_state.free_abandoned_locks(machine.checkout, progress)
    assert not left.exists()
    assert f"process {dead_pid}" in screen.getvalue()


def test_the_number_of_another_living_program_counts_as_dead(machine: Machine, progress: Progress) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        left = lock(machine, other.pid)
        own_state.free_abandoned_locks(machine.checkout, progress)
        other.communicate()
    assert not left.exists()


def test_the_lock_of_a_living_engine_stays(machine: Machine, tmp_path: Path, progress: Progress) -> None:
    engine = tmp_path / "pulumi"
    engine.symlink_to("/bin/cat")
    with subprocess.Popen([engine], stdin=subprocess.PIPE) as living:
        # The kernel gives a program its new name a moment after Popen has returned.
        name = Path(f"/proc/{living.pid}/comm")
        support.wait_for(lambda: name.read_text() == "pulumi\n", "the stand-in's name")
        left = lock(machine, living.pid)
        own_state.free_abandoned_locks(machine.checkout, progress)
        living.communicate()
    assert left.exists()


def test_the_lock_of_another_host_stays(machine: Machine, dead_pid: int, progress: Progress) -> None:
    left = lock(machine, dead_pid, host=HERE + "-other")
    own_state.free_abandoned_locks(machine.checkout, progress)
    assert left.exists()
