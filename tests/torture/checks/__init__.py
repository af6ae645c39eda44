"""What must be true of a community's databases when nothing is under way: read once, looked at by every check.

written    what was acknowledged is there once, what was lost at most once, and nothing else is there
counted    what is kept twice (counters, copies of columns) says the same
told       every change is in the outbox, in order, once, and its last word is true
consumed   every event was applied once, and what came of it is what the boards say
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.torture.checks import consumed, counted, told, written
from tests.torture.checks.scene import Scene, Violation, read

__all__ = ["RULES", "Scene", "Violation", "check", "read"]

RULES = (*written.RULES, *counted.RULES, *told.RULES, *consumed.RULES)


def check(scene: Scene) -> list[Violation]:
    """Everything that is wrong; empty for a community in order."""
    found: Iterable[tuple[str, str]] = (
        *written.check(scene),
        *counted.check(scene),
        *told.check(scene),
        *consumed.check(scene),
    )
    return [Violation(rule, text) for rule, text in found]
