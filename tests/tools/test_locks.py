"""One run at a time in one place: the next waits, and a killed holder holds nothing."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from pathlib import Path

from tests.tools import support
from tools.bootstrap import locks
from tools.bootstrap.progress import Progress

HOLDER = """
import sys
from pathlib import Path
from tools.bootstrap import locks
from tools.bootstrap.progress import Progress
with locks.hold(Path(sys.argv[1]), "the first", Progress()):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold_elsewhere(path: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        cwd=support.PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def take(path: Path, progress: Progress) -> threading.Thread:
    def body() -> None:
        with locks.hold(path, "the second", progress):
            pass

    thread = threading.Thread(target=body)
    thread.start()
    return thread


def test_the_second_waits_and_is_told_for_whom(tmp_path: Path, progress: Progress, screen: io.StringIO) -> None:
    path = tmp_path / "lock"
    holder = hold_elsewhere(path)
    second = take(path, progress)
    support.wait_for(lambda: f"the first (process {holder.pid}) is under way" in screen.getvalue(), "the note")
    assert second.is_alive()
    holder.communicate()
    second.join(timeout=20)
    assert not second.is_alive()


def test_a_killed_holder_holds_nothing(tmp_path: Path, progress: Progress, screen: io.StringIO) -> None:
    path = tmp_path / "lock"
    holder = hold_elsewhere(path)
    holder.kill()
    holder.communicate()
    with locks.hold(path, "the second", progress):
        assert "the second" in path.read_text()
    assert screen.getvalue() == ""
