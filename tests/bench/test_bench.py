"""The bench measures every page, and its verdict can fail."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.bench import program, report, statements
from tests.bench.__main__ import measure
from tests.bench.report import Figures

from archive_chassis.database import reader
from archive_chassis.testing import make_app, make_settings, new_client

LIMIT = Figures(report.LIMIT, 3000, 0.3, 0.6, 0.30, 1, 0, 50)
NEAR = Figures("list", 3000, 0.3, 0.6, 0.40, 3, 0, 90, has_cpu_goal=True)
FAR = Figures("far", 3000, 0.3, 0.6, 0.45, 3, 0, 90, far_from="list")


@pytest.mark.slow
@pytest.mark.alone
def test_every_page_is_measured(tmp_path: Path) -> None:
    # Enough requests for the limit's CPU to be several ticks of the kernel's clock: the table divides by it.
    figures = measure(tmp_path, posts=400, rounds=1, requests=200)
    assert len(figures) == 7
    assert report.LIMIT in report.table(figures)
    for figure in figures:
        assert figure.per_second > 0
        assert 0 < figure.p50 <= figure.p99
        assert 1 <= figure.statements <= report.MOST_STATEMENTS
        assert figure.connections == 0
        assert figure.memory_mib > 20


def test_a_page_that_asks_once_per_row_is_counted_and_named(tmp_path: Path) -> None:
    app = make_app("news", make_settings("news", tmp_path))

    def once_per_row() -> str:
        for _row in range(20):
            reader().execute(text("SELECT 1"))
        return ""

    app.add_url_rule("/planted", view_func=once_per_row)
    sql, connections = statements.count(app, new_client(app), "/news/planted")
    assert (sql, connections) == (20, 0)
    sentences = report.missed([LIMIT, replace(NEAR, statements=sql, connections=connections)])
    assert sentences == ["list: 20 SQL statements, at most 4 are allowed"]


def test_a_page_that_connects_elsewhere_is_counted(tmp_path: Path) -> None:
    app = make_app("news", make_settings("news", tmp_path))

    def calls_another() -> str:
        with socket.socket() as other:
            other.connect(("127.0.0.1", 9))  # the counter stands in for connect: nothing is sent
        return ""

    app.add_url_rule("/planted", view_func=calls_another)
    assert statements.count(app, new_client(app), "/news/planted") == (0, 1)


def test_good_figures_miss_nothing() -> None:
    assert report.missed([LIMIT, NEAR, FAR]) == []


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (replace(NEAR, cpu=0.46), "1.53 times the limit's CPU"),
        (replace(NEAR, statements=46), "46 SQL statements"),
        (replace(NEAR, connections=20), "connects elsewhere 20 times"),
        (replace(FAR, cpu=0.5), "1.25 times the CPU of «list»"),
    ],
)
def test_a_page_beyond_a_goal_is_named(bad: Figures, word: str) -> None:
    figures = [LIMIT, NEAR if bad.name == "far" else bad, FAR if bad.name == "list" else bad]
    assert any(word in sentence for sentence in report.missed(figures))


@pytest.mark.slow
def test_the_programs_imports_are_measured_and_a_missed_goal_is_named() -> None:
    nothing, ours = program.python("pass"), program.python(program.imports())
    assert ours.seconds > nothing.seconds
    assert ours.mib > 2 * nothing.mib
    fast, slow = program.Taken(0.5, 60), program.Taken(9.0, 200)
    taken = dict.fromkeys((program.NOTHING, program.SDK, program.OURS, program.EMPTY, program.PREVIEW), fast)
    assert program.missed(taken) == []
    assert len(program.missed({**taken, program.PREVIEW: slow})) == 2
    assert len(program.missed({**taken, program.OURS: slow})) == 1
