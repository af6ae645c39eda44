"""A resource's properties as the parameters of an operation, by the shapes that botocore has of them.

Both are called alike but for their first letters (`cidrBlock`, `CidrBlock`) and for numbers of things (`alias`,
`Aliases`); whatever is called otherwise has to be renamed by whoever knows both.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


class Fitting:
    """Makes parameters. `unknown` fills with the paths of properties that no parameter is for."""

    def __init__(self, renamed: Mapping[str, str]) -> None:
        self._renamed = renamed
        self.unknown: list[str] = []

    def structure(self, shape: StructureShape, properties: Mapping[str, Any], path: str = "") -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        for name, value in properties.items():
            if value is None:
                continue
            place = f"{path}.{name}" if path else name
            member = member_of(shape.members, name, self._renamed, place)
            if member is None:
                self.unknown.append(place)
            else:
                parameters[member] = self._value(shape.members[member], value, place)
        return parameters

    def _value(self, shape: Shape, value: Any, path: str) -> Any:
        if isinstance(shape, StructureShape):
            if isinstance(value, list) and {"Quantity", "Items"} <= set(shape.members):
                return self.structure(shape, {"quantity": len(value), "items": value}, path)
            only = value[0] if isinstance(value, list) and value else value
            return self.structure(shape, only, path) if isinstance(only, Mapping) else only
        if isinstance(shape, ListShape):
            key = _key_of_pairs(shape.member)
            if key and isinstance(value, Mapping):
                return [{key: name, "Value": str(one)} for name, one in value.items()]
            each = value if isinstance(value, list) else [value]
            return [self._value(shape.member, one, path) for one in each]
        if isinstance(shape, MapShape):
            return {key: self._value(shape.value, one, f"{path}.{key}") for key, one in value.items()}
        return _scalar(shape.type_name, value)


def member_of(members: Collection[str], name: str, renamed: Mapping[str, str], path: str | None = None) -> str | None:
    """Which of the members a property is for: what its path or its name leads to, else one called alike."""
    given = renamed.get(path or name, renamed.get(name))
    if given in members:
        return given
    known = {member.lower(): member for member in members}
    return next((known[word] for word in _words(name.lower()) if word in known), None)


def _words(name: str) -> Iterator[str]:
    """The name itself, then as one or as many of it."""
    yield name
    yield f"{name}s"
    for ending, one in (("ies", "y"), ("es", ""), ("s", "")):
        if name.endswith(ending):
            yield name.removesuffix(ending) + one


def _key_of_pairs(shape: Shape) -> str | None:
    """What the key is called in a list of keys and values, as tags are, for which a property is a map."""
    members = set(shape.members) if isinstance(shape, StructureShape) else set[str]()
    return next((key for key in ("Key", "Name") if members == {key, "Value"}), None)


def _scalar(kind: str, value: Any) -> Any:
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if kind == "blob":
        return base64.b64decode(value) if isinstance(value, str) else value
    if kind == "string":
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
