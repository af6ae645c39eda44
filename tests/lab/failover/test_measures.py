"""The arithmetic of the rounds. It has to notice what it is there for."""

from __future__ import annotations

import math

import pytest
from tests.lab.failover import faults, report, rounds
from tests.lab.failover.measures import (
    Attempt,
    Change,
    Span,
    held_by,
    longest_gap,
    longest_pause,
    outside,
    percentile,
    total,
)

WINDOW = Span(1.0, 3.0)


def attempts(*failing: tuple[float, float]) -> list[Attempt]:
    """One every 20 ms for four seconds, answered in 1 ms, but for those that begin in a failing stretch."""
    made: list[Attempt] = []
    for number in range(200):
        begin = number * 0.02
        fails = any(since <= begin < until for since, until in failing)
        made.append(Attempt(begin, begin + (0.2 if fails else 0.001), None if fails else "cp1"))
    return made


def result(kind: str, gap: float = 0.1, beyond: float = 0.0) -> rounds.Result:
    found = next(each for each in faults.KINDS if each.name == kind)
    return rounds.Result(found, "lb1", gap, 0.02, 0.0, beyond, beyond, 2.0)


def test_without_a_failure_the_gap_is_the_clients_interval() -> None:
    assert longest_gap(attempts(), WINDOW) == pytest.approx(0.02)


def test_the_gap_is_from_the_last_answer_to_the_next() -> None:
    assert longest_gap(attempts((1.5, 1.9)), WINDOW) == pytest.approx(0.42, abs=0.03)


def test_a_gap_counts_when_a_part_of_it_lies_in_the_window_and_not_otherwise() -> None:
    assert longest_gap(attempts((0.9, 1.3)), WINDOW) == pytest.approx(0.42, abs=0.03)
    assert longest_gap(attempts((0.2, 0.6)), WINDOW) == pytest.approx(0.02)


def test_a_gap_whose_end_was_not_seen_has_no_end() -> None:
    assert longest_gap(attempts((2.5, 9.0)), WINDOW) == math.inf
    assert longest_gap([], WINDOW) == math.inf


def test_a_client_that_pauses_is_told_from_one_that_is_not_served() -> None:
    late = [attempt for attempt in attempts() if not 1.5 <= attempt.begin < 1.9]
    assert longest_gap(late, WINDOW) == pytest.approx(0.42, abs=0.03)
    assert longest_pause(late, WINDOW) == pytest.approx(0.42, abs=0.03)
    assert longest_pause(attempts((1.5, 1.9)), WINDOW) == pytest.approx(0.02)


MOVE = [
    Change(0.0, "lb1", True),
    Change(1.2, "lb2", True),  # before the other has let go
    Change(1.5, "lb1", False),
    Change(2.0, "lb2", False),
    Change(2.4, "lb1", True),
]


@pytest.mark.parametrize(("holders", "seconds"), [(0, 0.4), (1, 0.2 + 0.5 + 0.6), (2, 0.3)])
def test_how_long_it_was_held_by_how_many(holders: int, seconds: float) -> None:
    assert total(held_by(MOVE, holders, WINDOW)) == pytest.approx(seconds)


def test_a_host_that_says_twice_that_it_holds_counts_once() -> None:
    assert held_by([*MOVE[:1], Change(1.1, "lb1", True)], 2, WINDOW) == []


def test_what_a_cut_explains_is_taken_away() -> None:
    assert outside([Span(1, 3)], [Span(0, 1.5), Span(2, 2.5)]) == [Span(1.5, 2), Span(2.5, 3)]
    assert outside([Span(1, 3)], [Span(0, 4)]) == []


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100)])
def test_percentiles_are_values_that_were_seen(percent: float, value: float) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], percent) == value


def test_the_plan_follows_from_the_seed_and_has_every_kind() -> None:
    assert rounds.plan(1, 100) == rounds.plan(1, 100)
    assert rounds.plan(1, 100) != rounds.plan(2, 100)
    counts = {kind.name: [each.name for each, _ in rounds.plan(1, 100)].count(kind.name) for kind in faults.KINDS}
    assert counts == {kind.name: 10 * kind.weight for kind in faults.KINDS}


def test_goals_that_are_met_are_not_told() -> None:
    assert report.misses([result(kind.name) for kind in faults.KINDS]) == []


@pytest.mark.parametrize(
    ("missed", "told"),
    [
        (result("host cut off", gap=0.6), "host cut off: p99 of the gap is 0.600 s, and 0.5 s is the goal"),
        (result("nginx hung", gap=math.inf), "nginx hung: p99 of the gap is inf s, and 2.5 s is the goal"),
        (
            result("partition", beyond=1.6),
            "partition: two hosts that heard each other held the address for 1.600 s, and 1.5 s is the bound",
        ),
    ],
)
def test_goals_that_are_missed_are_told(missed: rounds.Result, told: str) -> None:
    assert report.misses([result("host cut off"), result("nginx hung"), missed]) == [told]


def test_the_table_has_a_line_for_each_kind_that_was_tried() -> None:
    lines = report.table([result("partition", beyond=0.5), result("host cut off", gap=0.25)]).splitlines()
    assert [line[:18].strip() for line in lines[:-1]] == ["kind", "host cut off", "partition"]
    assert lines[1].split()[3:7] == ["1", "250", "250", "250"]
