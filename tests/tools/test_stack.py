"""`make up` and its relatives as processes of their own, in a clone with a stand-in for the engine."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.tools import fake_engine, support
from tests.tools.support import Machine


@pytest.fixture
def clone(machine: Machine, tmp_path: Path) -> Machine:
    """A clone in which uv and the engine are stand-ins."""
    machine.install_tools()
    machine.uv(tmp_path / "uv-calls")
    support.pulumi(machine.bin, "3.999.0")
    support.program(machine.bin, "pulumi", f'exec {sys.executable} {fake_engine.__file__} "$@"')
    return machine


def calls(clone: Machine) -> list[str]:
    file = clone.checkout.root / "calls"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def with_data(clone: Machine) -> Path:
    """Data, mail, logs and a passphrase, as a community leaves them."""
    clone.checkout.prepare()
    for name in ("data/news/news.sqlite3", "mail/1.eml", "logs/news.log"):
        file = clone.checkout.archive / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    clone.checkout.passphrase.write_text("x")
    return clone.checkout.archive


def test_up_ends_with_where_the_community_is_and_no_secret(clone: Machine) -> None:
    done = clone.run("up")
    assert done.returncode == 0, done.stderr
    for part in ("1 created", "http://127.0.0.1:8080", "관리자", "make password", str(clone.checkout.logs)):
        assert part in done.stderr
    assert "correct horse" not in done.stdout + done.stderr


def test_a_second_up_starts_only_what_it_needs(clone: Machine, tmp_path: Path) -> None:
    assert clone.run("up").returncode == 0
    before = len(calls(clone))
    assert clone.run("up").returncode == 0
    again = [call.split()[:2] for call in calls(clone)[before:]]
    assert again == [["version"], ["up", "--stack"], ["stack", "output"]]
    assert len((tmp_path / "uv-calls").read_text().splitlines()) == 1


def test_a_failed_up_shows_the_diagnostics_and_names_the_log(clone: Machine) -> None:
    (clone.checkout.root / "broken").write_text("port 8080 is in use")
    done = clone.run("up")
    assert done.returncode == 1
    assert "error: port 8080 is in use" in done.stderr
    assert "Traceback" not in done.stderr
    (log,) = clone.checkout.logs.glob("pulumi-up-*.log")
    assert str(log) in done.stderr
    assert "Updating (dev)" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("incorrect passphrase", "Set PULUMI_CONFIG_PASSPHRASE"),
        ("the stack is currently locked by 1 lock(s)", "pulumi cancel --yes --stack dev"),
    ],
)
def test_known_failures_come_with_their_mend(clone: Machine, said: str, hint: str) -> None:
    (clone.checkout.root / "broken").write_text(said)
    assert hint in clone.run("up").stderr


def test_a_second_up_at_the_same_time_says_so_and_waits(clone: Machine) -> None:
    hold = clone.checkout.root / "hold"
    hold.touch()
    first = clone.start("up")
    support.wait_for(lambda: any(call.startswith("up ") for call in calls(clone)), "the first update")
    second = clone.start("up")
    assert second.stderr is not None
    assert f"make up (process {first.pid}) is under way" in second.stderr.readline()
    assert sum(call.startswith("up ") for call in calls(clone)) == 1
    hold.unlink()
    assert first.wait(timeout=20) == 0
    assert second.wait(timeout=20) == 0
    assert sum(call.startswith("up ") for call in calls(clone)) == 2
    first.communicate()
    second.communicate()


def test_down_keeps_the_data(clone: Machine) -> None:
    archive = with_data(clone)
    assert clone.run("up").returncode == 0
    done = clone.run("down")
    assert (done.returncode, "1 deleted" in done.stderr) == (0, True)
    assert (archive / "data/news/news.sqlite3").exists()
    assert "Nothing is up." in clone.run("down").stderr


def test_password_is_all_that_goes_to_stdout(clone: Machine) -> None:
    assert "Run `make up` first" in clone.run("password").stderr
    clone.run("up")
    assert clone.run("password").stdout == "correct horse\n"


def test_env_prints_settings_that_reach_the_engine(clone: Machine) -> None:
    printed = clone.run("env").stdout
    assert support.shell(f"{printed}\npulumi version", clone.environ, clone.checkout.root) == "v3.999.0\n"
    assert printed.count("export PULUMI_BACKEND_URL=") == 1


def test_clean_data_refuses_where_nobody_can_be_asked(clone: Machine) -> None:
    archive = with_data(clone)
    done = clone.run("clean-data")
    assert (done.returncode, "YES=1" in done.stderr) == (1, True)
    assert (archive / "data/news/news.sqlite3").exists()


def test_clean_data_deletes_data_and_mail_only(clone: Machine) -> None:
    archive = with_data(clone)
    assert clone.run("clean-data", YES="1").returncode == 0
    assert not (archive / "data").exists()
    assert not (archive / "mail").exists()
    assert (archive / "logs/news.log").exists()
    assert clone.checkout.passphrase.exists()


def test_clean_data_refuses_while_the_community_is_up(clone: Machine) -> None:
    archive = with_data(clone)
    clone.run("up")
    done = clone.run("clean-data", YES="1")
    assert (done.returncode, "make down" in done.stderr) == (1, True)
    assert (archive / "data/news/news.sqlite3").exists()
    clone.run("down")
    assert clone.run("clean-data", YES="1").returncode == 0


@pytest.mark.parametrize(("typed", "deleted"), [("delete", True), ("yes", False), ("", False)])
def test_clean_data_asks_for_the_word(clone: Machine, typed: str, deleted: bool) -> None:
    archive = with_data(clone)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tools.bootstrap", "clean-data"]
    process = subprocess.Popen(
        command, cwd=clone.checkout.root, env=clone.environ, stdin=theirs, stderr=subprocess.PIPE, text=True
    )
    os.close(theirs)
    os.write(ours, f"{typed}\n".encode())
    _, err = process.communicate(timeout=20)
    os.close(ours)
    assert str(archive / "data") in err
    assert (process.returncode == 0) is deleted
    assert (archive / "data").exists() is not deleted


def test_clean_data_follows_the_configured_working_folder(clone: Machine, tmp_path: Path) -> None:
    archive = with_data(clone)
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "data").mkdir(parents=True)
    clone.checkout.stack_config.write_text(f'config:\n  archive:home: "{elsewhere}"\n')
    assert clone.run("clean-data", YES="1").returncode == 0
    assert not (elsewhere / "data").exists()
    assert (archive / "data").exists()


def test_an_interrupted_up_ends_its_engine_first(clone: Machine) -> None:
    """The engine stand-in ends at once; the real one finishes its step and saves the state."""
    (clone.checkout.root / "hold").touch()
    process = clone.start("up")
    support.wait_for(lambda: any(call.startswith("up ") for call in calls(clone)), "the update")
    process.terminate()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in err.lower()
    (clone.checkout.root / "hold").unlink()
    assert clone.run("up").returncode == 0
