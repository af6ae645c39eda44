"""Makes the resources that resources.json, beside this file, asks for, and exports what each one printed.

    {"resources": [{"type": "remote.Command", "name": "hello", "inputs": {…}, "options": {…}}],
     "invoke": [{"function": "local.run", "name": "here", "inputs": {…}}]}

Inputs are named as in Python. Some values stand for others: {"secret": value}, {"file": path}, {"folder": path} (an
archive), {"text": content} (an asset), {"output": "resource.property"}. Options are the arguments of
pulumi.ResourceOptions, with `depends_on` by name and `custom_timeouts` as an object.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_command

made: dict[str, Any] = {}


def value(given: Any) -> Any:
    if isinstance(given, list):
        return [value(item) for item in cast("list[Any]", given)]
    if not isinstance(given, dict):
        return given
    members = cast("dict[str, Any]", given)
    if len(members) == 1:
        [(kind, content)] = members.items()
        if kind in MEANINGS:
            return MEANINGS[kind](content)
    return {key: value(item) for key, item in members.items()}


def output(place: str) -> Any:
    name, _, attribute = place.partition(".")
    return getattr(made[name], attribute)


MEANINGS: dict[str, Callable[[Any], Any]] = {
    "secret": lambda content: pulumi.Output.secret(value(content)),
    "file": pulumi.FileAsset,
    "folder": pulumi.FileArchive,
    "text": pulumi.StringAsset,
    "output": output,
}


def options(given: dict[str, Any]) -> pulumi.ResourceOptions:
    names, timeouts = given.pop("depends_on", []), given.pop("custom_timeouts", None)
    return pulumi.ResourceOptions(
        depends_on=[made[name] for name in names],
        custom_timeouts=pulumi.CustomTimeouts(**timeouts) if timeouts else None,
        **given,
    )


def named(path: str) -> Any:
    found: Any = pulumi_command
    for part in path.split("."):
        found = getattr(found, part)
    return found


def printed(of: Any) -> dict[str, Any]:
    return {name: getattr(of, name) for name in ("stdout", "stderr") if hasattr(of, name)}


wanted = json.loads(Path("resources.json").read_text(encoding="utf-8"))
for entry in wanted["resources"]:
    inputs = {key: value(item) for key, item in entry["inputs"].items()}
    made[entry["name"]] = named(entry["type"])(entry["name"], **inputs, opts=options(entry.get("options", {})))
    pulumi.export(entry["name"], printed(made[entry["name"]]))
for entry in wanted["invoke"]:
    answer = named(entry["function"])(**{key: value(item) for key, item in entry["inputs"].items()})
    pulumi.export(entry["name"], printed(answer))
