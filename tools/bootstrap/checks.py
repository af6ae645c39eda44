"""The commands that check the code: test, check, bench, torture, and the lab that some tests need."""

from __future__ import annotations

import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.bootstrap import processes, python_environment, shown, stack, system_packages
from tools.bootstrap.errors import BootstrapError, TerminatedError
from tools.bootstrap.paths import Checkout
from tools.bootstrap.progress import Progress

FAST_TESTS = ("tests/tools", "tests/infra", "tests/apps")
SIDE_BY_SIDE = ("--numprocesses", "2", "--dist", "loadfile")
LAB_TESTS = "lab and not lab_full"  # each subject once
KILLS_IN_CI = {"ARCHIVE_LAB_KILLS": "1"}  # of applies on the lab's hosts
SLOWEST = "--durations=20"
NO_TESTS = 5  # pytest's exit code when its arguments chose none


def test(checkout: Checkout, environ: Mapping[str, str], progress: Progress, arguments: Sequence[str]) -> None:
    """Set up everything the tests need, and run all of them.

    Args:
        checkout: the clone to test.
        environ: with `CI=true` a skipped test counts as a failure: nothing may be left out there. The tests on the
            lab's hosts run there, too, unless they passed for the same files; they need root.
        progress: where preparations are shown.
        arguments: more arguments for pytest.
    """
    checkout.prepare()
    in_ci = environ.get("CI") == "true"
    needs = (*system_packages.TEST_NEEDS, *(system_packages.LAB_NEEDS if in_ci else ()))
    system_packages.require(checkout, environ, progress, needs)
    settings = stack.prepare(checkout, environ, progress, python_environment.DEVELOPMENT)
    runs = {
        "side-by-side": ["tests", *SIDE_BY_SIDE, "-m", "not alone and not lab"],
        "alone": ["tests", "-m", "alone and not lab"],
    }
    if in_ci:
        settings |= KILLS_IN_CI
        if chosen_of_lab := lab_in_ci(checkout, environ, progress):
            runs["lab"] = ["tests/lab", "-m", chosen_of_lab, "--capture=no"]
    chosen = False
    for name, words in runs.items():
        report = checkout.root / ".test" / f"results-{name}.xml"
        report.unlink(missing_ok=True)
        pytest = [checkout.python, "-m", "pytest", *words, SLOWEST, f"--junit-xml={report}", *arguments]
        code = _run_in_sight(checkout, settings, pytest, accept=(0, NO_TESTS))
        chosen = chosen or code == 0
        if in_ci:
            refuse_skipped(report)
    if not chosen:
        raise BootstrapError(f"No test was chosen by: {' '.join(arguments)}")


def lab_in_ci(checkout: Checkout, environ: Mapping[str, str], progress: Progress) -> str:
    """The marker expression of the lab's tests that CI runs: "" for none.

    What was shown on hosts for exactly the same files (`shown`) is not run again. The rest has to fit into CI's 90
    minutes, of which a new machine builds for 30.
    """
    already = shown.shown(checkout.root)
    for name, day in already.items():
        progress.note(f"The lab's tests of the {name} passed for exactly these files on {day} (`make lab` runs them).")
    groups = [group.chosen for group in shown.GROUPS if group.name not in already]
    if not groups:
        return ""
    chosen = [LAB_TESTS] if not already else [LAB_TESTS, *groups]
    code = _run_in_sight(checkout, environ, [sys.executable, "-m", "tests.lab", "built"], accept=(0, 1))
    if code != 0:
        progress.note("This machine has to build Kubernetes first. The lab's longest tests are left to the next run.")
        chosen.append("not lab_long")
    return " and ".join(chosen)


def check(checkout: Checkout, environ: Mapping[str, str], progress: Progress, *, tests: bool = True) -> None:
    """Lint, format, types, import rules; unless they run anyway, the fast tests. All run, all failures are named."""
    checkout.prepare()
    python_environment.sync(checkout, environ, progress, python_environment.DEVELOPMENT)
    tools = checkout.environment / "bin"
    checks: list[tuple[str, list[str | Path]]] = [
        ("ruff check", [tools / "ruff", "check", "."]),
        ("ruff format", [tools / "ruff", "format", "--check", "."]),
        ("pyright", [tools / "pyright"]),
        ("import rules", [tools / "lint-imports"]),
    ]
    failed: list[str] = []
    for name, command in checks:
        with progress.step(name, optional=True) as step:
            done = processes.run(command, environ=_activated(checkout, environ), folder=checkout.root, tail_lines=None)
            step.result = "passed" if done.code == 0 else "FAILED"
        if done.code != 0:
            progress.note("\n".join(done.tail))
            failed.append(name)
    if failed:
        raise BootstrapError(f"Not passed: {', '.join(failed)}")
    if tests:
        folders = [folder for folder in FAST_TESTS if (checkout.root / folder).exists()]
        _pytest(checkout, environ, [*folders, *SIDE_BY_SIDE, "-m", "not slow", "--quiet"])


