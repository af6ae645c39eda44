"""The table and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.load import OpenRound

LIMIT = "limit: bare Flask, 1 statement, 10 rows"
#: A generator that is later than this (ms, p99) says more about this machine than about the page.
LATE_MS = 2.0


@dataclass(frozen=True)
class Figures:
    """Medians of one page. Times in ms; `cpu` is that of the service and the database server together.

    `half` is what the open loop saw at half the saturation rate, None if it was not run. `far_from` names the page that
    a far page is compared with. `writes`: each request changes something.
    """

    name: str
    per_second: float
    p50: float
    p99: float
    cpu: float
    database_cpu: float
    statements: int
    connections: int
    memory_mib: float
    half: OpenRound | None = None
    far_from: str = ""
    writes: bool = False


Named = Mapping[str, Figures]


@dataclass(frozen=True)
class Goal:
    """What no page may exceed. `of(figures, all)` is a page's value, None for a page that has no such goal.

    `sentence` tells of a miss with {value} and {most}; `column` is the column of the table that shows the value, "" for
    none. With `below`, `most` itself is a miss.
    """

    name: str
    most: float
    of: Callable[[Figures, Named], float | None]
    sentence: str
    column: str = ""
    below: bool = False

    def is_missed(self, value: float | None) -> bool:
        return value is not None and (value >= self.most if self.below else value > self.most)


def cpu_ratio(figures: Figures, known: Named) -> float:
    """A page's CPU over the limit's, of the same database and the same rounds."""
    return figures.cpu / known[LIMIT].cpu


def _cpu(figures: Figures, known: Named) -> float | None:
    return None if figures.writes else cpu_ratio(figures, known)


def _statements(figures: Figures, _known: Named) -> float | None:
    # What a write may take is held by tests/apps/statements.
    return None if figures.writes else figures.statements


def _p99(figures: Figures, _known: Named) -> float | None:
    return figures.half.p99 if figures.half else None


def _far(figures: Figures, known: Named) -> float | None:
    return figures.cpu / known[figures.far_from].cpu if figures.far_from in known else None


GOALS = (
    Goal("statements", 6, _statements, "{value:.0f} SQL statements, at most {most} are allowed", "SQL"),
    Goal("connections", 0, lambda one, _: one.connections, "connects elsewhere {value:.0f} times, a page must not"),
    Goal("CPU", 1.5, _cpu, "{value:.2f} times the limit's CPU, at most {most} are allowed", "CPU / limit"),
    Goal(
        "p99", 25, _p99, "p99 is {value:.1f} ms at half the rate, less than {most} is wanted", "p99 at half", below=True
    ),
    Goal("far", 1.2, _far, "{value:.2f} times the CPU of the page near the list's start, at most {most} are allowed"),
)
COLUMNS = ("page", "requests/s", "p50 ms", "p99 ms", "CPU ms", "of it DB", "CPU / limit", "SQL")
OPEN_COLUMNS = ("at half: requests/s", "p50 at half", "p99 at half", "late ms", "MiB")


def table(figures: Sequence[Figures]) -> str:
    """Markdown, a row per page. What misses its goal is bold; `!` marks a load generator that was late itself."""
    known = {one.name: one for one in figures}
    columns = COLUMNS + OPEN_COLUMNS
    lines = [f"| {' | '.join(columns)} |", f"|---{'|---:' * (len(columns) - 1)}|"]
    for one in figures:
        cells = _cells(one, known)
        for goal in _missed_goals(one, known):
            if goal.column:
                cells[goal.column] = f"**{cells[goal.column]}**"
        lines.append(f"| {' | '.join(cells[column] for column in columns)} |")
    return "\n".join(lines)


def missed(figures: Sequence[Figures]) -> list[str]:
    """The goals that were missed, a sentence for each page and goal."""
    known = {one.name: one for one in figures}
    sentences: list[str] = []
    for one in figures:
        for goal in _missed_goals(one, known):
            said = goal.sentence.format(value=goal.of(one, known), most=goal.most)
            sentences.append(f"{one.name}: {said}{_excuse(one) if goal.name == 'p99' else ''}")
    return sentences


def is_late(figures: Figures) -> bool:
    """Whether the load generator did not keep to its hours: then the times at half the rate are too long."""
    return figures.half is not None and figures.half.late > LATE_MS


def _excuse(figures: Figures) -> str:
    if figures.half is None or not is_late(figures):
        return ""
    return f" (the load generator was {figures.half.late:.1f} ms late itself)"


def _missed_goals(figures: Figures, known: Named) -> list[Goal]:
    if figures.name == LIMIT:
        return []
    return [goal for goal in GOALS if goal.is_missed(goal.of(figures, known))]


def _cells(one: Figures, known: Named) -> dict[str, str]:
    """Column → text."""
    half = one.half
    values = (
        *(one.name, f"{one.per_second:.0f}", f"{one.p50:.2f}", f"{one.p99:.2f}", f"{one.cpu:.2f}"),
        *(f"{one.database_cpu:.2f}" if one.database_cpu else "–", f"{cpu_ratio(one, known):.2f}", str(one.statements)),
    )
    at_half = (
        (f"{half.per_second:.0f}", f"{half.p50:.2f}", f"{half.p99:.2f}", f"{half.late:.2f}{'!' * is_late(one)}")
        if half
        else ("", "", "", "")
    )
    return dict(zip(COLUMNS + OPEN_COLUMNS, (*values, *at_half, f"{one.memory_mib:.0f}"), strict=True))
