"""The bench measures every page, and its verdict can fail."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from tests.bench import load, program, report, search, statements
from tests.bench.__main__ import arguments, verdict
from tests.bench.answering import Answer, answering
from tests.bench.load import Expected, OpenRound, Request
from tests.bench.measuring import Amounts, measure
from tests.bench.pages import GROUPS, PAGE
from tests.bench.report import Figures
from tests.bench.visitors import READER, Members

from archive_chassis.database import reader
from archive_chassis.testing import make_app, make_settings
from archive_chassis.tokens import ACCESS_LIFETIME

HALF = OpenRound(1500, 0.5, 3.0, 0.1)
LIMIT = Figures(report.LIMIT, 3000, 0.3, 0.6, 0.30, 0.0, 1, 0, 50)
NEAR = Figures("list", 3000, 0.3, 0.6, 0.40, 0.0, 3, 0, 90, HALF)
FAR = Figures("far", 3000, 0.3, 0.6, 0.44, 0.0, 3, 0, 90, HALF, far_from="list")
WRITE = Figures("write", 500, 2.0, 3.0, 1.80, 0.0, 13, 0, 90, HALF, writes=True)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize(("kind", "groups", "pages"), [("sqlite", GROUPS, 21), ("mariadb", ("list", "write"), 6)])
def test_every_page_is_measured(tmp_path: Path, kind: str, groups: tuple[str, ...], pages: int) -> None:
    # Enough requests for the limit's CPU to be more than a tick of the kernel's clock: the table divides by it.
    figures = measure(kind, tmp_path, Amounts(posts=120, rounds=1, requests=60, open_rounds=1), groups)
    assert len(figures) == len({one.name for one in figures}) == 1 + pages
    shown = report.table(figures)
    for one in figures:
        assert f"\n| {one.name} | " in shown
        assert one.per_second > 0
        assert 0 < one.p50 <= one.p99
        assert one.memory_mib > 20
        assert one.connections == 0
        assert one.writes or 1 <= one.statements <= 6, one.name
        if one.name != report.LIMIT:
            assert one.half is not None
            assert 0 < one.half.p50 <= one.half.p99
    assert not [sentence for sentence in report.missed(figures) if "SQL" in sentence or "connects" in sentence]


def test_a_page_that_asks_once_per_row_is_counted_and_named(tmp_path: Path) -> None:
    def once_per_row() -> str:
        for _row in range(20):
            reader().execute(text("SELECT 1"))
        return ""

    counted = statements.count(with_page(tmp_path, once_per_row), Request("/news/planted"), PAGE)
    assert counted == (20, 0)
    sentences = report.missed([LIMIT, replace(NEAR, statements=20)])
    assert sentences == ["list: 20 SQL statements, at most 6 are allowed"]


def test_a_page_that_connects_elsewhere_is_counted(tmp_path: Path) -> None:
    def calls_another() -> str:
        with socket.socket() as other:
            other.connect(("127.0.0.1", 9))  # the counter stands in for connect: nothing is sent
        return ""

    assert statements.count(with_page(tmp_path, calls_another), Request("/news/planted"), PAGE) == (0, 1)


def test_an_answer_that_is_not_as_expected_is_an_error_and_no_figure(tmp_path: Path) -> None:
    app = make_app("news", make_settings("news", tmp_path))
    with pytest.raises(RuntimeError, match="GET /news/1 was answered 404"):
        statements.count(app, Request("/news/1"), PAGE)
    # Nobody is logged in, and the form has no token: the post is not taken.
    with pytest.raises(RuntimeError, match="POST /news/write was answered 403"):
        statements.count(app, Request("/news/write", form={"title": "제목"}), Expected(303, r"/news/\d+"))


@pytest.mark.parametrize(
    ("expected", "word"),
    [(PAGE, "GET /here .*: answered 303 and not 200"), (Expected(303, "/there"), "led to '/else'")],
)
def test_the_generator_refuses_what_is_not_expected(expected: Expected, word: str) -> None:
    with answering(lambda: (303, {"Location": "/else"})) as server, pytest.raises(RuntimeError, match=word):
        load.closed(server, [Request("/here")] * 4, expected, lambda: 0.0)


def test_a_slow_page_is_slow_in_both_loops() -> None:
    with answering(lambda: pausing(0.03)) as server:
        closed = load.closed(server, [Request("/")] * 20, PAGE, lambda: 0.0)
        at_half = load.open_loop(server, [Request("/")] * 20, PAGE, 50, seed=1)
    assert closed.p50 >= 30
    assert closed.per_second < 70
    assert at_half.p50 >= 30
    assert any("p99 is" in sentence for sentence in report.missed([LIMIT, replace(NEAR, half=at_half)]))


def test_one_stall_is_felt_by_everybody_who_was_due_meanwhile() -> None:
    numbers, worker = itertools.count(), threading.Lock()

    def stalls_once() -> Answer:
        with worker:
            return pausing(0.5 if next(numbers) == 10 else 0)

    with answering(stalls_once) as server:
        seen = load.open_loop(server, [Request("/")] * 100, PAGE, 200, seed=1)
    # All hundred are due within half a second or so. A closed loop would have felt the stall in two of them.
    assert seen.p50 > 50


def test_a_late_generator_is_told() -> None:
    slept = replace(NEAR, half=replace(HALF, p99=30.0, late=9.0))
    assert "9.00!" in report.table([LIMIT, slept])
    assert report.missed([LIMIT, slept])[0].endswith("(the load generator was 9.0 ms late itself)")
    assert "late itself" in verdict("sqlite", [LIMIT, slept])[0]
    assert "late itself" not in verdict("sqlite", [LIMIT, NEAR])[0]


def test_good_figures_miss_nothing() -> None:
    assert report.missed([LIMIT, NEAR, FAR, WRITE]) == []
    assert verdict("mariadb", [LIMIT, NEAR, FAR, WRITE])[1]
    assert "**" not in report.table([LIMIT, NEAR, FAR, WRITE])


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (replace(NEAR, cpu=0.46), "1.53 times the limit's CPU"),
        (replace(NEAR, statements=46), "46 SQL statements"),
        (replace(NEAR, connections=20), "connects elsewhere 20 times"),
        (replace(NEAR, half=replace(HALF, p99=25.0)), "p99 is 25.0 ms"),
        (replace(WRITE, half=replace(HALF, p99=80.0)), "p99 is 80.0 ms"),
        (replace(FAR, cpu=0.5), "1.25 times the CPU of the page near the list's start"),
    ],
)
def test_a_page_beyond_a_goal_is_named(bad: Figures, word: str) -> None:
    figures = [LIMIT, *(bad if bad.name == one.name else one for one in (NEAR, FAR, WRITE))]
    assert any(sentence.startswith(f"{bad.name}: {word}") for sentence in report.missed(figures))
    assert not verdict("sqlite", figures)[1]


def test_a_member_is_logged_in_for_as_long_as_a_run_takes() -> None:
    hour = [0.0]
    members = Members(lambda: hour[0])
    first = members.cookie(READER)
    assert members.cookie(READER) == first
    hour[0] = ACCESS_LIFETIME.total_seconds() / 2
    assert members.cookie(READER) != first


def test_the_command_line_names_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert arguments(["--pages", "list", "write"]).pages == ["list", "write"]
    for words in (["--pages", "lists"], ["--rounds", "0"], ["--posts", "99"], ["--database", "oracle"]):
        with pytest.raises(SystemExit):
            arguments(words)
        assert words[1] in capsys.readouterr().err


def test_slow_searches_miss_their_goal() -> None:
    fast, slow = ({"a word": [search.Took(ms, ms)] * 100} for ms in (5.0, 40.0))
    assert search.misses_goal(fast, 100_000) == ""
    assert "p99 of all queries is 40.0 ms" in search.misses_goal(slow, 100_000)
    assert search.misses_goal(slow, 1_000_000) == "", "the goal is for fewer documents"


@pytest.mark.slow
def test_the_programs_imports_are_measured_and_a_missed_goal_is_named() -> None:
    nothing, ours = program.python("pass"), program.python(program.imports())
    assert ours.seconds > nothing.seconds
    assert ours.mib > 2 * nothing.mib
    fast, slow = program.Taken(0.5, 60), program.Taken(9.0, 200)
    names = (program.NOTHING, program.SDK, program.OURS, program.EMPTY, program.PREVIEW)
    taken: dict[str, program.Taken] = dict.fromkeys(names, fast)
    assert program.missed(taken) == []
    assert len(program.missed({**taken, program.PREVIEW: slow})) == 2
    assert len(program.missed({**taken, program.OURS: slow})) == 1


def with_page(folder: Path, view: Callable[[], str]) -> Flask:
    """A news board with one more page."""
    app = make_app("news", make_settings("news", folder))
    app.add_url_rule("/planted", view_func=view)
    return app


def pausing(seconds: float) -> Answer:
    time.sleep(seconds)
    return 200, {}
