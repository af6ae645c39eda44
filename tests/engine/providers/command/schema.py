"""The schema the plugin tells on request, made from the properties in spec.py. (Without the official descriptions.)"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from . import spec
from .spec import Kind, Property

TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.NUMBER: {"type": "number"},
    Kind.INTEGER: {"type": "integer"},
    Kind.TRUTH: {"type": "boolean"},
    Kind.LIST: {"type": "array", "items": {"$ref": "pulumi.json#/Any"}},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
    Kind.TEXT_MAP: {"type": "object", "additionalProperties": {"type": "string"}},
    Kind.SOURCE: {"$ref": "pulumi.json#/Asset"},
    Kind.ASSET_MAP: {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Asset"}},
    Kind.ARCHIVE: {"$ref": "pulumi.json#/Archive"},
    Kind.CONNECTION: {"$ref": "#/types/command:remote:Connection"},
    Kind.PROXY: {"$ref": "#/types/command:remote:ProxyConnection"},
}
LOGGING = {"type": "string", "enum": [{"value": value} for value in ("stdout", "stderr", "stdoutAndStderr", "none")]}


def schema() -> str:
    """Package schema as JSON."""
    types = {f"command:remote:{kind}": _object(properties, "remote") for kind, properties in spec.OBJECTS.items()}
    types |= {f"command:{module}:Logging": LOGGING for module in ("local", "remote")}
    return json.dumps(
        {
            "name": spec.NAME,
            "version": spec.VERSION,
            "types": types,
            "provider": {"type": "object"},
            "resources": {token: _resource(described) for token, described in spec.RESOURCES.items()},
            "functions": {spec.LOCAL_RUN.token: _function(spec.LOCAL_RUN)},
        }
    )


def _resource(described: spec.Spec) -> dict[str, Any]:
    module = described.token.split(":")[1]
    inputs, everything = described.inputs, {**described.inputs, **described.outputs}
    return {
        "properties": _properties(everything, module),
        "required": _required(everything),
        "inputProperties": _properties(inputs, module),
        "requiredInputs": _required(inputs),
    }


def _function(described: spec.Spec) -> dict[str, Any]:
    return {
        "inputs": _object(described.inputs, "local"),
        "outputs": _object({**described.inputs, **described.outputs}, "local"),
    }


def _object(properties: Mapping[str, Property], module: str) -> dict[str, Any]:
    return {"type": "object", "properties": _properties(properties, module), "required": _required(properties)}


def _properties(properties: Mapping[str, Property], module: str) -> dict[str, Any]:
    return {name: _property(described, module) for name, described in properties.items()}


def _property(described: Property, module: str) -> dict[str, Any]:
    if described.kind is Kind.LOGGING:
        return {"$ref": f"#/types/command:{module}:Logging"}
    told = dict(TYPES[described.kind])
    if described.default is not None:
        told["default"] = described.default
    if described.secret:
        told["secret"] = True
    if described.replaces:
        told["replaceOnChanges"] = True
    return told


def _required(properties: Mapping[str, Property]) -> list[str]:
    return sorted(name for name, described in properties.items() if described.required)
