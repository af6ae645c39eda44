"""The SDK's own types of resources' inputs, as data.

To import them takes seconds (a service's package brings all of its resources), so what was found is kept in the user's
cache, by the SDK's version and by this file, which says what is found.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import json
import os
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from tools.bootstrap.paths import cache_folder

PACKAGE = "pulumi_aws"
_REGISTRY = re.compile(r'resource_modules="""(.*?)"""', re.DOTALL)
_PLAIN: dict[type, str] = {str: "text", bool: "truth", int: "whole", float: "number"}
# Enumerations of the SDK that lag behind what AWS sells; the plugin takes any text for them
_OPEN = frozenset({"InstanceType", "InstanceClass"})

# A type as data: ["text"], ["truth"], ["whole"], ["number"], ["any"], ["map", type], ["list", type],
# ["enumeration", name, [values]], ["object", class]; what may be several is a list of them
Type: TypeAlias = "list[Any]"


@dataclass(frozen=True)
class Property:
    """An input: the types that it may have, and whether it has to be there."""

    options: list[Type]
    required: bool


@dataclass(frozen=True)
class Inputs:
    """A resource's inputs.

    Attributes:
        root: the class of the resource's arguments.
        classes: properties by their names, of that class and all others that it leads to.
    """

    root: str
    classes: dict[str, dict[str, Property]]

    @property
    def names(self) -> Mapping[str, Property]:
        return self.classes[self.root]


@cache
def version() -> str:
    """Of the SDK, without importing it."""
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    plugin = Path(spec.submodule_search_locations[0]) / "pulumi-plugin.json"
    return str(json.loads(plugin.read_text())["version"])


@cache
def inputs_of(token: str) -> Inputs:
    """The inputs of a resource, as `aws:ec2/vpc:Vpc`. LookupError for a type that there is not."""
    own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    folder = cache_folder(os.environ) / "sdk-types" / f"{PACKAGE}-{version()}-{own}"
    kept = folder / f"{re.sub('[^A-Za-z0-9]', '-', token)}.json"
    if kept.exists():
        return _read(json.loads(kept.read_text()))
    found = _describe(arguments(token))
    folder.mkdir(parents=True, exist_ok=True)
    written = kept.with_suffix(f".{os.getpid()}")
    written.write_text(json.dumps(_written(found)))
    written.replace(kept)  # at once: other plugins may be reading
    return found


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
    sdk_package = importlib.import_module(PACKAGE)
    text = Path(str(sdk_package.__file__)).read_text(encoding="utf-8")
    found = _REGISTRY.search(text)
    if found is None:
        raise LookupError("the SDK registers its resources otherwise than it did")
    return {
        token: (module["fqn"], module["mod"], name)
        for module in json.loads(found[1])
        for token, name in module["classes"].items()
    }


def _describe(root: type) -> Inputs:
    from pulumi import _types as sdk

    classes: dict[str, dict[str, Property]] = {}
    waiting = [root]
    while waiting:
        each = waiting.pop()
        if each.__name__ not in classes:
            required = _required(each)
            annotations = sdk.input_type_types(each)
            options = {name: list(_options(annotation)) for name, annotation in annotations.items()}
            classes[each.__name__] = {
                name: Property([_type(option, waiting) for option in options[name]], name in required)
                for name in annotations
            }
    return Inputs(root.__name__, classes)


def _required(arguments_: type) -> frozenset[str]:
    from pulumi import _types as sdk

    names = sdk.input_type_py_to_pulumi_names(arguments_)
    parameters = inspect.signature(arguments_.__init__).parameters
    return frozenset(key for name, key in names.items() if parameters[name].default is inspect.Parameter.empty)


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


def _type(option: Any, classes: list[type]) -> Type:
    """As data; classes that it leads to are added to `classes`."""
    from pulumi import _types as sdk

    origin = typing.get_origin(option)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return ["map", [_type(each, classes) for each in _options(typing.get_args(option)[1])]]
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return ["list", [_type(each, classes) for each in _options(typing.get_args(option)[0])]]
    if option in _PLAIN:
        return [_PLAIN[option]]
    if isinstance(option, type) and issubclass(option, Enum):
        return ["enumeration", option.__name__, [member.value for member in option]]
    if isinstance(option, type) and sdk.is_input_type(option):
        classes.append(option)
        return ["object", option.__name__]
    return ["any"]


def _written(found: Inputs) -> dict[str, Any]:
    classes = {
        name: {key: [each.options, each.required] for key, each in properties.items()}
        for name, properties in found.classes.items()
    }
    return {"root": found.root, "classes": classes}


def _read(kept: Mapping[str, Any]) -> Inputs:
    classes = {
        name: {key: Property(*each) for key, each in properties.items()} for name, properties in kept["classes"].items()
    }
    return Inputs(kept["root"], classes)
