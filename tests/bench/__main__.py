"""`make bench`: the community's pages against this machine's own limit, measured in the same run.

Rounds are interleaved (the limit, each page, again), and medians are shown: these figures move with the machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import report
from tests.bench.databases import KINDS, TITLES
from tests.bench.measuring import Amounts, measure, say
from tests.bench.pages import GROUPS

DEFAULT = Amounts()


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--pages", choices=GROUPS, nargs="+", default=GROUPS, metavar="NAME", help=" ".join(GROUPS))
    parser.add_argument("--posts", type=_at_least(100), default=DEFAULT.posts, help="and three times as many comments")
    parser.add_argument("--rounds", type=_at_least(1), default=DEFAULT.rounds)
    parser.add_argument("--requests", type=_at_least(1), default=DEFAULT.requests, help="for each page in each round")
    return parser.parse_args(words)


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a number of {least} or more (got {text})")
        return int(text)

    return number


def verdict(kind: str, figures: list[report.Figures]) -> tuple[str, bool]:
    """What is printed about one kind of database, and whether all its goals were met."""
    missed = report.missed(figures)
    lines = [f"## {TITLES[kind]}", "", report.table(figures), ""]
    if any(report.is_late(one) for one in figures):
        lines += ["!: the load generator was late itself, so the times at half the rate are too long.", ""]
    lines += [f"missed: {sentence}" for sentence in missed] or ["All goals are met."]
    return "\n".join(lines) + "\n\n", not missed


def main() -> int:
    """0 when all goals were met, 1 when one was missed, 2 when nothing could be measured."""
    try:
        return 0 if run(arguments()) else 1
    except RuntimeError as error:
        sys.stderr.write(f"nothing was measured: {error}\n")
        return 2


def run(asked: argparse.Namespace) -> bool:
    """Measure and print; whether all goals were met."""
    amounts = Amounts(asked.posts, asked.rounds, asked.requests)
    met: list[bool] = []
    for kind in KINDS if asked.database == "both" else (asked.database,):
        say(TITLES[kind])
        with tempfile.TemporaryDirectory(prefix="archive-bench-") as name:
            figures = measure(kind, Path(name), amounts, asked.pages)
        text, good = verdict(kind, figures)
        sys.stdout.write(text)
        sys.stdout.flush()
        met.append(good)
    return all(met)


if __name__ == "__main__":
    sys.exit(main())
