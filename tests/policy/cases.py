"""Resources that keep each policy, and that break it: the files of the folder `cases`, by the policy's name.

`is` is the type of what follows, `with` are properties, and `to` are the resources that a property refers to. Where one
resource is enough it stands by itself; else they have names (`resources`). `finds` is the property that has to be
found, and `at` the resource. `!unknown` is a value that is not known yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from archive_platform.policy import Finding, Policy, Resource, Stack
from archive_platform.policy.model import UNKNOWN

FOLDER = Path(__file__).parent / "cases"
URN = "urn:pulumi:test::game-archive-test::{type}::{name}"
ALONE = "it"


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!unknown", lambda *_: UNKNOWN)


@dataclass(frozen=True)
class Case:
    """`finds` is None for resources that keep the policy."""

    policy: str
    number: int
    resources: tuple[Resource, ...]
    finds: str | None
    at: str | None

    def __str__(self) -> str:
        return f"{self.policy}-{'keeps' if self.finds is None else 'breaks'}-{self.number}"

    def found(self, policy: Policy) -> list[tuple[str, Finding]]:
        """What the policy finds, each with the name of the resource."""
        if policy.check is None:
            return [(str(finding.at and finding.at.name), finding) for finding in policy.over(Stack(self.resources))]
        return [(resource.name, finding) for resource in self.resources for finding in policy.on(resource)]


def every(tags: Mapping[str, str] | None = None) -> list[Case]:
    """All cases; `tags` are the provider's default tags."""
    return [case for file in sorted(FOLDER.glob("*.yaml")) for case in _of(file, tags or {})]


def _of(file: Path, tags: Mapping[str, str]) -> Iterator[Case]:
    told: dict[str, dict[str, Any]] = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe one
    for policy, entry in told.items():
        for number, each in enumerate(entry["keeps"]):
            whole = "resources" in each or "is" not in entry
            case = each if "resources" in each else {"resources": each} if whole else {"with": each}
            yield Case(policy, number, _resources(case, entry.get("is"), tags), None, None)
        for number, each in enumerate(entry["breaks"]):
            at = each.get("at", ALONE)
            yield Case(policy, number, _resources(each, entry.get("is"), tags), each["finds"], at)


def _resources(case: Mapping[str, Any], type_: str | None, tags: Mapping[str, str]) -> tuple[Resource, ...]:
    told = case.get("resources") or {ALONE: {"is": case.get("is", type_), "with": case.get("with", {})}}
    urns = {name: URN.format(type=each["is"], name=name) for name, each in told.items()}
    return tuple(
        Resource(
            type=each["is"],
            name=name,
            urn=urns[name],
            properties={**dict.fromkeys(each.get("to", {}), UNKNOWN), **each.get("with", {})},
            provider={"defaultTags": {"tags": dict(tags)}},
            protected=each.get("protected", False),
            links={property_: [urns[other]] for property_, other in each.get("to", {}).items()},
        )
        for name, each in told.items()
    )
