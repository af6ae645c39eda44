"""Physical names: as the plugin makes them, within AWS's limits, and none that two resources would have at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.aws_project import AwsProject
from tests.engine.providers.aws.naming import DEFAULTS, name_property, named
from tests.engine.providers.aws.replacements import REPLACES
from tests.infra.aws.whole_stack import EVERYTHING, whole_stack
from tests.infra.recorded import Asked

ROLE, BUCKET = "aws:iam/role:Role", "aws:s3/bucket:Bucket"
GROUP, TARGETS = "aws:ec2/securityGroup:SecurityGroup", "aws:lb/targetGroup:TargetGroup"
SEED = b"seed"
# Whoever replaces one of these has to delete it first: both would have one name
REPLACED_BY_HAND = {
    "db": "a server that is replaced loses its data, so its protection refuses that where there is something to lose",
    "watch-slack": "another channel or workspace: the one before is deleted by hand, and nothing is lost with it",
}


def test_a_name_is_the_logical_one_and_seven_digits() -> None:
    inputs, problems = named(ROLE, "servers", {}, {}, SEED)
    assert problems == []
    assert str(inputs["name"]).startswith("servers-")
    assert len(str(inputs["name"])) == len("servers-") + 7
    assert inputs[DEFAULTS] == ["name"]
    assert named(ROLE, "servers", {}, {}, SEED)[0] == inputs
    assert named(ROLE, "servers", {}, {}, b"another")[0]["name"] != inputs["name"]


def test_it_is_kept_until_the_program_gives_one() -> None:
    before, _ = named(ROLE, "servers", {}, {}, SEED)
    assert named(ROLE, "servers", {}, before, b"another")[0]["name"] == before["name"]
    given, _ = named(ROLE, "servers", {"name": "mine"}, before, SEED)
    assert given == {"name": "mine"}
    assert named(ROLE, "servers", {}, given, SEED)[0]["name"] != "mine"
    assert named(ROLE, "servers", {"namePrefix": "mine-"}, {}, SEED)[0] == {"namePrefix": "mine-"}


@pytest.mark.parametrize(
    ("token", "logical", "reason"),
    [
        (TARGETS, "web-of-the-whole-community", "plus 7 random chars is longer than maximum length 32"),
        (ROLE, "r" * 57, "plus 7 random chars is longer than maximum length 64"),
        (BUCKET, "b" * 56, "plus 7 random chars is longer than maximum length 63"),
        (TARGETS, "web_cloud", "does not match"),
        (BUCKET, "under_scored", "does not match"),
        ("aws:budgets/budget:Budget", "b" * 100, "has 108 characters"),
    ],
)
def test_a_name_that_aws_would_not_take_is_an_error(token: str, logical: str, reason: str) -> None:
    (problem,) = named(token, logical, {}, {}, SEED)[1]
    assert reason in problem.reason


def test_buckets_are_called_in_lower_case() -> None:
    inputs, problems = named(BUCKET, "Media", {}, {}, SEED)
    assert problems == []
    assert str(inputs["bucket"]).startswith("media-")


def resources(environment: str) -> list[Asked]:
    made = whole_stack(**{**EVERYTHING, "environment": environment})
    return [each for each in made if each.type.startswith("aws:")]


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_every_name_of_the_stack_is_within_its_limit(environment: str) -> None:
    every = resources(environment)
    wrong = {each.name: named(each.type, each.name, each.inputs, {}, SEED)[1] for each in every}
    assert {name: problems for name, problems in wrong.items() if problems} == {}
    assert sum(name_property(each.type) is not None for each in every) > 50


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_what_is_replaced_has_no_name_that_the_new_one_would_have_too(environment: str) -> None:
    """A type that only another name replaces may be given one."""
    clashing = {name for name, _ in _clashing(resources(environment))}
    assert clashing <= REPLACED_BY_HAND.keys()


def _clashing(every: list[Asked]) -> Iterator[tuple[str, str]]:
    for each in every:
        property_ = name_property(each.type)
        others = REPLACES.get(each.type, frozenset()) - {property_, f"{property_}Prefix"}
        if property_ and property_ in each.inputs and others and not each.wire.deleteBeforeReplace:
            yield each.name, property_


@pytest.mark.slow
def test_the_engine_keeps_a_name_over_updates_and_draws_another_for_a_replacement(tmp_path: Path) -> None:
    project = AwsProject(tmp_path)

    def declare(description: str, **tags: str) -> str:
        net = ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"})
        group = (GROUP, {"vpcId": "${net.id}", "description": description, "tags": tags})
        project.declare({"net": net, "visitors": group})
        project.up()
        return project.outputs("visitors")["name"]

    first = declare("Visitors")
    assert declare("Visitors", Owner="somebody") == first
    replaced = declare("All visitors", Owner="somebody")
    assert replaced != first
    project.declare({"web-of-the-whole-community": (TARGETS, {"port": 80})})
    refused = project.run("preview")
    assert refused.code != 0
    assert "longer than maximum length 32" in refused.text
