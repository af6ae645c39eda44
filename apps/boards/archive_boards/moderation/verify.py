"""`python -m archive_boards.moderation.verify BOARD`: whether anybody has touched the board's moderation log.

Prints the newest digest. Noted elsewhere (on paper, in a ticket), it can be given the next time as `--noted 12=3f9c…`:
it tells whether the log up to there is still the same, even if somebody wrote all of it anew. Exit codes: 0 whole,
1 not, 2 called or set up wrongly.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from archive_boards.board import Board
from archive_boards.moderation import log
from archive_boards.names import AnyRow
from archive_boards.service import find_board
from archive_chassis.database import Database
from archive_chassis.settings import SettingsError, variable
from archive_chassis.tables import outbox

CHUNK = 500


@dataclass(frozen=True)
class Verdict:
    """How many rows were looked at, the newest digest, the first row that is not as it was (0: none), and why."""

    rows: int
    newest: str
    broken: int = 0
    why: str = ""


def check(connection: Connection, board: Board, noted: Mapping[int, str] | None = None) -> Verdict:
    """Go through the whole log. `noted`: digests that are known from elsewhere, row id → the first characters of it."""
    newest = connection.execute(select(func.max(board.tables.moderation_log.c.id))).scalar_one() or 0
    # Read after `newest` and before the rows: it knows all rows up to the former, and no row that the latter lack.
    recorded, noted = _recorded(connection), noted or {}
    oldest = min(recorded, default=1)
    before, count = log.BEGINNING, 0
    for row in _rows(connection, board):
        count += 1
        why = _fault(row, count, before)
        if not why:
            why = _strange(row, recorded.get(row.id, "" if oldest <= row.id <= newest else None))
        if not why:
            why = _strange(row, noted.get(row.id))
        if why:
            return Verdict(count, before, min(row.id, count), why)
        before = row.digest
    later = [number for number in (*recorded, *noted) if number > count]
    if later:
        return Verdict(count, before, count + 1, f"is missing, and row {min(later)} was written once")
    return Verdict(count, before)


def main(arguments: list[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        board = find_board(options.board)
        name = variable(board.name, "database_url")
        if not environ.get(name):
            raise SettingsError(f"{name} is not set: it names the database of the board {board.name}")
        database = Database(environ[name])
    except (LookupError, SettingsError) as error:
        return _fail(2, str(error))
    try:
        with database.reading.connect() as connection:
            found = check(connection, board, dict(options.noted))
    except SQLAlchemyError as error:
        return _fail(2, f"the database of {board.name} refused: {getattr(error, 'orig', None) or error}")
    finally:
        database.close()
    if found.broken:
        return _fail(1, f"the moderation log of {board.name} is broken: row {found.broken} {found.why}")
    note = f"note elsewhere: {found.rows}={found.newest}" if found.rows else "it is empty"
    sys.stdout.write(f"the moderation log of {board.name} is whole, {found.rows} rows; {note}\n")
    return 0


def _fault(row: AnyRow, number: int, before: str) -> str:
    """What is wrong with the row that should be the `number`-th, after the digest `before`; "" when nothing is."""
    if row.id > number:
        return f"is missing: row {row.id} comes next"
    if row.id < number:
        return "stands before the first row"
    if log.digest(row._mapping, before) != row.digest:
        return "does not fit its digest: it was changed, moved, or comes after one that was"
    return ""


def _strange(row: AnyRow, known: str | None) -> str:
    """What is wrong with a row of whose digest something is known: its first characters, "" that it never was one."""
    if known == "":
        return "was never recorded by the board: somebody else has written it"
    if known is not None and not row.digest.startswith(known):
        return "has another digest than when it was written: it was written anew"
    return ""


def _rows(connection: Connection, board: Board) -> Iterator[AnyRow]:
    """Every row in the order of the ids, a chunk at a time."""
    t = board.tables.moderation_log
    last: int | None = None
    while True:
        query = select(t).order_by(t.c.id).limit(CHUNK)
        rows = connection.execute(query if last is None else query.where(t.c.id > last)).all()
        yield from rows
        if len(rows) < CHUNK:
            return
        last = rows[-1].id


def _recorded(connection: Connection) -> dict[int, str]:
    """The digests that the outbox recorded as the rows were written."""
    logged = select(outbox.c.data).where(outbox.c.type == "moderation.logged").order_by(outbox.c.id)
    return {int(data["id"]): str(data["digest"]) for data in connection.execute(logged).scalars()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="archive_boards.moderation.verify", description="Check a moderation log.")
    parser.add_argument("board", help="the board's name, such as news")
    parser.add_argument(
        "--noted", action="append", default=[], type=_noted, metavar="ROW=DIGEST", help="a digest noted earlier"
    )
    return parser


def _noted(text: str) -> tuple[int, str]:
    found = re.fullmatch(r"(\d{1,18})=([0-9a-f]{8,64})", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r}: write it as it was printed, such as 12=3f9c0a71…")
    return int(found[1]), found[2]


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"archive: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
