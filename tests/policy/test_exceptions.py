"""Exceptions: signed, for a while, and never for everything."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from archive_platform.policy.exceptions import Allowances, read
from archive_platform.policy.model import Resource

TODAY = date(2027, 1, 15)
POLICIES = ("database-multi-zone", "bucket-versioned")
GOOD: dict[str, Any] = {
    "policy": "database-multi-zone",
    "resource": "db",
    "reason": "the load test needs one server for a week",
    "owner": "operators@example.com",
    "until": "2027-06-01",
}
DATABASE = Resource("aws:rds/instance:Instance", "db", "urn:pulumi:prod::game-archive-aws::a$aws:rds::db", {})
OTHER = Resource("aws:rds/instance:Instance", "db-replica", "urn:pulumi:prod::game-archive-aws::a$aws:rds::other", {})


def allowances(*given: object) -> Allowances:
    return read(list(given), POLICIES, TODAY)


def test_one_excuses_its_policy_at_its_resource_alone() -> None:
    made = allowances(GOOD)
    assert (made.wrong, made.soon) == ([], [])
    assert made.excused("database-multi-zone", DATABASE) is not None
    assert made.excused("bucket-versioned", DATABASE) is None
    assert made.excused("database-multi-zone", OTHER) is None


@pytest.mark.parametrize("pattern", ["db-*", "urn:pulumi:prod::*::other", "db-replica"])
def test_a_pattern_may_have_stars(pattern: str) -> None:
    made = allowances({**GOOD, "resource": pattern})
    assert made.excused("database-multi-zone", OTHER) is not None
    assert made.excused("database-multi-zone", DATABASE) is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"until": "2027-01-14"}, "ended on 2027-01-14"),
        ({"until": "2028-02-01"}, "within a year"),
        ({"until": "next year"}, "must be a day as in 2027-02-14"),
        ({"policy": "database-fast"}, "one that there is (got database-fast)"),
        ({"resource": "*"}, "would excuse everything"),
        ({"resource": "**"}, "would excuse everything"),
        ({"reason": "later"}, "must say why"),
        ({"owner": "somebody"}, "must be an e-mail address"),
        ({"owner": ""}, "must have owner as text"),
        ({"until": None}, "must have until as text"),
        ({"unti": "2027-06-01"}, "knows no unti"),
    ],
)
def test_one_that_is_wrong_is_told_and_excuses_nothing(changes: dict[str, Any], told: str) -> None:
    made = allowances({**GOOD, **changes})
    assert len(made.wrong) == 1
    assert made.wrong[0].startswith("exception 1: ")
    assert told in made.wrong[0]
    assert made.excused("database-multi-zone", DATABASE) is None


def test_what_is_no_list_of_objects_is_told() -> None:
    assert "must be a list" in read({"policy": "x"}, POLICIES, TODAY).wrong[0]
    assert "must be an object" in allowances("database-multi-zone").wrong[0]


def test_the_last_day_counts_and_the_month_before_warns() -> None:
    made = allowances({**GOOD, "until": "2027-01-15"})
    assert made.wrong == []
    assert "ends in 0 days" in made.soon[0]
    assert made.excused("database-multi-zone", DATABASE) is not None
    assert allowances({**GOOD, "until": str(TODAY + timedelta(days=31))}).soon == []
    assert len(allowances({**GOOD, "until": str(TODAY + timedelta(days=30))}).soon) == 1


def test_one_that_excuses_nothing_is_told() -> None:
    made = allowances(GOOD)
    assert "excuses nothing" in next(made.unused())
    made.excused("database-multi-zone", DATABASE)
    assert list(made.unused()) == []
