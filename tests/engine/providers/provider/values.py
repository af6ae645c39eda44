"""Property values of the provider protocol as plain Python values.

Null, booleans, numbers, strings, lists and objects are themselves; a secret is a `Secret`; assets and archives stay
the objects with a signature that the protocol makes of them; a value that is not known before the update is `UNKNOWN`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

from google.protobuf import struct_pb2

# The protocol's well-known strings: pulumi/pulumi, sdk/go/common/resource/sig and sdk/go/common/resource/plugin/rpc.go
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# One for each type an unknown value may have; they all read as UNKNOWN.
UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

Value: TypeAlias = "bool | float | str | list[Value] | Object | Secret | None"
Object: TypeAlias = "dict[str, Value]"


@dataclass(frozen=True)
class Secret:
    """A value the engine encrypts in its state and masks in what it prints."""

    value: Value

    def __repr__(self) -> str:
        return "Secret(…)"


def read(struct: struct_pb2.Struct) -> Object:
    return {key: _read(value) for key, value in struct.fields.items()}


def write(values: Mapping[str, Value]) -> struct_pb2.Struct:
    return struct_pb2.Struct(fields={key: _write(value) for key, value in values.items()})


def reveal(value: Value) -> Value:
    """The same without its secret wrappers, to work with; never to be logged."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def has_unknown(value: Value) -> bool:
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value == UNKNOWN


def signature(value: Value) -> str | None:
    """What an object is by its signature: SECRET, ASSET, ARCHIVE; None for any other value."""
    found = value.get(SIGNATURE) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None


def file_asset(path: str) -> Object:
    """A file as an asset."""
    return {SIGNATURE: ASSET, "path": path, "hash": hashlib.sha256(Path(path).read_bytes()).hexdigest()}


def archive_of(assets: Mapping[str, Value]) -> Object:
    """Assets by their path inside the archive. Its hash, over a tar file in Go's format, is left to the engine."""
    return {SIGNATURE: ARCHIVE, "assets": dict(assets)}


def _read(value: struct_pb2.Value) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = read(value.struct_value)
        return Secret(fields.get("value")) if fields.get(SIGNATURE) == SECRET else fields
    if kind == "list_value":
        return [_read(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWNS else value.string_value
    if kind == "number_value":
        return value.number_value
    if kind == "bool_value":
        return value.bool_value
    return None


def _write(value: Value) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=cast("struct_pb2.NullValue.ValueType", 0))
    if isinstance(value, bool):  # before numbers: True is one of them
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Secret):
        return struct_pb2.Value(struct_value=write({SIGNATURE: SECRET, "value": value.value}))
    if isinstance(value, list):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_write(item) for item in value]))
    return struct_pb2.Value(struct_value=write(value))
