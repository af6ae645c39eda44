"""Whether a resource's inputs are what the SDK's own types say: none unknown, missing or of another type."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from pulumi import _types as sdk
from pulumi.runtime.rpc import UNKNOWN

_REGISTRY = re.compile(r'resource_modules="""(.*?)"""', re.DOTALL)
_PLAIN: dict[type, tuple[type, ...]] = {str: (str,), bool: (bool,), int: (int, float), float: (int, float)}
_WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
# Enumerations of the SDK that lag behind what AWS sells; the plugin takes any text for them
_OPEN = frozenset({"InstanceType", "InstanceClass"})


@dataclass(frozen=True)
class Problem:
    """`path` as in `rules[0].filter.prefix`."""

    path: str
    reason: str


def problems(token: str, inputs: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the inputs of a resource, as `aws:ec2/vpc:Vpc`. LookupError for a type that there is not."""
    return list(_of_object(arguments(token), inputs, ""))


@cache
def arguments(token: str) -> type:
    """The SDK's class of a resource's arguments."""
    resource = resource_class(token)
    module = importlib.import_module(resource.__module__)
    # …InitArgs where a property of another resource has the first name
    name = next(name for name in (f"{resource.__name__}InitArgs", f"{resource.__name__}Args") if hasattr(module, name))
    return getattr(module, name)


@cache
def resource_class(token: str) -> type:
    """The SDK's class of a resource."""
    package, _, name = _registry().get(token, ("", "", ""))
    if not package:
        raise LookupError(f"the SDK has no resource {token}")
    return getattr(importlib.import_module(package), name)


@cache
def _registry() -> dict[str, tuple[str, str, str]]:
    """Token → package, module and class, as the SDK registers them with Pulumi."""
    sdk_package = importlib.import_module("pulumi_aws")
    text = Path(str(sdk_package.__file__)).read_text(encoding="utf-8")
    found = _REGISTRY.search(text)
    if found is None:
        raise LookupError("the SDK registers its resources otherwise than it did")
    return {
        token: (module["fqn"], module["mod"], name)
        for module in json.loads(found[1])
        for token, name in module["classes"].items()
    }


def _of_object(arguments_: type, value: Mapping[str, Any], path: str) -> Iterator[Problem]:
    known = sdk.input_type_types(arguments_)
    for key in value.keys() - known.keys():
        yield Problem(_join(path, key), f"unknown to {arguments_.__name__}")
    for key in _required(arguments_) - value.keys():
        yield Problem(_join(path, key), f"missing, and {arguments_.__name__} requires it")
    for key in value.keys() & known.keys():
        yield from _of_value(known[key], value[key], _join(path, key))


@cache
def _required(arguments_: type) -> frozenset[str]:
    names = sdk.input_type_py_to_pulumi_names(arguments_)
    parameters = inspect.signature(arguments_.__init__).parameters
    return frozenset(key for name, key in names.items() if parameters[name].default is inspect.Parameter.empty)


def _of_value(annotation: Any, value: Any, path: str) -> Iterator[Problem]:
    if value is None or value == UNKNOWN:
        return
    options = list(_options(annotation))
    attempts = [list(_of_option(option, value, path)) for option in options]
    if attempts and all(attempts):
        closest = min(attempts, key=len)
        if len(options) == 1 or not _is_scalar(value):
            yield from closest
        else:
            yield Problem(path, f"{value!r} is none of {_named(options)}")


def _options(annotation: Any) -> Iterator[Any]:
    """The types that a value may have, without those that only a program's promises have."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        each = [option for member in typing.get_args(annotation) for option in _options(member)]
        enums = [option for option in each if isinstance(option, type) and issubclass(option, Enum)]
        closed = [enum for enum in enums if enum.__name__ not in _OPEN]
        yield from (option for option in each if not (closed and option is str))
    elif annotation is not type(None) and not _is_promise(annotation):
        yield annotation


def _is_promise(annotation: Any) -> bool:
    origin = typing.get_origin(annotation) or annotation
    return getattr(origin, "__name__", "") in ("Awaitable", "Output")


def _of_option(option: Any, value: Any, path: str) -> Iterator[Problem]:
    origin = typing.get_origin(option)
    if option is Any:
        return
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            yield Problem(path, f"{value!r} is no object")
            return
        for key, each in value.items():
            yield from _of_value(typing.get_args(option)[1], each, _join(path, key))
    elif isinstance(origin, type) and issubclass(origin, Sequence):
        if not isinstance(value, list | tuple):
            yield Problem(path, f"{value!r} is no list")
            return
        for number, each in enumerate(value):
            yield from _of_value(typing.get_args(option)[0], each, f"{path}[{number}]")
    elif option in _PLAIN:
        yield from _of_plain(option, value, path)
    elif isinstance(option, type) and issubclass(option, Enum):
        if value not in [member.value for member in option]:
            yield Problem(path, f"{value!r} is no {option.__name__}")
    elif isinstance(option, type) and sdk.is_input_type(option):
        if isinstance(value, Mapping):
            yield from _of_object(option, value, path)
        else:
            yield Problem(path, f"{value!r} is no object")


def _of_plain(option: type, value: Any, path: str) -> Iterator[Problem]:
    """Numbers come over the wire as floating-point ones; true is one in Python, and none here."""
    well = isinstance(value, _PLAIN[option]) and (option is bool or not isinstance(value, bool))
    if not well or (option is int and value != int(value)):
        yield Problem(path, f"{value!r} is not {_WORDS[option]}")


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _named(options: Sequence[Any]) -> str:
    return " or ".join(getattr(option, "__name__", str(option)) for option in options)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
