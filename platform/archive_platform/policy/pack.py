"""The policies as a pack of Pulumi's: what the engine asks before it makes a resource, and at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Policy as PulumiPolicy
from pulumi_policy.proxy import UnknownValueError

from archive_platform.policy.catalogue import POLICIES
from archive_platform.policy.exceptions import FIELDS, Allowances, read
from archive_platform.policy.model import ROOT, UNKNOWN, Policy, References, Resource, Stack, newest

NAME = "game-archive"
CIS = ("CIS AWS Foundations Benchmark", "3.0.0")
SIGNED, ENDING, NEEDED = "exceptions-signed", "exceptions-ending", "exceptions-needed"
SCHEMA = PolicyConfigSchema(
    properties={
        "exceptions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in FIELDS},
            },
        }
    }
)


class Pack:
    """The policies with the exceptions of a stack, which come with the first resource."""

    def __init__(self, policies: Sequence[Policy] = POLICIES, today: Callable[[], date] | None = None) -> None:
        self._policies = policies
        self._today = today or (lambda: datetime.now(UTC).date())
        self._allowances = Allowances()
        self._given: object = None

    def policies(self) -> list[PulumiPolicy]:
        """In the order in which the engine has them looked at: exceptions are read before anything is judged."""
        judging = [self._judging(policy) for policy in self._policies]
        return [self._signed(), self._ending(), *judging, self._needed()]

    def _judging(self, policy: Policy) -> PulumiPolicy:
        references = policy.references
        tags = [*references.fsbp, *references.checkov]
        if policy.check is None:
            return StackValidationPolicy(
                policy.name,
                f"{policy.demands}.",
                lambda args, report: self._over(policy, args, report),
                framework=_framework(references),
                tags=tags,
                remediation_steps=f"{policy.mend}.",
            )
        return ResourceValidationPolicy(
            policy.name,
            f"{policy.demands}.",
            lambda args, report: self._on(policy, args, report),
            framework=_framework(references),
            tags=tags,
            remediation_steps=f"{policy.mend}.",
        )

    def _on(self, policy: Policy, args: ResourceValidationArgs, report: ReportViolation) -> None:
        if newest(args.resource_type) not in policy.types:  # before its properties are read: most are asked in vain
            return
        resource = resource_of(args)
        for finding in policy.on(resource):
            if not self._allowances.excused(policy.name, resource):
                report(policy.message(resource, finding), resource.urn)

    def _over(self, policy: Policy, args: StackValidationArgs, report: ReportViolation) -> None:
        for finding in policy.over(stack_of(args)):
            if finding.at and not self._allowances.excused(policy.name, finding.at):
                report(policy.message(finding.at, finding), finding.at.urn)

    # Exceptions

    def _signed(self) -> PulumiPolicy:
        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            self._take(args.get_config())
            if args.resource_type == ROOT:
                for line in self._allowances.wrong:
                    report(f"{SIGNED}: {line}", None)

        return ResourceValidationPolicy(
            SIGNED,
            "An exception names a policy and a resource, has a reason and an owner, and has not ended.",
            validate,
            config_schema=SCHEMA,
            remediation_steps="Mend the exception, or what it excuses.",
        )

    def _ending(self) -> PulumiPolicy:
        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            if args.resource_type == ROOT:
                for line in self._allowances.soon:
                    report(f"{ENDING}: {line}", None)

        return ResourceValidationPolicy(
            ENDING,
            "An exception does not end within thirty days.",
            validate,
            EnforcementLevel.ADVISORY,
            remediation_steps="Mend what it excuses.",
        )

    def _needed(self) -> PulumiPolicy:
        def validate(_: StackValidationArgs, report: ReportViolation) -> None:
            for line in self._allowances.unused():
                report(f"{NEEDED}: {line}", None)

        return StackValidationPolicy(
            NEEDED,
            "An exception excuses something.",
            validate,
            EnforcementLevel.ADVISORY,
            remediation_steps="Take it out.",
        )

    def _take(self, config: Mapping[str, Any]) -> None:
        """Once: the engine hands the same configuration over with each resource."""
        given = config.get("exceptions", [])
        if self._given != given:
            names = [policy.name for policy in self._policies]
            self._given, self._allowances = given, read(given, names, self._today())


def run() -> None:
    """Answer the engine until it ends. It reads from standard output where."""
    PolicyPack(NAME, Pack().policies(), EnforcementLevel.MANDATORY)


def resource_of(args: ResourceValidationArgs | PolicyResource) -> Resource:
    """What the engine says of a resource. Its secrets are in plain text here, and no message shows them."""
    links: dict[str, list[str]] = {}
    if isinstance(args, PolicyResource):
        links = {name: [other.urn for other in others] for name, others in args.property_dependencies.items()}
    return Resource(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        properties=plain(args.props),
        provider=plain(args.provider.props) if args.provider else {},
        protected=args.opts.protect,
        links=links,
    )


def stack_of(args: StackValidationArgs) -> Stack:
    return Stack(resource_of(each) for each in args.resources)


def plain(value: Any) -> Any:
    """A value without the engine's guard, which raises an error where one is not known yet."""
    if isinstance(value, Mapping):
        values = cast("Mapping[str, Any]", value)
        return {key: _got(values, key) for key in values}
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = cast("Sequence[Any]", value)
        return [_got(items, number) for number in range(len(items))]
    return value


def _got(values: Any, key: Any) -> Any:
    try:
        return plain(values[key])
    except UnknownValueError:
        return UNKNOWN


def _framework(references: References) -> PolicyComplianceFramework | None:
    if not references.cis:
        return None
    name, version = CIS
    return PolicyComplianceFramework(name=name, version=version, specification=", ".join(references.cis))
