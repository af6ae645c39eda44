"""`python -m archive_boards.transfer`: bring content into a board, or take it out, as JSON Lines.

Exit codes: 0 done (or nothing to do), 1 nothing was imported because lines are bad or the database refused, 2 called or
set up wrongly.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from archive_boards.board import Board
from archive_boards.service import find_board
from archive_boards.transfer import exporting, importing
from archive_boards.transfer.importing import BadLines
from archive_boards.transfer.lines import Rules
from archive_chassis.database import Database
from archive_chassis.settings import SettingsError, variable


def main(arguments: list[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        board = find_board(options.board)
        database = _database(board, environ)
    except (LookupError, SettingsError) as error:
        return _fail(2, str(error))
    try:
        if options.command == "import":
            return _import(options.file, board, database, _path(board, environ), sample=options.sample)
        return _export(options.out, board, database)
    except BadLines as error:
        return _fail(1, f"nothing was imported into {board.name}:\n{error}")
    except OSError as error:
        return _fail(2, f"{error.filename}: {error.strerror}")
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error)
        migrate = f"is its schema up to date (python -m archive_chassis.migrate {board.name})?"
        return _fail(1, f"the database of {board.name} refused, and nothing was changed: {reason}; {migrate}")
    finally:
        database.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="archive_boards.transfer", description="A board's content as JSON Lines.")
    commands = parser.add_subparsers(dest="command", required=True)
    reading = commands.add_parser("import", help="bring posts in: all of the file, or nothing if any line is bad")
    reading.add_argument("file", type=Path)
    reading.add_argument("--sample", action="store_true", help="only if the board is empty; else do nothing")
    writing = commands.add_parser("export", help="write every post that is not removed")
    writing.add_argument("--out", type=Path, help="the file to write; standard output without it")
    for command in (reading, writing):
        command.add_argument("--board", required=True, help="the board's name, such as news")
    return parser


def _database(board: Board, environ: Mapping[str, str]) -> Database:
    name = variable(board.name, "database_url")
    if not environ.get(name):
        raise SettingsError(f"{name} is not set: it names the database of the board {board.name}")
    return Database(environ[name])


def _path(board: Board, environ: Mapping[str, str]) -> str:
    """The board's path from ARCHIVE_SITE; what the catalogue calls it where that is not set."""
    site = dict(word.split("=", 1) for word in environ.get("ARCHIVE_SITE", "").split() if "=" in word)
    return site.get(board.name, f"/{board.name}").rstrip("/")


def _import(file: Path, board: Board, database: Database, path: str, *, sample: bool) -> int:
    rules, size = Rules.of(board), importing.file_size(file)
    with file.open("rb") as source, database.sessions() as current:
        if sample and not importing.is_empty(current, board):
            sys.stdout.write(f"{board.name} has posts already: the sample content is left out\n")
            return 0
        current.rollback()  # no transaction stays open while the file is checked
        importing.check(source, rules, size)
        counts = importing.write(current, board, source, rules, size, path)
        current.commit()
    skipped = f"; {counts.skipped} skipped, imported before" if counts.skipped else ""
    sys.stdout.write(f"{board.name}: {counts.posts} posts and {counts.comments} comments imported{skipped}\n")
    return 0


def _export(out: Path | None, board: Board, database: Database) -> int:
    if out is None:
        exporting.write(database, board, sys.stdout)
        return 0
    # Written beside its place and moved there when it is whole: a broken export never looks like a finished one.
    unfinished = out.with_name(out.name + ".unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as target:
            count = exporting.write(database, board, target)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    sys.stderr.write(f"{board.name}: {count} posts exported to {out}\n")
    return 0


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"archive: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
