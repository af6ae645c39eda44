"""200 kills, half of them on each database: nothing acknowledged is lost, and no event is applied twice."""

from __future__ import annotations

import pytest
from tests.torture import campaign
from tests.torture.checks import consumed, told, written
from tests.torture.injections import ENGINES, POINTS, VICTIMS, Engine, plan
from tests.torture.planted import KEY_NOT_UNIQUE, OFFSET_LAST, UNFLUSHED

pytestmark = [pytest.mark.slow, pytest.mark.alone]

SEED, INJECTIONS = 20261129, 100
#: Within so many injections a planted bug is found.
BOUND = 40


@pytest.mark.parametrize("engine", ENGINES)
def test_everything_acknowledged_is_there_once_whoever_is_killed(engine: Engine) -> None:
    report = campaign.run(SEED, engine, INJECTIONS)
    print(report)
    assert report.failed_at is None, str(report)
    assert report.injections == INJECTIONS
    assert set(report.points) == {str(point) for point in POINTS}, "each step was come by"
    assert set(report.victims) == set(VICTIMS[engine])
    assert report.acknowledged > 5 * INJECTIONS
    assert report.lost > 0, "some answers were lost for good, so the checks met with maybes"


@pytest.mark.parametrize(
    ("bug", "engine", "rules"),
    [
        ("offset-first", "sqlite", {consumed.ONCE}),
        (OFFSET_LAST, "sqlite", {consumed.ONCE}),
        ("outbox-apart", "sqlite", {told.PUBLISHED, told.ADDED, told.LAST_WORD}),
        ("key-ignored", "sqlite", {written.POSTS, written.COMMENTS, written.DRAFTS}),
        (KEY_NOT_UNIQUE, "mariadb", {written.POSTS, written.COMMENTS}),
        (UNFLUSHED, "mariadb", set(written.RULES) - {written.ANSWERED, written.NOTHING_ELSE}),
    ],
)
def test_a_planted_bug_is_found(bug: str, engine: Engine, rules: set[str]) -> None:
    report = campaign.run(SEED, engine, BOUND, bug)
    print(report)
    assert report.failed_at is not None, f"{bug} was not found in {BOUND} injections"
    assert rules & {violation.rule for violation in report.violations}, str(report)


def test_the_same_seed_is_the_same_plan() -> None:
    for engine in ENGINES:
        first, again, other = (
            [str(injection) for injection, _ in zip(plan(seed, engine), range(60), strict=False)] for seed in (1, 1, 2)
        )
        assert first == again != other
