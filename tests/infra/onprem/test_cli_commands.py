"""The words of the command line, and what they ask of Pulumi."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from archive_platform.cli import main
from archive_platform.cli.onprem import commands
from archive_platform.cli.onprem.project import Project
from archive_platform.cli.stack import Stack
from archive_platform.cli.table import table
from archive_platform.errors import ConfigError, PlatformError


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose `make env` and `pulumi` are stubs; pulumi prints what $TOLD says, and where it was called."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "stacks" / "onprem").mkdir(parents=True)
    (tmp_path / "Makefile").write_text(
        "env:\n\t@echo \"export FROM_MAKE='a value\\nof two lines'\"\n\t@echo made >> calls\n"
    )
    program = tmp_path / "bin" / "pulumi"
    program.write_text('#!/bin/sh\necho "$PWD $FROM_MAKE $*" >> "$CALLS"\nprintf "%s" "$TOLD"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "asked"))
    return tmp_path


def stack(checkout: Path) -> Stack:
    return Stack("mine", checkout, Path("stacks/onprem"), "pulumi up")


def test_settings_are_asked_in_the_program_s_folder_with_their_secrets(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "archive:hosts": {"value": "[]", "objectValue": [], "secret": True},
        "archive:cluster": {"value": "mine", "secret": False},
        "other:key": {"value": "1", "secret": False},
    }
    monkeypatch.setenv("TOLD", json.dumps(told))
    known = stack(checkout)
    assert known.settings == {"hosts": "[]", "cluster": "mine"}
    assert known.secret_settings == {"hosts"}
    asked = (checkout / "asked").read_text()
    assert asked.startswith(f"{checkout}/stacks/onprem a value\n")
    assert asked.endswith("config --show-secrets --json --stack mine\n")


def test_make_is_asked_once_however_often_pulumi_is(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLD", '{"a": {}}')
    known = stack(checkout)
    assert known.outputs == {"a": {}}
    assert known.settings == {}
    assert (checkout / "calls").read_text() == "made\n"


def test_a_make_that_fails_is_told(checkout: Path) -> None:
    (checkout / "Makefile").write_text("env:\n\t@echo no network >&2; exit 1\n")
    with pytest.raises(PlatformError, match="`make env` failed: no network"):
        _ = stack(checkout).outputs


def test_mistakes_in_the_settings_are_told_as_everywhere(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLD", json.dumps({"archive:hots": {"value": "[]", "secret": False}}))
    with pytest.raises(ConfigError, match=r"archive:hots is no setting of this stack. Did you mean archive:hosts\?"):
        _ = Project(stack(checkout)).settings


def test_a_stack_that_is_not_up_is_told_with_its_own_mend(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLD", "{}")
    with pytest.raises(PlatformError, match="the stack mine is not up: run `pulumi up` first"):
        Project(stack(checkout)).output("kubeconfig")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["plan", "onprem"], {"command": "plan", "stack": None, "json": False, "all": False}),
        (["--stack", "mine", "drift", "onprem", "--json"], {"command": "drift", "stack": "mine", "json": True}),
        (["trust", "onprem", "--replace", "a", "--replace", "b"], {"yes": False, "replace": ["a", "b"]}),
        (["kubeconfig", "onprem", "--out", "f"], {"out": Path("f")}),
        (["doctor", "onprem"], {"command": "doctor"}),
    ],
)
def test_a_command_for_the_servers_is_run_there(
    monkeypatch: pytest.MonkeyPatch, words: list[str], expected: dict[str, object]
) -> None:
    seen: list[dict[str, object]] = []
    monkeypatch.setattr(commands, "run", lambda chosen: seen.append(vars(chosen)) or 7)
    assert main.main(words) == 7
    assert seen[0].items() >= {"environment": "onprem", **expected}.items()


@pytest.mark.parametrize("words", [["plan"], ["plan", "dev"], ["trust", "aws"], ["kubeconfig", "onprem", "cp1"]])
def test_a_wrong_call_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main.main(words)
    assert caught.value.code == 2
    assert "usage: archive" in capsys.readouterr().err


def test_the_doctor_without_more_words_is_that_of_dev(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(main.doctor, "report", lambda stack: asked.append(stack.name) or 0)
    assert main.main(["doctor"]) == main.main(["doctor", "dev"]) == 0
    assert asked == ["dev", "dev"]


def test_ctrl_c_is_told_in_a_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "run", interrupted)
    assert main.main(["plan", "onprem"]) == 130
    assert capsys.readouterr().err == "archive: interrupted\n"


# Tables


def test_columns_are_aligned_and_lines_end_without_spaces() -> None:
    assert table(["A", "B"], [["1", "2"], ["three", ""]]) == "A      B\n1      2\nthree"


def test_a_table_that_is_too_wide_wraps_its_widest_column() -> None:
    text = table(["HOST", "FOUND"], [["cp1", "word " * 30], ["w1", "short"]], width=40)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 40
    assert " ".join(line[6:] for line in lines[1:-1]).split() == ["word"] * 30
    assert lines[-1] == "w1    short"


def test_a_word_is_left_whole_up_to_the_length_of_a_fingerprint() -> None:
    fingerprint = "SHA256:" + "x" * 43
    assert fingerprint in table(["A", "B"], [["some words that can be wrapped", fingerprint]], width=40)
    lines = table(["A", "B"], [["x", "y" * 100]], width=40).splitlines()
    assert [len(line) for line in lines[1:]] == [3 + 50, 3 + 50]
    assert "".join(line[3:] for line in lines[1:]) == "y" * 100


def test_lines_of_a_cell_stay_lines() -> None:
    assert table(["A", "B"], [["x", "one\ntwo"], ["", ""]]) == "A  B\nx  one\n   two\n"
