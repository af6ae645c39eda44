"""The page to read an API: what its document says, laid out for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app
from flask.typing import ResponseReturnValue

from archive_chassis.api import words
from archive_chassis.api.document import Documents, Json
from archive_chassis.cache import cached_page
from archive_chassis.i18n import _
from archive_chassis.identity import for_people
from archive_chassis.templating import render

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Field:
    """One line of a table. `kind` says what it holds; `link` is the name of a model to read on at, or ""."""

    name: str
    kind: str
    link: str
    required: bool
    description: str


@dataclass(frozen=True)
class Shown:
    """One operation as the page shows it. `refusals` are (status, what it means); `scope` is "" for everybody."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: Sequence[Field]
    takes: str
    status: str
    gives: str
    refusals: Sequence[tuple[str, str]]


def view(documents: Documents) -> Callable[[], ResponseReturnValue]:
    """The view that shows the page."""

    @for_people
    @cached_page(_release)
    def show() -> ResponseReturnValue:
        document = documents.document()
        components: Json = document["components"]["schemas"]
        return render(
            "api.html",
            info=document["info"],
            root=document["servers"][0]["url"],
            example=_example(document),
            groups=_groups(document),
            models=[(name, schema.get("description", ""), _fields(schema)) for name, schema in components.items()],
        )

    return show


def _release() -> str:
    """Another release may have other operations; nothing else changes the page."""
    return current_app.extensions["archive_settings"].release


def _example(document: Json) -> str:
    """The first address that can be asked for as it stands, "" without any."""
    plain = (path for path, place in document["paths"].items() if "get" in place and "{" not in path)
    return next(plain, "")


def _groups(document: Json) -> list[tuple[str, list[Shown]]]:
    """The operations by tag, in the order of their declaration."""
    groups: dict[str, list[Shown]] = {}
    for path, place in document["paths"].items():
        for method in _METHODS:
            if method in place:
                operation = place[method]
                tag = operation.get("tags", [_("그 밖의 것")])[0]
                groups.setdefault(tag, []).append(_shown(document, path, method, operation))
    return list(groups.items())


def _shown(document: Json, path: str, method: str, operation: Json) -> Shown:
    responses: Json = operation["responses"]
    status = next(iter(responses))
    body = operation.get("requestBody", {})
    refusals = [
        (code, document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]["description"])
        for code, answer in responses.items()
        if "$ref" in answer
    ]
    scopes = [scope for need in operation["security"] for granted in need.values() for scope in granted]
    return Shown(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        scope=scopes[0] if scopes else "",
        parameters=[_parameter(parameter) for parameter in operation["parameters"]],
        takes=_model(body),
        status=status,
        gives=_model(responses[status]),
        refusals=refusals,
    )


def _model(carrier: Json) -> str:
    """The name of the model that a body or an answer carries, "" for none."""
    for content in carrier.get("content", {}).values():
        return words.name_of(content["schema"])
    return ""


def _parameter(parameter: Json) -> Field:
    kind, link = words.describe(parameter["schema"])
    required: bool = parameter["required"]
    return Field(parameter["name"], kind, link, required, parameter.get("description", ""))


def _fields(schema: Json) -> list[Field]:
    required = cast("list[str]", schema.get("required", []))
    properties = cast("dict[str, dict[str, Any]]", schema.get("properties", {}))
    found: list[Field] = []
    for name, inner in properties.items():
        kind, link = words.describe(inner)
        found.append(Field(name, kind, link, name in required, inner.get("description", "")))
    return found
