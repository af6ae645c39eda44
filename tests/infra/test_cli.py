"""The `archive` command, apart from the engine."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from archive_platform.cli import content, doctor, main
from archive_platform.cli.stack import Stack
from archive_platform.config import Dev, parse
from archive_platform.errors import PlatformError
from archive_platform.local import record
from archive_platform.local.folders import Folders
from archive_platform.local.processes import Process

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose `make env` and `pulumi` are what the test says."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "Makefile").write_text("env:\n\t@echo 'export FROM_MAKE=1'\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return tmp_path


def engine(checkout: Path, script: str) -> None:
    program = checkout / "bin" / "pulumi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_outputs_are_asked_from_pulumi_with_the_settings_of_make(checkout: Path) -> None:
    engine(checkout, """[ "$FROM_MAKE" = 1 ] && echo '{"environment": {"ARCHIVE_MOUNT": "news"}, "asked": "'"$*"'"}'""")
    stack = Stack("dev", checkout)
    assert stack.environment == {"ARCHIVE_MOUNT": "news"}
    assert stack.outputs["asked"] == "stack output --show-secrets --json --stack dev"


def test_a_stack_that_is_not_up_is_told_with_its_mend(checkout: Path) -> None:
    engine(checkout, "echo '{}'")
    with pytest.raises(PlatformError, match="run `make up` first"):
        _ = Stack("dev", checkout).environment


def test_what_pulumi_complains_of_is_shown(checkout: Path) -> None:
    engine(checkout, "echo 'error: no stack named dev' >&2; exit 1")
    with pytest.raises(PlatformError, match=r"there is no stack dev yet. Make it with: pulumi stack init dev"):
        _ = Stack("dev", checkout).environment


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="is no file"):
        content.bring_in(Stack("dev", tmp_path), "news", tmp_path / "nothing.jsonl")


@pytest.mark.parametrize("arguments", [["import", "posts.jsonl", "--board", "forum"], ["export"], []])
def test_a_wrong_call_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main.main(arguments)
    assert caught.value.code == 2
    assert "usage: archive" in capsys.readouterr().err


def test_content_goes_through_the_board_kit_with_the_stack_s_environment(
    checkout: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The real kit on a real database: an empty board exports nothing, a wrong file imports nothing."""
    from archive_platform.local import programs

    environment = {"ARCHIVE_NEWS_DATABASE_URL": f"sqlite:///{tmp_path}/news.sqlite3", "ARCHIVE_SITE": "news=/news"}
    programs.run("archive_chassis.migrate", ["news"], environment)
    engine(checkout, f"echo '{json.dumps({'environment': environment})}'")
    stack = Stack("dev", checkout)
    out = tmp_path / "news.jsonl"
    assert content.take_out(stack, "news", out) == 0
    assert out.read_text() == ""
    out.write_text("nonsense\n")
    assert content.bring_in(stack, "news", out) != 0
    assert "line 1" in capfd.readouterr().err


# The doctor


def findings(checkout: Path) -> dict[str, doctor.Finding]:
    return {finding.subject: finding for finding in doctor.examine(Stack("dev", checkout))}


def settings(checkout: Path, **values: Any) -> None:
    lines = "".join(f"  archive:{key}: {json.dumps(value)}\n" for key, value in values.items())
    (checkout / "Pulumi.dev.yaml").write_text("config:\n" + lines)


def test_the_project_s_own_settings_are_right() -> None:
    found = doctor._settings(ROOT / "Pulumi.dev.yaml")
    assert found == parse(Dev, {})  # what the file says are the defaults


def test_everything_is_looked_at_and_what_is_wrong_has_its_mend(checkout: Path, free_port: int) -> None:
    engine(checkout, "case $1 in version) echo v3.999;; *) echo '{}';; esac")
    settings(checkout, port=str(free_port), home="work")
    found = findings(checkout)
    assert list(found) == ["python", "environment", "engine", "settings", "disk", "state", "port"]
    assert {name for name, finding in found.items() if finding.mend} == {"state", "port"}
    assert found["engine"].detail == "pulumi v3.999"
    assert "nobody listens" in found["port"].detail


def test_wrong_settings_end_the_examination(checkout: Path) -> None:
    engine(checkout, "echo v3.999")
    settings(checkout, prot="1")
    found = findings(checkout)
    assert "Did you mean archive:port?" in found["settings"].detail
    assert "state" not in found


def test_encrypted_settings_are_left_to_pulumi(checkout: Path) -> None:
    settings(checkout, database="mysql", databaseAdminUrl={"secure": "v1:abc"})
    assert isinstance(doctor._settings(checkout / "Pulumi.dev.yaml"), Dev)


def test_who_holds_the_port_is_named(checkout: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = doctor._port(parse(Dev, {"port": str(port)}), Folders(checkout))
    assert f"held by pid {os.getpid()}" in found.detail
    assert found.mend


def test_a_service_that_died_is_named_with_its_log(checkout: Path) -> None:
    folders = Folders(checkout)
    folders.make()
    gone = record.Record(Process(1, "another-boot-1"), record.RUNNING, "r", "127.0.0.1", 1, ("/",), {})
    record.write(folders.run, "news", gone)
    [found] = doctor._services(folders)
    assert str(found).startswith("fail  news: its supervisor is dead")
    assert str(folders.logs / "news.log") in found.mend


def test_the_report_counts_what_is_to_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good, bad = doctor.Finding("a", "is right"), doctor.Finding("b", "is wrong", "mend it")
    monkeypatch.setattr(doctor, "examine", lambda _stack: [good, bad])
    assert doctor.report(Stack("dev", tmp_path)) == 1
    assert "fail  b: is wrong\n        mend it" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "examine", lambda _stack: [good])
    assert doctor.report(Stack("dev", tmp_path)) == 0