def bench(checkout: Checkout, environ: Mapping[str, str], progress: Progress, arguments: Sequence[str]) -> None:
    """Measure the pages, and the program of stacks/aws, each against this machine's own limits."""
    checkout.prepare()
    if not any(word.endswith("sqlite") for word in arguments):
        system_packages.require(checkout, environ, progress, system_packages.MARIADB)
    settings = stack.prepare(checkout, environ, progress, python_environment.DEVELOPMENT)
    subjects = (("tests.bench", *arguments), ("tests.bench.program",))
    codes = [_run_in_sight(checkout, settings, [checkout.python, "-m", *what], accept=(0, 1)) for what in subjects]
    if any(codes):
        raise BootstrapError("A goal was missed: see the tables above.")


def torture(checkout: Checkout, environ: Mapping[str, str], progress: Progress, arguments: Sequence[str]) -> None:
    """Kill the community's processes at every step of a write and of an event's way, and check what they leave."""
    checkout.prepare()
    system_packages.require(checkout, environ, progress, system_packages.MARIADB)
    settings = stack.prepare(checkout, environ, progress, python_environment.DEVELOPMENT)
    command = [checkout.python, "-m", "tests.torture", *arguments]
    if _run_in_sight(checkout, settings, command, accept=(0, 1)):
        raise BootstrapError("Something was lost or done twice: see above, and docs/torture.md for how to go on.")


def lab_tests(
    checkout: Checkout, environ: Mapping[str, str], progress: Progress, arguments: Sequence[str], *, full: bool
) -> None:
    """Run the tests of the servers' cluster on the lab's hosts; `full` takes all rounds instead of a few."""
    checkout.prepare()
    system_packages.require(checkout, environ, progress, (*system_packages.TEST_NEEDS, *system_packages.LAB_NEEDS))
    settings = stack.prepare(checkout, environ, progress, python_environment.DEVELOPMENT)
    chosen = LAB_TESTS
    if full:
        settings["ARCHIVE_LAB_FULL"], chosen = "1", "lab"
    report = checkout.root / ".test" / "lab.xml"
    report.unlink(missing_ok=True)
    _pytest(checkout, settings, ["tests/lab", "-m", chosen, "-rP", f"--junit-xml={report}", *arguments])
    if not arguments:
        shown.record(checkout.root)
    if environ.get("CI") == "true":
        refuse_skipped(report)


def lab(checkout: Checkout, environ: Mapping[str, str], progress: Progress, verb: str) -> None:
    """Start or end the lab: real hosts on this machine, see tests/lab.

    Args:
        checkout: the lab's state is under its working folder.
        environ: PATH and the user's cache.
        progress: where an installation is shown.
        verb: "up" or "down".
    """
    checkout.prepare()
    system_packages.require(checkout, environ, progress, system_packages.LAB_NEEDS)
    # It needs nothing but Python, as this program does.
    _run_in_sight(checkout, environ, [sys.executable, "-m", "tests.lab", verb])


def refuse_skipped(report: Path) -> None:
    """Fail when a test of the JUnit report was skipped, naming each with its reason."""
    skipped = [
        f"    {case.get('classname')}.{case.get('name')}: {reason.get('message')}"
        for case in ElementTree.parse(report).iter("testcase")  # noqa: S314 -- written by our own pytest a moment ago
        for reason in case.iter("skipped")
    ]
    if skipped:
        raise BootstrapError("CI skips nothing, but these tests were skipped:\n" + "\n".join(skipped))


def _pytest(checkout: Checkout, environ: Mapping[str, str], arguments: Sequence[str]) -> None:
    _run_in_sight(checkout, environ, [checkout.python, "-m", "pytest", *arguments])


def _run_in_sight(
    checkout: Checkout, environ: Mapping[str, str], command: Sequence[str | Path], accept: Sequence[int] = (0,)
) -> int:
    """Run a program that shows its own progress; interrupted, it is given the time to stop what it started.

    Returns its exit code, which is one of those to accept; any other is a BootstrapError.
    """
    process = subprocess.Popen([str(part) for part in command], cwd=checkout.root, env=_activated(checkout, environ))
    interrupted = False
    while True:
        try:
            code = process.wait()
            break
        except TerminatedError:
            process.send_signal(signal.SIGINT)
            interrupted = True
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    if code not in accept:
        raise BootstrapError(
            f"{Path(command[2]).name if len(command) > 2 else command[0]} ended with exit code {code}."
        )
    return code


def _activated(checkout: Checkout, environ: Mapping[str, str]) -> dict[str, str]:
    """As in an activated environment, so that tools find each other by name."""
    kept = {name: value for name, value in environ.items() if name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME"}}
    path = f"{checkout.environment / 'bin'}:{environ.get('PATH', '')}"
    return {**kept, "PATH": path, "VIRTUAL_ENV": str(checkout.environment)}
