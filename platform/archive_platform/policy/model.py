"""What a policy is, what it looks at, and what it finds. Nothing here knows the engine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

PROD = "prod"
PROVIDER, ROOT = "pulumi:providers:aws", "pulumi:pulumi:Stack"
# Older names of the same resources, which the SDK still has
_RENAMED = (
    (re.compile(r"^aws:(alb|applicationloadbalancing|elasticloadbalancingv2)/"), "aws:lb/"),
    (re.compile(r"^(aws:s3/\w+)V2:(\w+)V2$"), r"\1:\2"),
)


def newest(type_: str) -> str:
    """The newest name of a type of resources.

    >>> newest("aws:s3/bucketVersioningV2:BucketVersioningV2"), newest("aws:alb/listener:Listener")
    ('aws:s3/bucketVersioning:BucketVersioning', 'aws:lb/listener:Listener')
    """
    for older, newer in _RENAMED:
        type_ = older.sub(newer, type_)
    return type_


class Unknown:
    """A value that nobody knows before the resource is made."""

    def __repr__(self) -> str:
        return "not known yet"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Resource:
    """A resource as the engine is about to make it, or has made it.

    Attributes:
        type: as in `aws:s3/bucket:Bucket`, under its newest name.
        properties: by their names in Pulumi; `UNKNOWN` is any value that is not known yet.
        provider: the inputs of its provider.
        protected: it has the option `protect`.
        links: the URNs that a property's value comes from, by the property; only when the whole stack is looked at.
    """

    type: str
    name: str
    urn: str
    properties: Mapping[str, Any]
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    protected: bool = False
    links: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", newest(self.type))

    def at(self, path: str) -> Any:
        """The value at a path as in `metadataOptions.httpTokens`; None where there is nothing.

        What lies within a value that is not known is not known either.
        """
        value: Any = self.properties
        for key in path.split("."):
            if value is UNKNOWN:
                return UNKNOWN
            value = cast("Mapping[str, Any]", value).get(key) if isinstance(value, Mapping) else None
        return value

    def each(self, path: str) -> list[Any]:
        """The items of the list at a path; none where there is no list, or none that is known."""
        value = self.at(path)
        return list(cast("Sequence[Any]", value)) if isinstance(value, Sequence) and not isinstance(value, str) else []

    def tags(self) -> Mapping[str, Any]:
        """What the provider puts on everything (`defaultTags`)."""
        given = decoded(self.properties if self.type == PROVIDER else self.provider).get("defaultTags")
        tags = cast("Mapping[str, Any]", given).get("tags") if isinstance(given, Mapping) else None
        return cast("Mapping[str, Any]", tags) if isinstance(tags, Mapping) else {}

    @property
    def is_prod(self) -> bool:
        """Whether it has to outlive a zone. What does not say where it belongs is held to the same."""
        return self.tags().get("Environment", PROD) == PROD


def decoded(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A provider's inputs, whose objects and lists come as JSON."""

    def read(value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value
        except ValueError:
            return value

    return {key: read(value) for key, value in inputs.items()}


class Stack:
    """All resources of a stack, and how they refer to one another."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(resources)
        self._by_urn = {resource.urn: resource for resource in self.resources}

    def of(self, *types: str) -> Iterator[Resource]:
        return (resource for resource in self.resources if resource.type in types)

    def linked(self, resource: Resource, property_: str) -> list[Resource]:
        """What a property of a resource refers to."""
        return [self._by_urn[urn] for urn in resource.links.get(property_, ()) if urn in self._by_urn]

    def companions(self, resource: Resource, type_: str, property_: str) -> list[Resource]:
        """The resources of a type that refer to this one by a property, as a bucket's versioning does."""
        return [other for other in self.of(type_) if resource in self.linked(other, property_)]


@dataclass(frozen=True)
class Finding:
    """What a property is, and what it must be instead.

    Attributes:
        property: its path, as in `metadataOptions.httpTokens`.
        is_: what it is, in words that follow "is".
        must: what it must be, in words that follow "must".
        at: the resource, where a look at the whole stack found it.
    """

    property: str
    is_: str
    must: str
    at: Resource | None = None


Check: TypeAlias = Callable[[Resource], Iterable[Finding]]
StackCheck: TypeAlias = Callable[[Stack], Iterable[Finding]]


@dataclass(frozen=True)
class References:
    """Where else the same is demanded.

    Attributes:
        cis: recommendations of the CIS AWS Foundations Benchmark 3.0.0.
        fsbp: controls of the AWS Foundational Security Best Practices standard.
        checkov: ids of checkov's checks.
    """

    cis: tuple[str, ...] = ()
    fsbp: tuple[str, ...] = ()
    checkov: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [("CIS", self.cis), ("FSBP", self.fsbp), ("checkov", self.checkov)]
        return "; ".join(f"{source} {', '.join(ids)}" for source, ids in parts if ids)


@dataclass(frozen=True)
class Policy:
    """One demand.

    Attributes:
        name: as in `database-encrypted`; exceptions name it.
        demands: what must be, as a whole sentence without its full stop.
        why: what happens otherwise, in words that follow "because".
        mend: what to do, as a sentence without its full stop.
        types: the resources that it is about.
        check: looks at one resource, before it is made; None where only the whole stack tells.
        whole: looks at the whole stack, at the end of a preview or an update.
        prod: it is demanded of prod alone.
    """

    name: str
    demands: str
    why: str
    mend: str
    references: References
    types: tuple[str, ...]
    check: Check | None = None
    whole: StackCheck | None = None
    prod: bool = False

    def on(self, resource: Resource) -> list[Finding]:
        """What is wrong with one resource."""
        if self.check is None or resource.type not in self.types or not self._concerns(resource):
            return []
        return list(self.check(resource))

    def over(self, stack: Stack) -> list[Finding]:
        """What is wrong with a stack."""
        found = list(self.whole(stack)) if self.whole else []
        return [finding for finding in found if finding.at and self._concerns(finding.at)]

    def message(self, resource: Resource, finding: Finding) -> str:
        """What an operator reads: which property of which resource is wrong, why, and what to do."""
        text = (
            f"{self.name}: {finding.property} of {resource.name} ({resource.type}) is {finding.is_} and must"
            f" {finding.must}, because {self.why}. {self.mend}."
        )
        return f"{text} [{self.references}]" if str(self.references) else text

    def _concerns(self, resource: Resource) -> bool:
        return resource.is_prod or not self.prod
