"""Functions of Lambda, which are made and never run."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...provider.failures import Failure
from ...provider.values import ARCHIVE, ASSET, signature
from .kind import Asked, Kind, Outputs, Written, fitted, once_missing

_CODE = frozenset({"code", "sourceCodeHash", "s3Bucket", "s3Key"})
_RESERVED = "reservedConcurrentExecutions"
_SILENT = _CODE | {"region", "publish", "skipDestroy", _RESERVED}
_RENAMED = {"name": "FunctionName", "s3ObjectVersion": "S3ObjectVersion"}


def _zipped(value: Any) -> bytes:
    """An archive as the engine hands it over: of files, of texts, or a zip file that is there."""
    if signature(value) != ARCHIVE:
        raise Failure("code: no archive")
    if "assets" in value:
        return _packed({name: _content(name, asset) for name, asset in value["assets"].items()})
    path = Path(value["path"])
    if path.is_file():
        return path.read_bytes()
    return _packed({str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()})


def _packed(contents: Mapping[str, bytes]) -> bytes:
    """The same for the same contents."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(contents):
            archive.writestr(zipfile.ZipInfo(name), contents[name])
    return packed.getvalue()


def _content(name: str, asset: Any) -> bytes:
    """What is elsewhere stands for itself by its address: nothing of it runs."""
    if signature(asset) != ASSET:
        raise Failure(f"code: {name} is no file")
    if asset.get("path"):
        return Path(asset["path"]).read_bytes()
    return str(asset.get("text") or asset["uri"]).encode()


def _code(asked: Asked) -> dict[str, Any]:
    if asked.inputs.get("code"):
        return {"ZipFile": _zipped(asked.inputs["code"])}
    return {"S3Bucket": asked.inputs["s3Bucket"], "S3Key": asked.inputs["s3Key"]}


def _create(asked: Asked) -> str:
    given = {name: value for name, value in asked.inputs.items() if name not in _SILENT}
    parameters = fitted(asked, "lambda", "create_function", given, _RENAMED)
    asked.call("lambda", "create_function", **parameters, Code=_code(asked))
    asked.id = asked.inputs["name"]
    _reserve(asked)
    return asked.id


def _reserve(asked: Asked) -> None:
    """-1 is the Terraform provider's word for nothing."""
    reserved = asked.inputs.get(_RESERVED)
    if reserved is not None and reserved >= 0:
        name = {"FunctionName": asked.id}
        asked.call("lambda", "put_function_concurrency", **name, ReservedConcurrentExecutions=reserved)


def _read(asked: Asked) -> Outputs | None:
    answer: Any = once_missing(lambda: asked.call("lambda", "get_function", FunctionName=asked.id))
    if not answer:
        return None
    found = answer["Configuration"]
    return {
        "arn": found["FunctionArn"],
        "name": found["FunctionName"],
        "version": found["Version"],
        "codeSha256": found["CodeSha256"],
        "lastModified": found["LastModified"],
        "qualifiedArn": f"{found['FunctionArn']}:{found['Version']}",
        "sourceCodeHash": found["CodeSha256"],
    }


def _change(asked: Asked, changed: frozenset[str]) -> None:
    if _RESERVED in changed:
        _reserve(asked)
    if changed & _CODE:
        asked.call("lambda", "update_function_code", FunctionName=asked.id, **_code(asked))
    names = changed - _SILENT
    given = {name: asked.inputs[name] for name in names if asked.inputs.get(name) is not None}
    if given:
        parameters = fitted(asked, "lambda", "update_function_configuration", given, _RENAMED)
        asked.call("lambda", "update_function_configuration", FunctionName=asked.id, **parameters)


def _delete(asked: Asked) -> None:
    once_missing(lambda: asked.call("lambda", "delete_function", FunctionName=asked.id))


KINDS: dict[str, Kind] = {"aws:lambda/function:Function": Written("lambda", _create, _read, _delete, _change)}
