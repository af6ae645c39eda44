"""`python -m archive_home.sample_content`: fill an empty community with content that is good to look at.

The files of `sample/` tell times as durations before now ("-P2DT5H" is two days and five hours ago), so that the
content is as fresh on the day it is loaded as on the day it was written. They go through auth's and the boards' own
importers, which skip what they have loaded before: running this again changes nothing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from archive_home.tables import BOARDS

FOLDER = Path(__file__).parent / "sample"


def commands() -> list[list[str]]:
    """The importers' command lines, in the order to run them: the members first, then what they wrote."""
    # Services never import one another; their importers are programs.
    python = [sys.executable, "-m"]
    boards = [
        [*python, "archive_boards.transfer", "import", str(FOLDER / f"{board}.jsonl"), "--board", board, "--sample"]
        for board in BOARDS
    ]
    return [[*python, "archive_auth.sample", str(FOLDER / "members.jsonl")], *boards]


def main() -> None:
    for command in commands():
        done = subprocess.run(command, check=False)  # noqa: S603 - our own modules and files
        if done.returncode:
            sys.stderr.write(f"sample content: {' '.join(command[2:])} failed; its own message is above\n")
            sys.exit(1)


if __name__ == "__main__":
    main()
