"""The table and the verdict."""

from __future__ import annotations

from dataclasses import dataclass

LIMIT = "limit: bare Flask, 1 statement, 10 rows"
MOST_CPU, MOST_STATEMENTS, MOST_FAR = 1.5, 4, 1.2


@dataclass(frozen=True)
class Figures:
    """Medians of one subject. cpu, p50 and p99 in ms; `far_from` names the subject that a far page is compared with."""

    name: str
    per_second: float
    p50: float
    p99: float
    cpu: float
    statements: int
    connections: int
    memory_mib: float
    has_cpu_goal: bool = False
    far_from: str = ""


def table(figures: list[Figures]) -> str:
    """Markdown, a row per subject, each with its CPU against the limit's."""
    limit = _named(figures, LIMIT)
    lines = [
        "| page | requests/s | p50 ms | p99 ms | CPU ms | CPU / limit | SQL | MiB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {f.name} | {f.per_second:.0f} | {f.p50:.2f} | {f.p99:.2f} | {f.cpu:.2f} | {f.cpu / limit.cpu:.2f} "
        f"| {f.statements} | {f.memory_mib:.0f} |"
        for f in figures
    ]
    return "\n".join(lines)


def missed(figures: list[Figures]) -> list[str]:
    """The goals that were missed, a sentence each."""
    limit = _named(figures, LIMIT)
    sentences: list[str] = []
    for f in figures:
        if f.statements > MOST_STATEMENTS:
            sentences.append(f"{f.name}: {f.statements} SQL statements, at most {MOST_STATEMENTS} are allowed")
        if f.connections:
            sentences.append(f"{f.name}: connects elsewhere {f.connections} times, a page must not")
        if f.has_cpu_goal and f.cpu > MOST_CPU * limit.cpu:
            sentences.append(f"{f.name}: {f.cpu / limit.cpu:.2f} times the limit's CPU, at most {MOST_CPU} are allowed")
        if f.far_from and f.cpu > MOST_FAR * (near := _named(figures, f.far_from)).cpu:
            ratio = f.cpu / near.cpu
            sentences.append(f"{f.name}: {ratio:.2f} times the CPU of «{near.name}», at most {MOST_FAR} are allowed")
    return sentences


def _named(figures: list[Figures], name: str) -> Figures:
    return next(f for f in figures if f.name == name)
