"""The rounds' costs as a table, and the goals that they miss. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from tests.lab.failover.faults import KINDS
from tests.lab.failover.measures import percentile
from tests.lab.failover.rounds import Result

TWO_HOLDERS_SECONDS = 1.5
"""How long two hosts may hold the address that can hear each other: keepalived's restart, and the time to settle it."""

HEADER = (
    "kind               rounds   gap p50    p99    max   nobody p50    max   two p50    max   beyond max   pause max"
)


def table(results: Sequence[Result]) -> str:
    """A line for each kind, in milliseconds: see `Result` for what is measured."""
    lines = [HEADER]
    for kind in KINDS:
        of_kind = [result for result in results if result.kind.name == kind.name]
        if of_kind:
            lines.append(_line(kind.name, of_kind))
    again = sum(result.tries - 1 for result in results)
    return "\n".join([*lines, f"{again} rounds were made again because this machine was too busy to measure"])


def _line(name: str, results: Sequence[Result]) -> str:
    gaps = [result.gap for result in results]
    nobody = [result.nobody for result in results]
    both = [result.both for result in results]
    return (
        f"{name:<18} {len(results):>6}"
        f"   {_ms(percentile(gaps, 50), 7)}{_ms(percentile(gaps, 99), 7)}{_ms(max(gaps), 7)}"
        f"   {_ms(percentile(nobody, 50), 10)}{_ms(max(nobody), 7)}   {_ms(percentile(both, 50), 7)}{_ms(max(both), 7)}"
        f"   {_ms(max(result.beyond for result in results), 10)}   {_ms(max(result.pause for result in results), 9)}"
    )


def _ms(seconds: float, width: int) -> str:
    return f"{seconds * 1000:>{width}.0f}"


def misses(results: Sequence[Result]) -> list[str]:
    """A line for each goal that was missed; none when all is as promised."""
    lines: list[str] = []
    for kind in KINDS:
        gaps = [result.gap for result in results if result.kind.name == kind.name]
        if gaps and kind.limit is not None and percentile(gaps, 99) >= kind.limit:
            lines.append(f"{kind.name}: p99 of the gap is {percentile(gaps, 99):.3f} s, and {kind.limit} s is the goal")
    longest = max(results, key=lambda result: result.beyond, default=None)
    if longest is not None and longest.beyond >= TWO_HOLDERS_SECONDS:
        lines.append(
            f"{longest.kind.name}: two hosts that heard each other held the address for {longest.beyond:.3f} s, "
            f"and {TWO_HOLDERS_SECONDS} s is the bound"
        )
    return lines
