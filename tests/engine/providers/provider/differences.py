"""Differences between two sets of inputs, as pulumi-go-provider's default `Diff` reports them to the engine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeGuard

from .values import ARCHIVE, ASSET, Object, Secret, Value, signature

ADD, DELETE, UPDATE = "ADD", "DELETE", "UPDATE"
PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def differences(old: Mapping[str, Value], new: Mapping[str, Value]) -> dict[str, str]:
    """What has changed, by property path: {"triggers[0]": UPDATE, "stdin": ADD}. A secret is compared as a whole."""
    return dict(_of_objects("", old, new))


def equal(old: Value, new: Value) -> bool:
    """Equal in value; a secret differs from the same value in clear, and assets are their content's hash."""
    if isinstance(old, Secret) and isinstance(new, Secret):
        return equal(old.value, new.value)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(equal, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        kind = signature(old)
        if kind != signature(new):
            return False
        if kind in (ASSET, ARCHIVE) and old.get("hash") and new.get("hash"):
            return old["hash"] == new["hash"]
        return all(equal(old.get(key), new.get(key)) for key in old.keys() | new.keys())
    return type(old) is type(new) and old == new


def _of_objects(path: str, old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for key in sorted(old.keys() | new.keys()):
        yield from _of_values(_member(path, key), old.get(key), new.get(key))


def _of_lists(path: str, old: list[Value], new: list[Value]) -> Iterator[tuple[str, str]]:
    for index in range(max(len(old), len(new))):
        place = f"{path}[{index}]"
        if index >= len(old):
            yield place, ADD
        elif index >= len(new):
            yield place, DELETE
        else:
            yield from _of_values(place, old[index], new[index])


def _of_values(path: str, old: Value, new: Value) -> Iterator[tuple[str, str]]:
    if isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(path, old, new)
    elif _is_object(old) and _is_object(new):
        yield from _of_objects(path, old, new)
    elif not equal(old, new):
        yield path, ADD if old is None else DELETE if new is None else UPDATE


def _is_object(value: Value) -> TypeGuard[Object]:
    return isinstance(value, dict) and signature(value) is None


def _member(path: str, key: str) -> str:
    if not PLAIN_KEY.fullmatch(key):
        escaped = key.replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{key}" if path else key
