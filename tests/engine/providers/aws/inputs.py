"""Whether a resource's inputs are what the SDK's own types say: none unknown, missing or of another type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..provider.values import UNKNOWN
from .sdk import Inputs, Type, inputs_of

_PLAIN: dict[str, tuple[type, ...]] = {"text": (str,), "truth": (bool,), "whole": (int, float), "number": (int, float)}
_WORDS = {"text": "text", "truth": "true or false", "whole": "a whole number", "number": "a number"}


@dataclass(frozen=True)
class Problem:
    """`path` as in `rules[0].filter.prefix`."""

    path: str
    reason: str


def problems(token: str, inputs: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the inputs of a resource, as `aws:ec2/vpc:Vpc`. LookupError for a type that there is not."""
    types = inputs_of(token)
    return list(_of_object(types, types.root, inputs, ""))


def _of_object(types: Inputs, name: str, value: Mapping[str, Any], path: str) -> Iterator[Problem]:
    known = types.classes[name]
    for key in value.keys() - known.keys():
        yield Problem(_join(path, key), f"unknown to {name}")
    for key in sorted(key for key, each in known.items() if each.required and key not in value):
        yield Problem(_join(path, key), f"missing, and {name} requires it")
    for key in value.keys() & known.keys():
        yield from _of_any(types, known[key].options, value[key], _join(path, key))


def _of_any(types: Inputs, options: Sequence[Type], value: Any, path: str) -> Iterator[Problem]:
    if value is None or value == UNKNOWN:
        return
    attempts = [list(_of_option(types, option, value, path)) for option in options]
    if attempts and all(attempts):
        closest = min(attempts, key=len)
        if len(options) == 1 or not isinstance(value, str | int | float):
            yield from closest
        else:
            yield Problem(path, f"{value!r} is none of {_named(options)}")


def _of_option(types: Inputs, option: Type, value: Any, path: str) -> Iterator[Problem]:
    kind = option[0]
    if kind == "map":
        if not isinstance(value, Mapping):
            yield Problem(path, f"{value!r} is no object")
            return
        for key, each in value.items():
            yield from _of_any(types, option[1], each, _join(path, key))
    elif kind == "list":
        if not isinstance(value, list | tuple):
            yield Problem(path, f"{value!r} is no list")
            return
        for number, each in enumerate(value):
            yield from _of_any(types, option[1], each, f"{path}[{number}]")
    elif kind in _PLAIN:
        yield from _of_plain(kind, value, path)
    elif kind == "enumeration":
        if value not in option[2]:
            yield Problem(path, f"{value!r} is no {option[1]}")
    elif kind == "object":
        if isinstance(value, Mapping):
            yield from _of_object(types, option[1], value, path)
        else:
            yield Problem(path, f"{value!r} is no object")


def _of_plain(kind: str, value: Any, path: str) -> Iterator[Problem]:
    """Numbers come over the wire as floating-point ones; true is one in Python, and none here."""
    well = isinstance(value, _PLAIN[kind]) and (kind == "truth" or not isinstance(value, bool))
    if not well or (kind == "whole" and value != int(value)):
        yield Problem(path, f"{value!r} is not {_WORDS[kind]}")


def _named(options: Sequence[Type]) -> str:
    return " or ".join(_word(option) for option in options)


def _word(option: Type) -> str:
    kind = str(option[0])
    return str(option[1]) if kind in ("enumeration", "object") else _WORDS.get(kind, kind)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
