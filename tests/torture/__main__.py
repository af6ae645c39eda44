"""`make torture`: thousands of kills in campaigns, each on a community of its own, SQLite and MariaDB in turn."""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator

from tests.torture import campaign
from tests.torture.campaign import Report
from tests.torture.injections import ENGINES, Engine
from tests.torture.planted import BUGS, KEY_NOT_UNIQUE, UNFLUSHED

IN_ONE = 200
SAY_EVERY = 20


def campaigns(seed: int, engines: tuple[Engine, ...], injections: int) -> Iterator[tuple[int, Engine, int]]:
    """Seed, engine and injections of each campaign; a single engine with few injections is one campaign."""
    done = number = 0
    while done < injections:
        size = min(IN_ONE, injections - done)
        yield seed + number, engines[number % len(engines)], size
        done, number = done + size, number + 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.torture", description=__doc__)
    parser.add_argument("--injections", type=int, default=10_000)
    parser.add_argument("--seed", type=int, help="of the first campaign; the next ones count on from it")
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="both")
    parser.add_argument(
        "--bug", choices=[*BUGS, KEY_NOT_UNIQUE, UNFLUSHED], default="", help="plant a bug, to see that it is found"
    )
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1_000_000)
    engines: tuple[Engine, ...] = ENGINES if arguments.engine == "both" else (arguments.engine,)
    sys.stdout.write(f"seed {seed}, {arguments.injections:,} injections\n")
    reports: list[Report] = []
    for number, engine, size in campaigns(seed, engines, arguments.injections):
        report = campaign.run(number, engine, size, arguments.bug, say=_say)
        reports.append(report)
        sys.stdout.write(f"{report}\n")
        sys.stdout.flush()
        if report.failed_at is not None:
            break
    sys.stdout.write(f"\n{table(reports)}\n")
    return 1 if any(report.failed_at for report in reports) else 0


def _say(report: Report) -> None:
    if report.injections % SAY_EVERY == 0:
        sys.stderr.write(f"… {report.engine}, seed {report.seed}: {report.injections}, {report.seconds:.0f} s\n")


def table(reports: list[Report]) -> str:
    """How often each step was hit, and who died, in Markdown."""
    points, victims = Counter[str](), Counter[str]()
    for report in reports:
        points.update(report.points)
        victims.update(report.victims)
    lines: list[str] = []
    for title, counted in (("killed at", points), ("killed", victims)):
        lines += [f"| {title} | times |", "|---|---:|"]
        lines += [f"| {name} | {count:,} |" for name, count in sorted(counted.items())] + [""]
    answers, lost = sum(one.acknowledged for one in reports), sum(one.lost for one in reports)
    seconds = sum(one.seconds for one in reports)
    return "\n".join([*lines, f"{answers:,} answers, {lost:,} never known, {seconds:,.0f} s"])


if __name__ == "__main__":
    sys.exit(main())
