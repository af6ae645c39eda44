"""The `archive` command line: one subcommand for each thing it can do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from archive_platform.catalogue import CATALOGUE
from archive_platform.cli import content, doctor
from archive_platform.cli.aws import arguments as aws
from archive_platform.cli.new_service import command as new_service
from archive_platform.cli.onprem import arguments as onprem
from archive_platform.cli.stack import DEFAULT_STACK, Stack
from archive_platform.errors import PlatformError

BOARDS = tuple(entry.name for entry in CATALOGUE if entry.board)
INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand. 0 when all went well, another number when not, after a message that says why."""
    chosen = _parser().parse_args(arguments)
    try:
        return _run(chosen)
    except PlatformError as error:
        sys.stderr.write(f"archive: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("archive: interrupted\n")
        return INTERRUPTED


def _run(chosen: argparse.Namespace) -> int:
    if chosen.environment == onprem.ENVIRONMENT:
        from archive_platform.cli.onprem import commands  # here: SSH takes a third of a second to load

        return commands.run(chosen)
    if chosen.environment == aws.ENVIRONMENT:
        from archive_platform.cli.aws.cost import cost  # here: nobody else needs the price table

        return cost(chosen.stack, as_json=chosen.json)
    stack = Stack.here(chosen.stack or DEFAULT_STACK)
    if chosen.command == new_service.COMMAND:
        return new_service.run(stack.checkout, chosen.name, chosen.title, chosen.english)
    match chosen.command:
        case "import":
            return content.bring_in(stack, chosen.board, chosen.file)
        case "export":
            return content.take_out(stack, chosen.board, chosen.out)
        case _:
            return doctor.report(stack)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="archive", description="What an operator does with Game Archive.")
    parser.add_argument(
        "--stack", help="the Pulumi stack to work on (dev without it; onprem for the commands of servers)"
    )
    parser.set_defaults(environment=DEFAULT_STACK)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    reading = commands.add_parser("import", help="bring posts into a board: all of a JSON Lines file, or nothing")
    reading.add_argument("file", type=Path, metavar="FILE")
    writing = commands.add_parser("export", help="write a board's posts as JSON Lines")
    writing.add_argument("--out", type=Path, metavar="FILE", help="the file to write; standard output without it")
    for command in (reading, writing):
        command.add_argument("--board", required=True, choices=BOARDS)
    checking = commands.add_parser(
        "doctor", help="check everything that has to be right, and say how to mend what is not"
    )
    checking.add_argument(
        "environment",
        nargs="?",
        choices=[DEFAULT_STACK, onprem.ENVIRONMENT],
        default=DEFAULT_STACK,
        help="dev without it",
    )
    new_service.add(commands)
    onprem.add(commands)
    aws.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
