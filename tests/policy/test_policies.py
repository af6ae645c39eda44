"""Each policy by a resource that keeps it and one that breaks it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN as NOT_KNOWN
from tests.engine.providers.aws.inputs import problems
from tests.policy.cases import Case, every

from archive_platform.policy import POLICIES, Policy, Resource
from archive_platform.policy.catalogue import AREAS
from archive_platform.policy.model import PROVIDER, UNKNOWN, newest

BY_NAME = {policy.name: policy for policy in POLICIES}
CASES = every()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_keeps_it_passes_and_what_breaks_it_is_found(case: Case) -> None:
    policy = BY_NAME[case.policy]
    found = case.found(policy)
    properties = [(name, finding.property) for name, finding in found]
    if case.finds is None:
        assert properties == []
        return
    assert (case.at, case.finds) in properties
    for name, finding in found:
        resource = next(each for each in case.resources if each.name == name)
        message = policy.message(resource, finding)
        assert message.startswith(f"{policy.name}: {finding.property} of {name} ({resource.type}) is {finding.is_}")
        assert finding.must in message
        assert policy.mend in message
        assert "canary" not in message  # what stands for a secret in the cases


def test_no_policy_is_without_a_resource_that_keeps_it_and_one_that_breaks_it() -> None:
    kinds: dict[str, set[bool]] = defaultdict(set)
    for case in CASES:
        kinds[case.policy].add(case.finds is None)
    assert kinds.keys() == BY_NAME.keys()
    one_sided = {name for name, found in kinds.items() if found != {True, False}}
    assert one_sided == {"identity-no-users"}  # nothing of these types keeps it


def test_a_policy_says_of_which_resources_it_is() -> None:
    tried: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        tried[case.policy] |= {resource.type for resource in case.resources}
    for policy in POLICIES:
        assert tried[policy.name] <= set(policy.types), policy.name


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_properties_are_those_of_the_sdk(case: Case) -> None:
    """A property that is misspelt in a policy would never be found wrong in a real resource."""
    for resource in case.resources:
        if resource.type != PROVIDER:
            found = problems(resource.type, _known(resource.properties))
            assert [each for each in found if not each.reason.startswith("missing")] == []


def _known(value: Any) -> Any:
    if value is UNKNOWN:
        return NOT_KNOWN
    if isinstance(value, dict):
        return {key: _known(each) for key, each in value.items()}
    return [_known(each) for each in value] if isinstance(value, list) else value


def test_what_is_demanded_of_prod_alone_is_not_demanded_of_dev() -> None:
    for case in every({"Environment": "dev"}):
        policy = BY_NAME[case.policy]
        if policy.prod and policy.types != (PROVIDER,):
            assert case.found(policy) == [], case


def test_what_does_not_say_where_it_belongs_is_held_to_prod() -> None:
    assert Resource("aws:ec2/vpc:Vpc", "net", "urn", {}).is_prod
    tagged = {"defaultTags": '{"tags": {"Environment": "dev"}}'}
    assert not Resource("aws:ec2/vpc:Vpc", "net", "urn", {}, tagged).is_prod
    assert not Resource(PROVIDER, "aws", "urn", tagged).is_prod


def test_names_are_said_once_and_every_sentence_ends_as_the_message_needs_it() -> None:
    names = [policy.name for policy in POLICIES]
    assert len(names) == len(set(names))
    assert sum(len(policies) for policies in AREAS.values()) == len(POLICIES)
    for policy in POLICIES:
        assert (policy.check is None) != (policy.whole is None), policy.name
        assert policy.types == tuple(newest(type_) for type_ in policy.types)
        for text in (policy.demands, policy.why, policy.mend):
            assert text, policy.name
            assert not text.endswith("."), policy.name


def test_the_types_are_those_of_the_sdk() -> None:
    for policy in POLICIES:
        for type_ in policy.types:
            if type_ != PROVIDER:
                problems(type_, {})  # LookupError for one that there is not


def test_a_message_tells_all_that_its_reader_needs() -> None:
    policy: Policy = BY_NAME["database-encrypted"]
    database = Resource("aws:rds/instance:Instance", "db", "urn", {"storageEncrypted": False, "kmsKeyId": "arn"})
    (finding,) = policy.on(database)
    assert policy.message(database, finding) == (
        "database-encrypted: storageEncrypted of db (aws:rds/instance:Instance) is false and must be true, because a"
        " copied snapshot would show every member's data. Make it with archive_platform.aws.database.Database."
        " [CIS 2.3.1; FSBP RDS.3; checkov CKV_AWS_16]"
    )
