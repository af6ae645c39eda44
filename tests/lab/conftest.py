"""Where the lab's tests can run, and labs for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.lab import cgroups
from tests.lab.errors import LabError
from tests.lab.lab import Lab
from tools.bootstrap.paths import this_checkout
from tools.bootstrap.system_packages import LAB_NEEDS

START_SECONDS = 10


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs real hosts where there can be none, and say why."""
    reason = why_not_here()
    for item in items:
        if reason and item.get_closest_marker("lab"):
            item.add_marker(pytest.mark.skip(reason=reason))


def why_not_here() -> str | None:
    """What this machine lacks for the lab; None when it has everything."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "the lab needs Linux and root"
    missing = [need.package for need in LAB_NEEDS if not need.is_met(os.environ.get("PATH", ""))]
    if missing:
        return f"the lab needs {', '.join(missing)} (make lab-up installs them)"
    try:
        cgroups.hierarchies()
    except LabError as error:
        return str(error)
    return None


class SeparateLab:
    """A lab with a network of its own, apart from the machine's: it can be crashed and ended beside one that runs.

    Its commands run in a network namespace, which a process holds open.

    Attributes:
        enter: command before others, that runs them in its network.
    """

    def __init__(self, run: Path, holder: int) -> None:
        self.run = run
        self.enter = ["nsenter", f"--net=/proc/{holder}/ns/net", "--"]

    def command(self, *words: str) -> list[str]:
        return [*self.enter, sys.executable, "-m", "tests.lab", "--run", str(self.run), *words]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command of the lab, whose process the test may kill."""
        return subprocess.Popen(
            self.command(*words), cwd=this_checkout().root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def answer(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the lab."""
        return subprocess.run(
            self.command(*words), cwd=this_checkout().root, capture_output=True, text=True, timeout=3600, check=False
        )

    def well(self, *words: str) -> str:
        """Run a command of the lab that has to succeed; returns its stdout."""
        done = self.answer(*words)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
        return done.stdout

    def network(self, *words: str) -> str:
        """Run a program in the lab's network."""
        return subprocess.run([*self.enter, *words], capture_output=True, text=True, check=True).stdout


@contextmanager
def apart(folder: Path) -> Generator[SeparateLab]:
    """A lab in FOLDER and in a network of its own. Nothing is up in it yet; whoever takes it ends what is."""
    holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
    try:
        deadline = time.monotonic() + START_SECONDS
        own = Path("/proc/self/ns/net").stat().st_ino
        while Path(f"/proc/{holder.pid}/ns/net").stat().st_ino == own:
            assert time.monotonic() < deadline, "unshare made no network namespace"
            time.sleep(0.01)
        lab = SeparateLab(folder, holder.pid)
        lab.network("ip", "link", "set", "lo", "up")
        yield lab
    finally:
        holder.kill()
        holder.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def separate_lab(tmp_path: Path) -> Generator[SeparateLab]:
    """A lab that nobody else sees; whatever the test does to it, nothing of it stays."""
    with apart(tmp_path / "lab") as lab:
        yield lab
        lab.well("down")


@pytest.fixture(scope="session")
def lab() -> Generator[Lab]:
    """The checkout's lab with its default hosts: the one that runs, or one that is started and ended here."""
    lab = Lab()
    was_up = lab.folders.state.exists()
    lab.up()
    yield lab
    if not was_up:
        lab.down()
