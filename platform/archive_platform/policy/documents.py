"""What IAM's policy documents say: who may do what, and on which condition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from archive_platform.policy.model import UNKNOWN, Resource

ANYBODY = "*"
# An access key's id, or a private key (IAM User Guide, "IAM identifiers")
KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----")


def statements(resource: Resource, path: str) -> Iterator[Mapping[str, Any]]:
    """The statements of a document, as JSON or as an object; none of one that is not known yet, or is no document."""
    value = resource.at(path)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return
    if value is UNKNOWN or not isinstance(value, Mapping):
        return
    found = several(cast("Mapping[str, Any]", value).get("Statement"))
    yield from (cast("Mapping[str, Any]", each) for each in found if isinstance(each, Mapping))


def allowed(resource: Resource, path: str) -> Iterator[Mapping[str, Any]]:
    """The statements that allow something."""
    return (each for each in statements(resource, path) if each.get("Effect") == "Allow")


def several(value: Any) -> list[Any]:
    """A document's values are one or a list of them."""
    return list(cast("Sequence[Any]", value)) if isinstance(value, list | tuple) else [] if value is None else [value]


def principals(statement: Mapping[str, Any], kind: str | None = None) -> list[str]:
    """Who may, of a kind as in `Service`; `*` is anybody."""
    given = statement.get("Principal")
    if not isinstance(given, Mapping):
        return [str(each) for each in several(given)]
    kinds = cast("Mapping[str, Any]", given)
    return [str(each) for name, each_kind in kinds.items() if kind in (None, name) for each in several(each_kind)]


def conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Each condition as operator, key in small letters, and values: `("StringEquals", "aws:sourceaccount", […])`."""
    for operator, keys in cast("Mapping[str, Any]", statement.get("Condition") or {}).items():
        for key, values in cast("Mapping[str, Any]", keys).items():
            yield operator, key.lower(), [str(each) for each in several(values)]


def compared(statement: Mapping[str, Any], key: str) -> list[tuple[str, str]]:
    """What a key is compared with, each with its operator: `[("StringEquals", "sts.amazonaws.com")]`."""
    return [(operator, value) for operator, found, values in conditions(statement) if found == key for value in values]


def shown(statement: Mapping[str, Any]) -> str:
    """A statement by its name, or by what it allows, for a message."""
    return str(statement.get("Sid") or ", ".join(str(each) for each in several(statement.get("Action"))))
