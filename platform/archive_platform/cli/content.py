"""A board's content as JSON Lines: the board kit does the work, with the environment of the running stack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from archive_platform.cli.stack import Stack
from archive_platform.errors import PlatformError
from archive_platform.local.programs import base_environment

MODULE = "archive_boards.transfer"


def bring_in(stack: Stack, board: str, file: Path) -> int:
    """Import `file` into a board: all of it, or nothing when a line is bad. The exit code of the board kit."""
    if not file.is_file():
        raise PlatformError(f"{file} is no file: name one with a post in each line, as `archive export` writes it")
    return _transfer(stack, ["import", str(file.resolve()), "--board", board])


def take_out(stack: Stack, board: str, out: Path | None) -> int:
    """Export a board to `out`, or to standard output. The exit code of the board kit."""
    target = ["--out", str(out.resolve())] if out else []
    return _transfer(stack, ["export", "--board", board, *target])


def _transfer(stack: Stack, arguments: list[str]) -> int:
    environment = {**base_environment(), **stack.environment}
    return subprocess.run([sys.executable, "-m", MODULE, *arguments], env=environment, check=False).returncode
