"""The subcommands that take `aws`, and their arguments. Every `archive` call reads this: it imports nothing slow."""

from __future__ import annotations

import argparse

ENVIRONMENT = "aws"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:  # pyright: ignore[reportPrivateUsage] - argparse has no public name for it
    """Add `cost`."""
    what = "show what the stack's settings cost a day, asking AWS nothing"
    cost = commands.add_parser("cost", help=what, description=f"{what[0].upper()}{what[1:]}.")
    cost.add_argument("environment", choices=[ENVIRONMENT], help="which environment")
    cost.add_argument("--json", action="store_true", help="print JSON instead of a table")
