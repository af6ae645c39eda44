"""Inputs as the official plugin checks them: types, what is missing or unknown, defaults, secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..provider.values import ARCHIVE, ASSET, UNKNOWN, Object, Secret, Value, reveal, signature
from .spec import OBJECTS, Kind, Property, Spec

LOGGING = ("stdout", "stderr", "stdoutAndStderr", "none")
PYTHON_TYPES: dict[Kind, type | tuple[type, ...]] = {
    Kind.TEXT: str,
    Kind.LOGGING: str,
    Kind.NUMBER: float,
    Kind.INTEGER: float,
    Kind.TRUTH: bool,
    Kind.LIST: list,
    Kind.TEXTS: list,
    Kind.TEXT_MAP: dict,
    Kind.CONNECTION: dict,
    Kind.PROXY: dict,
}


@dataclass(frozen=True)
class Problem:
    """Why inputs are not accepted. The reason never repeats a value: it may be a secret."""

    property: str
    reason: str


def checked(spec: Spec, inputs: Object) -> tuple[Object, list[Problem]]:
    """The inputs with defaults filled in and secrets wrapped, and what is wrong with them."""
    problems = _problems(spec.inputs, spec.go_type, inputs)
    return (inputs if problems else _completed(spec.inputs, inputs)), problems


def _problems(properties: Mapping[str, Property], go_type: str, inputs: Mapping[str, Value]) -> list[Problem]:
    found = [
        Problem(name, f"Unrecognized field '{name}' on '{go_type}'")
        for name in sorted(inputs.keys() - properties.keys())
    ]
    for name, wanted in properties.items():
        value = reveal(inputs.get(name))
        if value is None:
            if wanted.required:
                found.append(Problem(name, f"Missing required field '{name}' on '{go_type}'"))
        elif value != UNKNOWN:
            found += _value_problems(name, wanted.kind, go_type, value)
    return found


def _value_problems(name: str, kind: Kind, go_type: str, value: Value) -> list[Problem]:
    wrong = [Problem(name, f"Field '{name}' on '{go_type}' must be a '{kind}'; got '{_go_name(value)}' instead")]
    if kind is Kind.SOURCE:
        return _source_problems(value)
    if not isinstance(value, PYTHON_TYPES[kind]) or (isinstance(value, dict) and signature(value)):
        return wrong
    if kind is Kind.LOGGING and value not in LOGGING:
        return [Problem(name, f"'{name}' must be one of {', '.join(LOGGING)}")]
    if kind in OBJECTS and isinstance(value, dict):
        return _problems(OBJECTS[kind], kind.value, value)
    parts = value if kind is Kind.TEXTS and isinstance(value, list) else []
    if kind is Kind.TEXT_MAP and isinstance(value, dict):
        parts = list(value.values())
    return [] if all(isinstance(part, str) for part in parts) else wrong


def _source_problems(value: Value) -> list[Problem]:
    kind, fields = signature(value), value if isinstance(value, dict) else {}
    if kind == ASSET:
        good = bool(fields.get("path")) or "text" in fields
        return [] if good else [Problem("asset", "asset must be a path-based file asset or a text asset")]
    if kind == ARCHIVE:
        return [] if fields.get("path") else [Problem("archive", "archive must be a path to a file or directory")]
    return [Problem("asset", "either asset or archive must be set")]


def _completed(properties: Mapping[str, Property], inputs: Mapping[str, Value]) -> Object:
    completed: Object = {name: value for name, value in inputs.items() if value is not None}
    for name, wanted in properties.items():
        if wanted.default is not None:
            default = wanted.default
            completed.setdefault(name, float(default) if type(default) is int else default)
        if wanted.kind in OBJECTS and name in completed:
            completed[name] = _completed_object(OBJECTS[wanted.kind], completed[name])
        if wanted.secret and name in completed and not isinstance(completed[name], Secret):
            completed[name] = Secret(completed[name])
    return completed


def _completed_object(properties: Mapping[str, Property], value: Value) -> Value:
    if isinstance(value, Secret):
        return Secret(_completed_object(properties, value.value))
    return _completed(properties, value) if isinstance(value, dict) else value


def _go_name(value: Value) -> str:
    if isinstance(value, dict):
        return "map[string]interface {}"
    names: dict[type, str] = {str: "string", float: "float64", bool: "bool", list: "[]interface {}"}
    return names.get(type(value), "nil")
