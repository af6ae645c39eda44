"""The policies as the engine has them, without an engine."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml
from pulumi_policy import (
    EnforcementLevel,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.policy import PolicyCustomTimeouts
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy
from tests.engine.project import CHECKOUT

from archive_platform.policy import POLICIES
from archive_platform.policy.model import ROOT, UNKNOWN
from archive_platform.policy.pack import ENDING, NEEDED, SIGNED, Pack, plain

FOLDER = CHECKOUT / "platform" / "archive_platform" / "policy" / "pack"
OPTIONS = PolicyResourceOptions(True, [], None, [], PolicyCustomTimeouts(0, 0, 0), [], None)
URN = "urn:pulumi:prod::game-archive-aws::{0}::{1}"
DATABASE = "aws:rds/instance:Instance"
EXCEPTION = {
    "policy": "database-private",
    "resource": "db",
    "reason": "the load test needs it for a week",
    "owner": "operators@example.com",
    "until": "2027-02-01",
}


def provider(environment: str) -> PolicyProviderResource:
    props: Any = {"defaultTags": f'{{"tags": {{"Environment": "{environment}"}}}}'}
    return PolicyProviderResource("pulumi:providers:aws", props, "urn", "aws")


class Run:
    """One run of the engine, as the policies see it."""

    def __init__(self, *exceptions: dict[str, str], environment: str = "prod", today: date = date(2026, 12, 1)) -> None:
        self.policies = {policy.name: policy for policy in Pack(today=lambda: today).policies()}
        self._config = {"exceptions": list(exceptions)} if exceptions else {}
        self._environment = environment
        self.told: list[tuple[str, str]] = []
        self.resource(ROOT, "stack")

    def resource(self, type_: str, name: str, **props: Any) -> list[str]:
        """What is told of a resource before it is made."""
        before = len(self.told)
        for policy in self.policies.values():
            if isinstance(policy, ResourceValidationPolicy):
                args = ResourceValidationArgs(
                    type_,
                    unknown_checking_proxy(props),
                    URN.format(type_, name),
                    name,
                    OPTIONS,
                    provider(self._environment),
                    self._config if policy.name == SIGNED else None,
                )
                policy.validate(args, self._note(policy.name))
        return [message for _, message in self.told[before:]]

    def _note(self, policy: str) -> Any:
        def report(message: str, urn: str | None = None) -> None:
            self.told.append((policy, message))

        return report

    def end(self, *resources: PolicyResource) -> list[str]:
        before = len(self.told)
        for policy in self.policies.values():
            if isinstance(policy, StackValidationPolicy):
                args = StackValidationArgs(list(resources))
                policy.validate(args, self._note(policy.name))
        return [message for _, message in self.told[before:]]


def test_it_holds_every_policy_and_says_what_each_is() -> None:
    made = {policy.name: policy for policy in Pack().policies()}
    assert made.keys() == {policy.name for policy in POLICIES} | {SIGNED, ENDING, NEEDED}
    encrypted = made["database-encrypted"]
    assert encrypted.framework is not None
    assert encrypted.framework.specification == "2.3.1"
    assert encrypted.tags == ["RDS.3", "CKV_AWS_16"]
    assert encrypted.remediation_steps == "Make it with archive_platform.aws.database.Database."
    advisory = {name for name, policy in made.items() if policy.enforcement_level is EnforcementLevel.ADVISORY}
    assert advisory == {ENDING, NEEDED}


def test_exceptions_are_read_before_anything_is_judged() -> None:
    assert next(iter(Run().policies)) == SIGNED


def test_a_resource_that_breaks_one_is_told_with_its_mend() -> None:
    told = Run().resource(DATABASE, "db", publiclyAccessible=True)
    assert any(line.startswith("database-private: publiclyAccessible of db") for line in told)
    assert not any("database-private" in line for line in Run().resource(DATABASE, "db", publiclyAccessible=False))


def test_what_is_not_known_yet_is_neither_told_nor_an_error() -> None:
    told = Run().resource(DATABASE, "db", publiclyAccessible=UNKNOWN_STRING_VALUE, tags={"a": [UNKNOWN_STRING_VALUE]})
    assert not any("database-private" in line for line in told)
    assert plain(unknown_checking_proxy({"a": [UNKNOWN_STRING_VALUE, 1]})) == {"a": [UNKNOWN, 1]}


def test_what_is_demanded_of_prod_alone_is_decided_by_the_providers_tags() -> None:
    for environment, demanded in (("prod", True), ("dev", False)):
        told = Run(environment=environment).resource(DATABASE, "db", multiAz=False)
        assert any("database-multi-zone" in line for line in told) is demanded


def test_the_whole_stack_is_looked_at_by_what_refers_to_what() -> None:
    def resource(type_: str, name: str, **props: Any) -> PolicyResource:
        proxied = unknown_checking_proxy(props)
        return PolicyResource(type_, proxied, URN.format(type_, name), name, OPTIONS, provider("prod"), None, [], {})

    bucket = resource("aws:s3/bucket:Bucket", "media")
    versions = resource(
        "aws:s3/bucketVersioning:BucketVersioning",
        "media",
        bucket=UNKNOWN_STRING_VALUE,
        versioningConfiguration={"status": "Enabled"},
    )
    assert any("bucket-versioned: versioning of media" in line for line in Run().end(bucket, versions))
    versions.property_dependencies["bucket"] = [bucket]
    assert not any("bucket-versioned" in line for line in Run().end(bucket, versions))


def test_an_exception_excuses_and_is_no_longer_needed_when_nothing_is_wrong() -> None:
    run = Run(EXCEPTION)
    assert run.told == []
    assert not any("database-private" in line for line in run.resource(DATABASE, "db", publiclyAccessible=True))
    assert any("database-private" in line for line in run.resource(DATABASE, "other", publiclyAccessible=True))
    assert run.end() == []
    assert any(line.startswith(f"{NEEDED}: ") for line in Run(EXCEPTION).end())


@pytest.mark.parametrize(
    ("today", "policy", "excused"),
    [(date(2026, 12, 1), None, True), (date(2027, 1, 20), ENDING, True), (date(2027, 2, 2), SIGNED, False)],
)
def test_one_warns_before_its_end_and_is_a_violation_after_it(today: date, policy: str | None, excused: bool) -> None:
    run = Run(EXCEPTION, today=today)
    assert [name for name, _ in run.told] == ([policy] if policy else [])
    told = run.resource(DATABASE, "db", publiclyAccessible=True)
    assert any("database-private" in line for line in told) is not excused


def test_the_folder_is_a_pack_of_pulumis() -> None:
    told = yaml.safe_load((FOLDER / "PulumiPolicy.yaml").read_text())
    assert told["name"] == "game-archive"
    assert (FOLDER / "game-archive").stat().st_mode & 0o111
    assert "archive_platform.policy.pack import run" in (FOLDER / "__main__.py").read_text()
