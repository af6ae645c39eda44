"""The stack of AWS keeps every policy, in dev, in prod, and with everything that can be chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.policy.planned import SETTINGS, planned, resources

from archive_platform.policy import POLICIES, Resource, Stack
from archive_platform.policy.model import PROVIDER

# What the stack has nothing of; only their cases try these
ELSEWHERE = {"function-url-closed", "identity-no-users", "secret-encrypted"}


def told(made: list[Resource]) -> list[str]:
    found = [policy.message(each, finding) for policy in POLICIES for each in made for finding in policy.on(each)]
    over = [(policy, finding) for policy in POLICIES for finding in policy.over(Stack(made))]
    return [*found, *(policy.message(finding.at, finding) for policy, finding in over if finding.at)]


@pytest.mark.parametrize("name", list(SETTINGS))
def test_the_stack_keeps_every_policy(name: str) -> None:
    assert told(resources(planned(name))) == []


def test_every_policy_has_something_to_look_at_there() -> None:
    types = {each.type for each in resources(planned("everything"))}
    assert {policy.name for policy in POLICIES if not types & set(policy.types)} <= ELSEWHERE


def test_what_refers_to_nothing_and_says_nothing_would_be_found() -> None:
    """With what each resource says of itself taken away, and what it refers to, most policies are broken."""
    made = resources(planned("everything"))
    empty = [replace(each, properties={}, links={}, provider={}, protected=False) for each in made]
    broken = {line.partition(":")[0] for line in told(empty)}
    types = {each.type for each in made}
    about = {policy.name for policy in POLICIES if types & set(policy.types) and PROVIDER not in policy.types}
    assert len(broken & about) > 0.6 * len(about), sorted(about - broken)
