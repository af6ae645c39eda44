"""The `archive` command line: one subcommand for each thing it can do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from archive_platform.catalogue import CATALOGUE
from archive_platform.cli import content, doctor
from archive_platform.cli.stack import DEFAULT_STACK, Stack
from archive_platform.errors import PlatformError

BOARDS = tuple(entry.name for entry in CATALOGUE if entry.board)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand. 0 when all went well, 1 when not, after a message that says why."""
    chosen = _parser().parse_args(arguments)
    try:
        stack = Stack.here(chosen.stack)
        match chosen.command:
            case "import":
                return content.bring_in(stack, chosen.board, chosen.file)
            case "export":
                return content.take_out(stack, chosen.board, chosen.out)
            case _:
                return doctor.report(stack)
    except PlatformError as error:
        sys.stderr.write(f"archive: {error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="archive", description="Game Archive on this machine.")
    parser.add_argument("--stack", default=DEFAULT_STACK, help=f"the Pulumi stack to work on ({DEFAULT_STACK})")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    reading = commands.add_parser("import", help="bring posts into a board: all of a JSON Lines file, or nothing")
    reading.add_argument("file", type=Path, metavar="FILE")
    writing = commands.add_parser("export", help="write a board's posts as JSON Lines")
    writing.add_argument("--out", type=Path, metavar="FILE", help="the file to write; standard output without it")
    for command in (reading, writing):
        command.add_argument("--board", required=True, choices=BOARDS)
    commands.add_parser("doctor", help="check everything that has to be right, and say how to mend what is not")
    return parser


if __name__ == "__main__":
    sys.exit(main())
