"""`python -m archive_home.search.rebuild`: write the search index anew from the documents that home keeps.

With `--reread BOARD` the index also takes its place in that board's feed back to the beginning: the background process
then reads the whole feed again. Events that are older than what a document has change nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from archive_chassis.database import session
from archive_chassis.search import merging
from archive_chassis.settings import Settings, SettingsError
from archive_chassis.tables import event_offset
from archive_home.application import create_app
from archive_home.search.learning import place
from archive_home.search.tables import search_tables
from archive_home.tables import BOARDS


def rebuild() -> dict[str, int]:
    """Write every block anew, in the application context of home. Returns what there is: blocks, documents."""
    counts = [merging.rebuild(search_tables, block) for block in merging.blocks(search_tables)]
    return {"blocks": len(counts), "documents": sum(counts)}


def reread(board: str) -> None:
    """Let the background process read a board's whole feed again."""
    session().execute(delete(event_offset).where(event_offset.c.source == place(board)))
    session().commit()


def main() -> None:
    parser = argparse.ArgumentParser(prog="archive_home.search.rebuild", description=__doc__)
    parser.add_argument("--reread", metavar="BOARD", choices=BOARDS, action="append", default=[])
    arguments = parser.parse_args()
    try:
        app = create_app(Settings.load("home", os.environ))
        with app.app_context():
            result = rebuild()
            for board in arguments.reread:
                reread(board)
    except (SettingsError, SQLAlchemyError, RuntimeError) as error:
        sys.stderr.write(f"the index was not rebuilt: {error}\n")
        sys.exit(1)
    sys.stdout.write(json.dumps(result | {"reread": arguments.reread}) + "\n")


if __name__ == "__main__":
    main()
