"""When a program that ended is started again."""

from __future__ import annotations

from archive_platform.local.pacing import Pacing


def test_pauses_double_up_to_half_a_minute() -> None:
    pacing = Pacing()
    pauses: list[float] = []
    for now in range(9):
        pacing.started("web", float(now))
        pauses.append(pacing.ended("web", float(now)))
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_program_that_ran_well_for_a_while_starts_from_the_first_pause() -> None:
    pacing = Pacing()
    for _ in range(4):
        pacing.started("web", 0.0)
        pacing.ended("web", 1.0)
    pacing.started("web", 10.0)
    assert pacing.ended("web", 80.0) == 0.5


def test_programs_wait_each_for_its_own_pause() -> None:
    pacing = Pacing()
    for name in ("web", "worker"):
        pacing.started(name, 0.0)
    pacing.ended("web", 1.0)
    assert pacing.ended("worker", 2.0) == 0.5
    assert (pacing.is_due("web", 1.4), pacing.is_due("web", 1.5)) == (False, True)
    assert pacing.wait(["web", "worker"], 1.25, at_most=5.0) == 0.25
    assert pacing.wait([], 1.2, at_most=5.0) == 5.0
