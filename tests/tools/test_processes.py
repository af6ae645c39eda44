"""Children are read to their end and no further, and none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.tools import support
from tools.bootstrap import processes


def run(script: str, folder: Path, **more: object) -> processes.Finished:
    return processes.run(["/bin/sh", "-c", script], environ=os.environ, folder=folder, **more)  # type: ignore[arg-type]


def test_a_service_that_outlives_the_command_does_not_hold_it_up(tmp_path: Path) -> None:
    """Its output still goes into the pipe that was inherited from the command."""
    done = run("sleep 60 & echo $!; exit 3", tmp_path)
    service = int(done.tail[-1])
    try:
        assert done.code == 3
        assert support.is_alive(service)
    finally:
        os.kill(service, signal.SIGKILL)


def test_lines_reach_the_caller_the_log_and_the_last_words(tmp_path: Path) -> None:
    lines: list[str] = []
    log = tmp_path / "logs" / "a.log"
    done = run("echo 하나; echo two >&2; printf three", tmp_path, log=log, on_line=lines.append)
    assert lines == ["하나", "two", "three"] == list(done.tail)
    assert log.read_text(encoding="utf-8") == "하나\ntwo\nthree\n"
    assert log.stat().st_mode & 0o077 == 0


def test_only_the_last_lines_are_kept_unless_all_are_asked_for(tmp_path: Path) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9; do echo $i; done"
    assert run(script, tmp_path, tail_lines=2).tail == ("8", "9")
    assert len(run(script, tmp_path, tail_lines=None).tail) == 9


def test_a_quick_question_answers_or_is_given_up(tmp_path: Path) -> None:
    assert processes.answer(["/bin/echo", "yes"], environ={}, folder=tmp_path) == "yes"
    assert processes.answer(["/bin/false"], environ={}, folder=tmp_path) is None
    assert processes.answer([tmp_path / "nothing"], environ={}, folder=tmp_path) is None
    assert processes.answer(["/bin/sleep", "60"], environ={}, folder=tmp_path, timeout=0.05) is None


def test_ctrl_c_waits_for_the_child_to_end_by_itself(tmp_path: Path) -> None:
    """The signal is passed on; the child takes its time to clean up."""
    child = f"trap 'sleep 0.3; touch {tmp_path}/clean; exit 0' INT; echo ready; while :; do sleep 0.05; done"
    program = f"""
import os, signal
from pathlib import Path
from tools.bootstrap import processes
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background has it ignored
def show(line): print(line, flush=True)
processes.run(["/bin/sh", "-c", {child!r}], environ=os.environ, folder=Path("/"), on_line=show)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=support.PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (tmp_path / "clean").exists()
    assert "KeyboardInterrupt" in err
