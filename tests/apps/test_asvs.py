"""Every requirement of levels 1 and 2 of ASVS 5.0.0 has one answer, and what it names is there."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from dataclasses import replace
from itertools import takewhile

import pytest
from tests.apps import asvs

from archive_auth.services import limits
from archive_boards.limits import LIMITS

TEXT = asvs.SOURCE.read_text("utf-8")
FOUND = asvs.requirements(TEXT)


def test_every_requirement_has_an_answer_that_is_true() -> None:
    assert list(asvs.problems(FOUND)) == []


def test_the_standard_is_whole() -> None:
    """The counts are those that OWASP gives for 5.0.0: 345 requirements in 17 chapters."""
    assert Counter(asvs.standard().values()) == asvs.COUNTS
    assert len(asvs.standard()) == 345
    assert {name.partition(".")[0] for name in asvs.standard()} == {f"V{n}" for n in range(1, len(asvs.CHAPTERS) + 1)}


def test_they_are_in_the_standards_order() -> None:
    assert [one.id for one in FOUND] == list(asvs.wanted())


def test_what_is_open_says_what_is_missing() -> None:
    for one in FOUND:
        if one.kind in ("open", "reason"):
            assert len(one.answer[0]) > 15, one.id
            assert one.answer[0].endswith("."), one.id


def test_the_page_is_made_of_it() -> None:
    assert asvs.PAGE.read_text("utf-8") == asvs.page(FOUND), "run `python -m tests.apps.asvs`"


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda found: found[1:], "V1.1.1 is not answered"),
        (lambda found: [*found, found[0]], "V1.1.1 is there 2 times"),
        (lambda found: [*found, replace(found[0], id="V1.2.10")], "V1.2.10 is no requirement of level 1 or 2"),
        (lambda found: [replace(found[0], level=1), *found[1:]], "V1.1.1 is of level 2, not 1"),
        (
            lambda found: [replace(found[0], answer=("tests/apps/test_asvs.py::test_nothing",)), *found[1:]],
            "V1.1.1: tests/apps/test_asvs.py::test_nothing is not there",
        ),
        (
            lambda found: [replace(found[0], answer=("tests/apps/test_gone.py::test_x",)), *found[1:]],
            "V1.1.1: tests/apps/test_gone.py::test_x is not there",
        ),
        (
            lambda found: [replace(found[0], kind="document", answer=("docs/security/README.md#no-such",)), *found[1:]],
            "V1.1.1: docs/security/README.md#no-such is not there",
        ),
    ],
)
def test_a_wrong_list_is_told(damage: object, told: str) -> None:
    assert callable(damage)
    assert list(asvs.problems(damage(FOUND))) == [told]


CONTROLS = (asvs.CHECKOUT / "docs" / "security" / "controls.md").read_text("utf-8")


def _table(head: str) -> dict[str, list[str]]:
    """The rows of the table below a head, by their first cell."""
    lines = CONTROLS.partition(head)[2].lstrip("\n").splitlines()[1:]
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in takewhile(str.strip, lines)]
    return {first: rest for first, *rest in rows}


def test_limits_of_boards_are_written_as_they_are() -> None:
    told = _table("| what | of a member | of an address | seconds |")
    assert told == {kind: [str(limit.member), str(limit.address), str(limit.seconds)] for kind, limit in LIMITS.items()}


def test_limits_of_auth_are_written_as_they_are() -> None:
    """As `limits` calls them: spend(what, who, uses, seconds)."""
    source = inspect.getsource(limits)
    found = re.findall(r'spend\(f?"([^"]+)", .+?, (\d+), (\w+)\)', source)
    assert len(found) == source.count("    spend(")
    told = _table("| what | uses | seconds | counted by |")
    assert {what: row[:2] for what, row in told.items()} == {
        what: [uses, str(getattr(limits, window))] for what, uses, window in found
    }


@pytest.mark.parametrize(
    "entry",
    [
        'id = "V1.1.1"\nlevel = 2\nabout = "x"',
        'id = "V1.1.1"\nlevel = 2\nabout = "x"\nreason = ""',
        'id = "V1.1.1"\nlevel = 2\nabout = "x"\nreason = "Because."\nopen = "Not yet."',
        'id = "V1.1.1"\nlevel = 2\nabout = "x"\nreason = "Because."\nnote = "x"',
    ],
)
def test_an_answer_is_one_and_has_its_names(entry: str) -> None:
    with pytest.raises(ValueError, match=r"V1\.1\.1: give it"):
        asvs.requirements(f"[[requirement]]\n{entry}")
