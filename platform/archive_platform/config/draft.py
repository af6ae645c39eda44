"""What is well among settings that may hold mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from archive_platform.config.paths import Path
from archive_platform.config.rules import Group, fields, inner


class Draft:
    """The settings of a group, each validated by itself. One that is wrong, or missing, is None.

    Thus rules between settings can be checked in the same breath as the settings, and one run names every mistake.

    Attributes:
        path: where the group stands.
        given: Python names of the fields that are set, whether well or wrong.
        wrong: Python names of the fields that are wrong, or missing.
    """

    def __init__(self, group: type[Group], values: object, path: Path = ()) -> None:
        given = _mapping(values)
        self.path = path
        self.given = frozenset(name for key, (name, _, _) in fields(group).items() if key in given)
        self.wrong: set[str] = set()
        self._values: dict[str, Any] = {}
        self._parts: dict[str, Draft] = {}
        self._lists: dict[str, tuple[Draft, ...]] = {}
        for key, (name, field, _) in fields(group).items():
            value = given.get(key, field.get_default(call_default_factory=True))
            if group_inside := inner(field.annotation):
                self._take_group(name, group_inside, value, (*path, key))
            else:
                self._take_value(name, _adapter(group, name), value)

    def get(self, name: str) -> Any:
        """The value of a field by its Python name; None when it is wrong, missing or not set."""
        return self._values.get(name)

    def find(self, name: str) -> Draft | None:
        """The group inside; None when there is no such object."""
        return self._parts.get(name)

    def part(self, name: str) -> Draft:
        """The group inside; one that holds nothing when there is no such object."""
        return self._parts.get(name) or Draft(Group, None, self.key(name))

    def each(self, name: str) -> tuple[Draft, ...]:
        """The groups of a list inside."""
        return self._lists.get(name, ())

    def key(self, name: str) -> Path:
        """Where a field of this group stands."""
        return (*self.path, to_camel(name))

    def _take_group(self, name: str, group: type[Group], value: object, path: Path) -> None:
        if isinstance(value, list | tuple):
            items = enumerate(cast("Sequence[object]", value))
            self._lists[name] = tuple(Draft(group, item, (*path, number)) for number, item in items)
        elif isinstance(value, Mapping | Group):
            self._parts[name] = Draft(group, cast("object", value), path)
        elif value is not None:
            self.wrong.add(name)

    def _take_value(self, name: str, adapter: TypeAdapter[Any], value: object) -> None:
        try:
            self._values[name] = adapter.validate_python(value)
        except ValidationError:
            self.wrong.add(name)


def _mapping(value: object) -> Mapping[str, Any]:
    if isinstance(value, Group):  # a default
        return value.model_dump(by_alias=True, exclude_unset=True)
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


@cache
def _adapter(group: type[Group], name: str) -> TypeAdapter[Any]:
    field = group.model_fields[name]
    whole: Any = Annotated[cast("Any", field.annotation), *field.metadata]  # put together what pydantic took apart
    return TypeAdapter[Any](whole)
