"""IAM's evaluation of policies, as far as the project's use it ("Policy evaluation logic")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

Statement: TypeAlias = Mapping[str, Any]
KNOWN_CONDITIONS = frozenset({"StringEquals", "StringNotEquals", "Null"})


def may(statements: Sequence[Statement], action: str, resource: str = "*", **context: str) -> bool:
    """Whether an identity with these statements may act. Keys of the context have `__` for `:` and `___` for `/`."""
    known = {key.replace("___", "/").replace("__", ":"): value for key, value in context.items()}
    fitting = [each for each in statements if _fits(each, action, resource, known)]
    effects = {each["Effect"] for each in fitting}
    return "Allow" in effects and "Deny" not in effects


def _fits(statement: Statement, action: str, resource: str, context: Mapping[str, str]) -> bool:
    return (
        any(_like(pattern.lower(), action.lower()) for pattern in statement["Action"])
        and any(_like(pattern, resource) for pattern in statement["Resource"])
        and all(_holds(operator, tests, context) for operator, tests in statement.get("Condition", {}).items())
    )


def _holds(operator: str, tests: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    assert operator in KNOWN_CONDITIONS, f"this evaluation does not know {operator}"
    return all(_holds_one(operator, key, wanted, context) for key, wanted in tests.items())


def _holds_one(operator: str, key: str, wanted: Any, context: Mapping[str, str]) -> bool:
    values = {wanted} if isinstance(wanted, str) else set(wanted)
    match operator:
        case "Null":
            return (key not in context) == (wanted == "true")
        case "StringNotEquals":
            return context.get(key) not in values
        case _:
            return key in context and context[key] in values


def _like(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` is any characters, `?` one."""
    expression = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in pattern)
    return re.fullmatch(expression, text) is not None


def actions(statements: Iterable[Statement]) -> set[str]:
    """All that are allowed, as they are written."""
    return {action for each in statements if each["Effect"] == "Allow" for action in each["Action"]}
