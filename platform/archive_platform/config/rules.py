"""How a setting says its rule. What is done with it lies in `mistakes`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from archive_platform.config.paths import Path

if TYPE_CHECKING:
    from archive_platform.config.draft import Draft


@dataclass(frozen=True)
class Rule:
    """Completes "archive:port must …": the rule, why it is so, and how to mend it.

    A `secret` is never shown, and has to be set with `pulumi config set --secret`. `item` is the rule for one entry of
    a list or an object, as in "archive:resolvers[1] must …".
    """

    must: str
    why: str
    mend: str
    secret: bool = False
    item: str | None = None


def holding(what: str) -> Rule:
    """The rule of a group of settings, which "holds …"."""
    return Rule("be an object", f"it holds {what}", "Set its keys one by one, as the example does")


class Wrong(ValueError):
    """A validator's own words for what is wrong with a value; the field's `Rule` says whatever they leave out."""

    def __init__(self, *, must: str | None = None, why: str | None = None, mend: str | None = None) -> None:
        super().__init__(must or why or mend)
        self._words = {name: word for name, word in (("must", must), ("why", why), ("mend", mend)) if word}

    def over(self, rule: Rule) -> Rule:
        """The rule in these words."""
        return replace(rule, **self._words)


@dataclass(frozen=True)
class Conflict:
    """Settings that are well by themselves and wrong together, told at one of them."""

    path: Path
    must: str
    why: str
    mend: str
    got: str | None = None
    """What is shown instead of the value at `path`."""


class Group(BaseModel):
    """Settings that belong together: frozen, in Pulumi's camelCase outside and snake_case inside.

    A field may be a further group (`archive:ssh.port`) or a tuple of them (`archive:hosts[0].name`).
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_default=True,
        validate_by_alias=True,  # settings' files
        validate_by_name=True,  # programs that use a component by itself
        hide_input_in_errors=True,
    )

    @classmethod
    def completed(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values and, where they are silent, what depends on them: defaults that differ by environment."""
        return dict(values)

    @classmethod
    def conflicts(cls, draft: Draft) -> Iterable[Conflict]:  # noqa: ARG003 - for the groups that have some
        """What is wrong between settings; asked of a stack's outermost group.

        The draft lacks what is wrong by itself. That is told already, and what depends on it is not to be judged.
        """
        return ()

    def check_ready(self) -> None:
        """What a program needs beside right settings; ConfigError says what is missing. Tools may do without."""


def keys(group: type[Group]) -> dict[str, Rule]:
    """Every key of a group, without its namespace, and its rule."""
    return {key: rule for key, (_, _, rule) in fields(group).items()}


@cache
def fields(group: type[Group]) -> dict[str, tuple[str, FieldInfo, Rule]]:
    """Every key of a group, and the name, type and rule of its field. TypeError for a field without a rule."""
    found: dict[str, tuple[str, FieldInfo, Rule]] = {}
    for name, field in group.model_fields.items():
        rule = next((each for each in field.metadata if isinstance(each, Rule)), None)
        if rule is None:
            raise TypeError(f"{group.__name__}.{name} has no Rule")
        found[field.alias or name] = (name, field, rule)
    return found


def inner(annotation: Any) -> type[Group] | None:
    """The group inside a field's type: `Ssh`, `Ssh | None` and `tuple[Host, ...]` have one, `int` has none."""
    if isinstance(annotation, type) and issubclass(annotation, Group):
        return annotation
    if get_origin(annotation) is Annotated:
        return inner(get_args(annotation)[0])
    return next((found for each in get_args(annotation) if (found := inner(each))), None)


def is_structured(annotation: Any) -> bool:
    """Whether a field holds an object or a list, which Pulumi hands over as JSON."""
    if inner(annotation) or get_origin(annotation) in (tuple, dict):
        return True
    return any(is_structured(each) for each in get_args(annotation))
