"""The command line: one subcommand for each target of the Makefile."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from tools.bootstrap import checks, python_environment, stack
from tools.bootstrap.errors import BootstrapError, TerminatedError
from tools.bootstrap.paths import this_checkout
from tools.bootstrap.progress import Progress

INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code is 0, 1 after a failure that was explained, 130 after an interruption."""
    chosen = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    # A shell starts background jobs with SIGINT ignored; children would inherit that, and could not be stopped gently.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _run(chosen)
    except BootstrapError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted. It can be run again at any time.\n")
        return INTERRUPTED
    return 0


def _run(chosen: argparse.Namespace) -> None:
    checkout, environ, progress = this_checkout(), dict(os.environ), Progress()
    match chosen.command:
        case "up":
            stack.up(checkout, environ, progress)
        case "down":
            stack.down(checkout, environ, progress)
        case "env":
            stack.environment(checkout, environ, progress)
        case "password":
            stack.password(checkout, environ, progress)
        case "clean-data":
            stack.clean_data(checkout, environ, progress)
        case "lock":
            python_environment.lock(checkout, environ, progress)
        case "test":
            checks.test(checkout, environ, progress, chosen.arguments)
        case "check":
            checks.check(checkout, environ, progress, tests=not chosen.without_tests)
        case "lab" | "lab-full":
            full = chosen.command == "lab-full"
            checks.lab_tests(checkout, environ, progress, chosen.arguments, full=full)
        case "lab-up" | "lab-down":
            checks.lab(checkout, environ, progress, chosen.command.removeprefix("lab-"))
        case "torture":
            checks.torture(checkout, environ, progress, chosen.arguments)
        case command:
            assert command == "bench"  # noqa: S101 -- argparse lets no other through
            checks.bench(checkout, environ, progress, chosen.arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.bootstrap", description="Game Archive on this machine.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("up", help="set up everything and bring the community up")
    commands.add_parser("down", help="stop everything, keep the data")
    commands.add_parser("env", help="print the shell settings for plain pulumi commands")
    commands.add_parser("password", help="print the administrator's password")
    commands.add_parser("clean-data", help="delete the community's data, after a question")
    commands.add_parser("lock", help="bring uv.lock in line with the packages' requirements")
    test = commands.add_parser("test", help="set up what the tests need and run all of them")
    test.add_argument("arguments", nargs="*", help="more arguments for pytest, after --")
    check = commands.add_parser("check", help="format, lint, types, import rules and the fast tests")
    check.add_argument("--without-tests", action="store_true", help="leave the fast tests out: `test` runs them anyway")
    for name, what in (("lab", "each once: about an hour"), ("lab-full", "all rounds")):
        lab = commands.add_parser(name, help=f"the tests of the servers' cluster on real hosts, {what}")
        lab.add_argument("arguments", nargs="*", help="more arguments for pytest, after --")
    commands.add_parser("lab-up", help="start real hosts on this machine, for the tests of the servers' cluster")
    commands.add_parser("lab-down", help="end those hosts and leave nothing of them")
    bench = commands.add_parser("bench", help="measure the pages against this machine's limit")
    bench.add_argument("arguments", nargs="*", help="more arguments for the bench, after --")
    torture = commands.add_parser("torture", help="kill the community's processes and check what is left")
    torture.add_argument("arguments", nargs="*", help="more arguments for the torture, after --")
    return parser


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise TerminatedError
