"""Every mistake in a stack's settings, each in one line that says how to mend it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, cast

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from archive_platform.config.draft import Draft
from archive_platform.config.paths import Path, at, render, shown
from archive_platform.config.rules import Conflict, Group, Rule, Wrong, fields, inner, is_structured, keys

_OF_A_KEY = "[key]"  # pydantic ends the place of a wrong dictionary key so
_NO_FIELD = "extra_forbidden"  # and calls a key that is of no field so


def decoded(group: type[Group], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with objects and lists read from the JSON as which the engine hands them over.

    An object or list that is nothing (`archive:administrators:` without a value) counts as not set. One inside another
    is JSON as well when it was set by `pulumi config set --path 'archive:hosts[0].roles' '["worker"]'`. What the values
    leave to the group is completed.
    """
    structured = {key for key, (_, field, _) in fields(group).items() if is_structured(field.annotation)}
    kept = {key: value for key, value in values.items() if key not in structured or value not in (None, "")}
    return group.completed(_decoded(group, kept))


def _decoded(group: type[Group], values: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(values)
    for key, (_, field, _) in fields(group).items():
        if key in found and is_structured(field.annotation):
            found[key] = _read(inner(field.annotation), found[key])
    return found


def _read(group: type[Group] | None, value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value  # text where an object belongs: told by the field's rule
    if isinstance(value, list | tuple):
        return [_read(group, each) if group else each for each in cast("Sequence[Any]", value)]
    return _decoded(group, cast("Mapping[str, Any]", value)) if group and isinstance(value, Mapping) else value


def mistakes(group: type[Group], values: Mapping[str, Any], secret: Collection[str]) -> list[str]:
    """One line for every wrong, unknown or unprotected setting, in the order of the group's fields.

    `secret` are the outermost keys whose values, or some part of them, were kept encrypted.
    """
    values = decoded(group, values)
    teller = _Teller(group, values, secret)
    found = [*teller.plain_secrets(), *teller.wrong_values(), *teller.conflicts()]
    lines: dict[Path, list[str]] = {}
    for path, line in found:
        lines.setdefault(path, []).append(line)
    return [line for path in sorted(lines, key=lambda path: _order(group, path)) for line in lines[path]]


@dataclass(frozen=True)
class _Teller:
    """Finds mistakes and words them, knowing what may be shown."""

    group: type[Group]
    values: Mapping[str, Any]
    secret: Collection[str]

    def plain_secrets(self) -> Iterator[tuple[Path, str]]:
        for path, value in _secrets(self.group, self.values):
            if value and path[0] not in self.secret:
                nested = len(path) > 1
                command = f"--path '{render(path)}' < FILE" if nested else f"{render(path)} <value>"
                yield (
                    path,
                    f"{render(path)} is secret and stands in the file as plain text. Keep it encrypted:"
                    f" pulumi config set --secret {command}",
                )

    def wrong_values(self) -> Iterator[tuple[Path, str]]:
        try:
            self.group.model_validate(dict(self.values), by_name=False)
        except ValidationError as error:
            problems = [(_place(self.group, problem["loc"], problem["type"]), problem) for problem in error.errors()]
            told = {path for path, _ in self.plain_secrets()}
            # a list whose items are wrong also counts as too short
            told |= {place.path[:length] for place, _ in problems for length in range(1, len(place.path))}
            for place, problem in problems:
                if place.path not in told:
                    told.add(place.path)
                    yield place.path, self._wrong(place, problem.get("ctx", {}).get("error"))

    def conflicts(self) -> Iterator[tuple[Path, str]]:
        for conflict in self.group.conflicts(Draft(self.group, self.values)):
            value = conflict.got if conflict.got is not None else at(self.values, conflict.path)
            yield conflict.path, self._told(conflict.path, conflict, self._shown(conflict.path, value, False))

    def _wrong(self, place: _Place, raised: object) -> str:
        if place.rule is None:
            return self._unknown(place)
        rule = raised.over(place.rule) if isinstance(raised, Wrong) else place.rule
        value = place.path[-1] if place.of_key else at(self.values, place.path)
        return self._told(place.path, rule, self._shown(place.path, value, rule.secret))

    def _told(self, path: Path, rule: Rule | Conflict, got: str) -> str:
        return f"{render(path)} must {rule.must} (got {got}): {rule.why}. {rule.mend}."

    def _shown(self, path: Path, value: object, is_secret: bool) -> str:
        text = shown(value)
        # The engine says only that some part of an object is encrypted. Where no part has to be, it is one of the
        # operator's choice, and none is shown.
        known = {place[0] for place, _ in _secrets(self.group, self.values)}
        chosen = path[0] in self.secret and path[0] not in known
        return "[secret]" if text != "nothing" and (is_secret or chosen) else text

    def _unknown(self, place: _Place) -> str:
        key, parent = str(place.path[-1]), place.path[:-1]
        lower = {name.lower(): name for name in keys(place.group)}
        near = get_close_matches(key.lower(), lower, n=1, cutoff=0.6)
        there = "here" if parent else "of this stack"
        guess = (
            f"Did you mean {render((*parent, lower[near[0]]))}?" if near else f"There are: {', '.join(lower.values())}."
        )
        remove = f"--path '{render(place.path)}'" if parent else render(place.path)
        return f"{render(place.path)} is no setting {there}. {guess} Remove it with: pulumi config rm {remove}"


@dataclass(frozen=True)
class _Place:
    """Where pydantic found something: `group` is the innermost one, `rule` is None for a key it does not have."""

    path: Path
    group: type[Group]
    rule: Rule | None
    of_key: bool = False


def _place(group: type[Group], location: tuple[str | int, ...], problem: str) -> _Place:
    path: list[str | int] = []
    rule: Rule | None = None
    inside: type[Group] | None = group
    known: dict[str, tuple[str, FieldInfo, Rule]] = {}
    for depth, step in enumerate(location, start=1):
        if step == _OF_A_KEY:
            return _Place(tuple(path), group, rule, of_key=True)
        if isinstance(step, int) or inside is None:
            path.append(step)
            continue
        known = fields(inside)
        if problem == _NO_FIELD and depth == len(location):
            return _Place((*path, step), inside, None)
        # a wrong default is told by the field's name, anything else by its key
        key = next(key for key, (name, _, _) in known.items() if step in (key, name))
        path.append(key)
        _, field, rule = known[key]
        group, inside = inside, inner(field.annotation)
    if rule and path[-1] not in known:  # an entry of the list or object that the rule is about
        rule = replace(rule, must="be an object" if inside else rule.item or rule.must)
    return _Place(tuple(path), group, rule)


def _secrets(group: type[Group], values: Any, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Everything that stands at a key that has to be secret."""
    if isinstance(values, list | tuple):
        for number, item in enumerate(cast("Sequence[object]", values)):
            yield from _secrets(group, item, (*path, number))
    if not isinstance(values, Mapping):
        return
    for key, (_, field, rule) in fields(group).items():
        value, group_inside = at(values, (key,)), inner(field.annotation)
        if rule.secret and value:
            yield (*path, key), value
        elif group_inside:
            yield from _secrets(group_inside, value, (*path, key))


def _order(group: type[Group], path: Path) -> tuple[tuple[int, str], ...]:
    """Sorts as the group lists its fields; what it does not list comes last."""
    places: list[tuple[int, str]] = []
    inside: type[Group] | None = group
    for step in path:
        known = fields(inside) if inside and isinstance(step, str) else {}
        if isinstance(step, int):
            places.append((step, ""))
        elif step in known:
            places.append((list(known).index(step), ""))
            inside = inner(known[step][1].annotation)
        else:
            places.append((len(known), step))
            inside = None
    return tuple(places)
