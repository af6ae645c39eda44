"""The checks that most policies are made of. What is not known yet is well: it is looked at again when it is made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

from archive_platform.policy.model import UNKNOWN, Check, Finding, Resource, Stack, StackCheck

EMPTY: tuple[Any, ...] = (None, "", [], {})
Accept: TypeAlias = Callable[[Any], bool]


def shown(value: object) -> str:
    """A value in words that follow "is".

    >>> shown(None), shown(True), shown(["a", "b"]), shown("")
    ('not set', 'true', 'a, b', 'empty')
    """
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(shown(each) for each in cast("Sequence[Any]", value)) or "empty"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # all numbers come over the wire as floating-point ones
    return str(value) or "empty"


def must(path: str, accept: Accept, what: str) -> Check:
    """The value at a path, which may be None, has to be accepted; `what` follows "must"."""

    def check(resource: Resource) -> Iterator[Finding]:
        value = resource.at(path)
        if value is not UNKNOWN and not accept(value):
            yield Finding(path, shown(value), what)

    return check


def equal(path: str, expected: Any) -> Check:
    """Missing is not equal: AWS' default may be another tomorrow, and nobody reads it in the program."""
    return must(path, lambda value: value == expected, f"be {shown(expected)}")


def one_of(path: str, expected: Collection[str]) -> Check:
    return must(path, lambda value: value in expected, f"be {' or '.join(sorted(expected))}")


def at_least(path: str, least: float) -> Check:
    return must(path, lambda value: is_number(value) and value >= least, f"be {shown(float(least))} or more")


def present(path: str) -> Check:
    return must(path, lambda value: value not in EMPTY, "be set")


def absent(path: str) -> Check:
    """Without its value, which may be a secret."""

    def check(resource: Resource) -> Iterator[Finding]:
        value = resource.at(path)
        if value is not UNKNOWN and value not in EMPTY:
            yield Finding(path, "set", "not be set")

    return check


def holds(path: str, *expected: str) -> Check:
    """A list that has at least these items."""

    def accept(value: Any) -> bool:
        items = cast("Sequence[Any]", value) if isinstance(value, list) else ()
        return UNKNOWN in items or set(expected) <= set(items)

    return must(path, accept, f"hold {', '.join(expected)}")


def several(path: str, least: int = 2) -> Check:
    """A list of at least so many items."""

    def accept(value: Any) -> bool:
        return isinstance(value, list) and len(cast("Sequence[Any]", value)) >= least

    return must(path, accept, f"have {least} items or more")


def together(*checks: Check) -> Check:
    """All of them."""
    return lambda resource: (finding for check in checks for finding in check(resource))


def unless(path: str, check: Check) -> Check:
    """The check, but not of a resource that has something at a path, as a replica its source."""
    return lambda resource: [] if resource.at(path) not in EMPTY else check(resource)


def companion(types: Iterable[str], other: str, property_: str, check: Check, what: str) -> StackCheck:
    """Each resource of some types has one of another type that refers to it, and that is well.

    `what` says in a word or two what the other one is, and follows "have".
    """
    about = tuple(types)

    def look(stack: Stack) -> Iterator[Finding]:
        for resource in stack.of(*about):
            found = stack.companions(resource, other, property_)
            if not found:
                yield Finding(what, "missing", f"be there: a {other.rpartition(':')[2]} that refers to it", resource)
            for each in found:
                for finding in check(each):
                    yield Finding(f"{what}: {finding.property}", finding.is_, finding.must, resource)

    return look


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def objects(values: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """Those that are objects; another may not be known yet."""
    return (cast("Mapping[str, Any]", value) for value in values if isinstance(value, Mapping))
