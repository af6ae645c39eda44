"""How a setting says its rule, and how a mistake in it is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

NAMESPACE = "archive"


@dataclass(frozen=True)
class Rule:
    """Completes "archive:port must …": the rule, why it is so, and how to mend it.

    A `secret` is never shown, and has to be set with `pulumi config set --secret`.
    """

    must: str
    why: str
    mend: str
    secret: bool = False


class Group(BaseModel):
    """The settings of one environment: frozen, in Pulumi's camelCase outside and snake_case inside."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_default=True,
        hide_input_in_errors=True,
    )


def keys(group: type[Group]) -> dict[str, Rule]:
    """Every key of a group, without its namespace, and its rule."""
    found: dict[str, Rule] = {}
    for name, field in group.model_fields.items():
        rule = next((each for each in field.metadata if isinstance(each, Rule)), None)
        if rule is None:
            raise TypeError(f"{group.__name__}.{name} has no Rule")
        found[field.alias or name] = rule
    return found


def mistakes(group: type[Group], values: Mapping[str, Any], secret: Collection[str]) -> list[str]:
    """One line for every wrong, unknown or unprotected setting, in the order of the group's fields."""
    known = keys(group)
    lines: dict[str, str] = {}
    for key, value in values.items():
        if key not in known:
            lines[key] = _unknown(key, known)
        elif known[key].secret and value and key not in secret:
            lines[key] = (
                f"{NAMESPACE}:{key} holds a password and stands in the file as plain text. Keep it encrypted:"
                f" pulumi config set --secret {NAMESPACE}:{key} <value>"
            )
    try:
        group.model_validate(dict(values))
    except ValidationError as error:
        for problem in error.errors():
            key = to_camel(str(problem["loc"][0]))  # a wrong default is told by the field's name
            if key in known:
                hidden = known[key].secret or key in secret
                lines.setdefault(key, _wrong(key, known[key], values.get(key), hidden))
    order = list(known)
    return [lines[key] for key in sorted(lines, key=lambda key: order.index(key) if key in known else len(order))]


def _wrong(key: str, rule: Rule, value: object, hidden: bool) -> str:
    shown = "nothing" if value in (None, "") else "[secret]" if hidden else str(value)
    return f"{NAMESPACE}:{key} must {rule.must} (got {shown}): {rule.why}. {rule.mend}."


def _unknown(key: str, known: Iterable[str]) -> str:
    lower = {name.lower(): name for name in known}
    near = get_close_matches(key.lower(), lower, n=1, cutoff=0.6)
    guess = f"Did you mean {NAMESPACE}:{lower[near[0]]}?" if near else f"There are: {', '.join(lower.values())}."
    return f"{NAMESPACE}:{key} is no setting of this stack. {guess} Remove it with: pulumi config rm {NAMESPACE}:{key}"
