"""The planned resources as Terraform's plan in JSON, which checkov reads.

Blocks become lists, as Terraform has them even where there is one. What comes from another resource is left to its
reference, as in a real plan: there it is not known yet, and checkov's checks over several resources follow references.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.engine.providers.aws.sdk import Type, inputs_of
from tests.policy.checkov.names import property_name, terraform_type

from archive_platform.policy import Resource

FORMAT, TERRAFORM = "1.2", "1.9.0"


def plan(resources: Sequence[Resource], region: str) -> dict[str, Any]:
    """LookupError for a type of AWS' resources that is not mapped, or two that would have one address."""
    made = [_Planned(each) for each in resources if each.type.startswith("aws:")]
    by_urn = {each.resource.urn: each for each in made}
    addresses = [each.address for each in made]
    twice = sorted({address for address in addresses if addresses.count(address) > 1})
    if twice:
        raise LookupError(f"two resources would be {', '.join(twice)}, and checkov would see one of them")
    return {
        "format_version": FORMAT,
        "terraform_version": TERRAFORM,
        "planned_values": {"root_module": {"resources": [each.value() for each in made]}},
        "resource_changes": [each.change() for each in made],
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": region}}}},
            "root_module": {"resources": [each.configuration(by_urn) for each in made]},
        },
    }


class _Planned:
    """One resource under Terraform's names."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.type = terraform_type(resource.type)
        self.address = f"{self.type}.{resource.name}"
        self._inputs = inputs_of(resource.type)
        self._names = {name: self._named(name, self._options(self._inputs.root, name)) for name in resource.properties}
        self.values = {
            self._names[name]: self._converted(self._options(self._inputs.root, name), value)
            for name, value in resource.properties.items()
            if not self._is_reference(name, value)
        }

    def value(self) -> dict[str, Any]:
        return {**self._head(), "values": self.values}

    def change(self) -> dict[str, Any]:
        return {**self._head(), "change": {"actions": ["create"], "before": None, "after": self.values}}

    def configuration(self, by_urn: Mapping[str, _Planned]) -> dict[str, Any]:
        """The references: `aws_s3_bucket.media.id` and `aws_s3_bucket.media`, as Terraform writes both."""
        expressions: dict[str, Any] = {}
        for name, urns in self.resource.links.items():
            targets = [by_urn[urn].address for urn in urns if urn in by_urn]
            if targets and name in self._names:
                references = [reference for target in targets for reference in (f"{target}.id", target)]
                expressions[self._names[name]] = {"references": references}
        return {**self._head(), "provider_config_key": "aws", "expressions": expressions}

    def _head(self) -> dict[str, Any]:
        head = {"address": self.address, "mode": "managed", "type": self.type, "name": self.resource.name}
        return {**head, "provider_name": "registry.terraform.io/hashicorp/aws"}

    def _is_reference(self, name: str, value: Any) -> bool:
        """Not a document, which is known but for the names in it."""
        return name in self.resource.links and isinstance(value, str) and not value.startswith("{")

    def _options(self, class_: str, name: str) -> list[Type]:
        return self._inputs.classes[class_][name].options

    def _named(self, name: str, options: Sequence[Type]) -> str:
        return property_name(self.type, name, block=_of_objects(options) is not None)

    def _converted(self, options: Sequence[Type], value: Any) -> Any:
        one, several = _object(options), _of_objects(options)
        if several is not None and isinstance(value, list):
            return [self._block(several, each) for each in value]
        if one is not None and isinstance(value, Mapping):
            return [self._block(one, value)]
        if isinstance(value, float) and value.is_integer():
            return int(value)  # all numbers come over the wire as floating-point ones
        return value

    def _block(self, class_: str, value: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: self._options(class_, name) for name in value}
        return {self._named(name, options): self._converted(options, value[name]) for name, options in found.items()}


def _object(options: Sequence[Type]) -> str | None:
    """The class of an object, which is a block of Terraform's; a map is none."""
    return next((option[1] for option in options if option[0] == "object"), None)


def _of_objects(options: Sequence[Type]) -> str | None:
    return next((_object(option[1]) for option in options if option[0] == "list"), None)
