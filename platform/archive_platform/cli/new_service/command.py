"""Writes a new board: all of its files, or none."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from archive_platform.cli.new_service.edits import edits
from archive_platform.cli.new_service.files import files
from archive_platform.cli.new_service.names import checked
from archive_platform.errors import PlatformError

COMMAND = "new-service"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:  # pyright: ignore[reportPrivateUsage] - argparse has no public name for it
    """The subcommand's arguments."""
    making = commands.add_parser(COMMAND, help="make a new board: its package, and its place in the community")
    making.add_argument("name", metavar="NAME", help="part of its address: reviews makes /reviews")
    making.add_argument("--title", required=True, help="what the navigation calls it, in Korean")
    making.add_argument("--english", help="the same in English; the name without it")


def run(checkout: Path, name: str, title: str, english: str | None) -> int:
    """Make the board in `checkout`. PlatformError, before anything is written, for what cannot be."""
    names = checked(name, title, english or name.replace("-", " ").capitalize())
    new, changed = files(names), edits(checkout, names)
    there = [path for path in (f"apps/{names.name}", *new) if (checkout / path).exists()]
    if there:
        raise PlatformError(f"{there[0]} exists already: remove it, or choose another name")
    for path, content in (new | changed).items():
        target = checkout / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    for path in new:
        print(f"made     {path}")
    for path in changed:
        print(f"changed  {path}")
    locked = subprocess.run([sys.executable, "-m", "tools.bootstrap", "lock"], cwd=checkout, check=False)
    if locked.returncode:
        raise PlatformError("the lock file is not up to date: mend what uv says, then `make lock`")
    print(f"\n{names.title} will live at {names.path} after `make up`. Its words, categories and fields are in")
    print(f"apps/{names.name}/{names.package}/__init__.py; docs/extending.md says what more a board can have.")
    return 0
