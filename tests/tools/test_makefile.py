"""The targets: documented, one line each, and no test run twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.lab import bundle
from tests.lab.layout import Folders
from tests.tools.support import PROJECT
from tools.bootstrap import checks, shown
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.paths import Checkout
from tools.bootstrap.progress import Progress

TARGETS = {
    "help",
    "up",
    "down",
    "test",
    "check",
    "bench",
    "torture",
    "lab",
    "lab-full",
    "lab-up",
    "lab-down",
    "env",
    "lock",
    "password",
    "clean-data",
}
SKIPPED = """<testsuites><testsuite>
<testcase classname="tests.a" name="test_b"><skipped message="no browser"/></testcase>
<testcase classname="tests.a" name="test_c"/>
</testsuite></testsuites>"""


def make(*goals: str) -> str:
    return subprocess.run(["make", *goals], cwd=PROJECT, capture_output=True, text=True, check=True).stdout


def test_help_lists_every_target_in_one_line_each() -> None:
    told = re.findall(r"^ +make (\S+) +\S.*$", make("help"), re.MULTILINE)
    assert len(told) == len(TARGETS)
    assert set(told) == TARGETS
    assert make() == make("help")


def test_check_beside_test_leaves_the_fast_tests_to_it() -> None:
    assert "--without-tests" not in make("-n", "check")
    both = make("-n", "check", "test")
    assert "check --without-tests" in both
    assert both.count("tools.bootstrap test") == 1


def test_an_unknown_command_is_refused_with_the_known_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.bootstrap", "upp"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "clean-data" in done.stderr


def test_ci_names_what_was_skipped(tmp_path: Path) -> None:
    report = tmp_path / "results.xml"
    report.write_text(SKIPPED)
    with pytest.raises(BootstrapError, match=r"tests\.a\.test_b: no browser"):
        checks.refuse_skipped(report)
    report.write_text(SKIPPED.replace('<skipped message="no browser"/>', ""))
    checks.refuse_skipped(report)


def test_ci_leaves_the_labs_longest_tests_to_a_machine_that_has_built_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "shown", lambda _root: {})
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    assert checks.lab_in_ci(Checkout(PROJECT), environ, Progress()) == f"{checks.LAB_TESTS} and not lab_long"
    bundle.place(Folders.default(environ, None).cache).mkdir(parents=True)
    assert checks.lab_in_ci(Checkout(PROJECT), environ, Progress()) == checks.LAB_TESTS


@pytest.mark.parametrize(
    ("already", "chosen"),
    [
        ({"server"}, f"{checks.LAB_TESTS} and not lab_server"),
        ({"cluster"}, f"{checks.LAB_TESTS} and lab_server"),
        ({"cluster", "server"}, ""),
    ],
)
def test_ci_runs_of_the_lab_what_was_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, already: set[str], chosen: str
) -> None:
    monkeypatch.setattr(shown, "shown", lambda _root: dict.fromkeys(already, "2026-11-28"))
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    bundle.place(Folders.default(environ, None).cache).mkdir(parents=True)
    assert checks.lab_in_ci(Checkout(PROJECT), environ, Progress()) == chosen


def test_a_changed_file_makes_what_was_shown_void(tmp_path: Path) -> None:
    names = (
        "tests/lab/cluster/first.py",
        "stacks/onprem/__main__.py",
        "platform/archive_platform/aws/scripts/boot.sh",
        "platform/archive_platform/cli/aws/cost.py",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it was")
    assert shown.shown(tmp_path) == {}
    shown.record(tmp_path)
    assert set(shown.shown(tmp_path)) == {"cluster", "server"}
    (tmp_path / "platform/archive_platform/cli/aws/cost.py").write_text("no part of it")
    assert set(shown.shown(tmp_path)) == {"cluster", "server"}
    (tmp_path / "platform/archive_platform/aws/scripts/boot.sh").write_text("changed")
    assert set(shown.shown(tmp_path)) == {"cluster"}
    (tmp_path / "tests/lab/hosts.py").write_text("new")
    assert shown.shown(tmp_path) == {}
    (tmp_path / shown.RECORD).write_text("{broken")
    assert shown.shown(tmp_path) == {}
