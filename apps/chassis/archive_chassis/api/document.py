"""The OpenAPI 3.1 document of an API, made from its operations and their models."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from inspect import cleandoc
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from flask import Response, current_app, request
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import ModelSchema

from archive_chassis import i18n
from archive_chassis.api import bearer
from archive_chassis.api.models import MAX_ID, Problem
from archive_chassis.i18n import Translate
from archive_chassis.tokens import API_PREFIX

if TYPE_CHECKING:
    from archive_chassis.api.operations import Operation
    from archive_chassis.settings import Settings

Json = dict[str, Any]

OPENAPI = "3.1.1"
SECURITY_SCHEME = "token"

#: What each refusal means, in the document's words.
REFUSALS = {
    400: "요청을 이해하지 못했어요",
    401: "API 토큰이 없거나 쓸 수 없어요",
    403: "권한이 없어요",
    404: "찾을 수 없어요",
    409: "다른 요청과 충돌했어요",
    410: "삭제됐어요",
    412: "읽은 뒤에 바뀌었어요",
    413: "보낸 내용이 너무 커요",
    415: "지원하지 않는 형식이에요",
    422: "값이 올바르지 않아요",
    428: "If-Match 헤더가 필요해요",
    429: "요청이 너무 많아요",
}
DONE = "잘됐어요"

#: What `<int:…>` in a rule takes.
_ROW_ID: Json = {"type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_ID}
_ETAG, _KEY = '^"[0-9]{1,18}"$', "^[!-~]{8,64}$"


class Documents:
    """The document in each language, made when it is first asked for: the operations do not change while we run."""

    def __init__(self, operations: Sequence[Operation], *, title: str, description: str, version: str) -> None:
        self.operations = operations
        self.title, self.description, self.version = title, description, version
        self._made: dict[str, Json] = {}
        self._lock = Lock()

    def document(self) -> Json:
        """The document in the request's language; not to be changed."""
        language = i18n.language()
        with self._lock:
            if language not in self._made:
                self._made[language] = self._make(i18n.translator(current_app, language))
            return self._made[language]

    def serve(self) -> Response:
        """The view that answers with the document."""
        body = json.dumps(self.document(), ensure_ascii=False)
        response = Response(body, content_type="application/json")
        response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:24])
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Vary"] = "Accept-Language"
        response.make_conditional(request)
        return response

    def _make(self, translate: Translate) -> Json:
        settings = cast("Settings", current_app.extensions["archive_settings"])
        schemas, references = _schemas(self.operations)
        tags = list(dict.fromkeys(operation.tag for operation in self.operations if operation.tag))
        document: Json = {
            "openapi": OPENAPI,
            "info": {
                "title": self.title,
                "version": f"{self.version}-{settings.release}",
                "description": self.description,
            },
            "servers": [{"url": f"{settings.path}{bearer.PATHS}{self.version}"}],
            "tags": [{"name": tag} for tag in tags],
            "paths": {},
            "components": {
                "schemas": schemas,
                "responses": {_refusal(status): _problem_response(status) for status in REFUSALS},
                "securitySchemes": {
                    SECURITY_SCHEME: {
                        "type": "http",
                        "scheme": "bearer",
                        "bearerFormat": f"{API_PREFIX}…",
                        "description": "내 페이지의 ‘API 토큰’에서 만든 토큰이에요",
                    }
                },
            },
        }
        for operation in self.operations:
            place = document["paths"].setdefault(operation.path, {})
            place[operation.method.lower()] = _operation(operation, references)
        return cast("Json", _translated(_named(document), translate))


class _Schema(GenerateJsonSchema):
    """Pydantic's schema without what is for who reads the code: models' docstrings, and titles that repeat names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        if made.get("description") == cleandoc(schema["cls"].__doc__ or ""):
            del made["description"]
        return made


References = Callable[[type[BaseModel], JsonSchemaMode], Json]


def _schemas(operations: Sequence[Operation]) -> tuple[Json, References]:
    """All models as components/schemas, and how to refer to one. Query models are parameters, and no components."""
    asked: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    for operation in operations:
        if operation.body is not None:
            asked.append((operation.body, "validation"))
        if operation.returns is not None:
            asked.append((operation.returns, "serialization"))
    found, definitions = models_json_schema(
        list(dict.fromkeys(asked)), ref_template="#/components/schemas/{model}", schema_generator=_Schema
    )

    def refer(model: type[BaseModel], mode: JsonSchemaMode) -> Json:
        return found[model, mode]

    return cast("Json", definitions.get("$defs", {})), refer


def _named(document: Json) -> Json:
    """The document with generic models under the names that they give themselves: ThingListing, not Listing_Thing_."""
    schemas: Json = document["components"]["schemas"]
    names = {name: schema["title"] for name, schema in schemas.items() if name.endswith("_") and "title" in schema}
    text = json.dumps(document | {"components": document["components"] | {"schemas": {}}})
    inner = json.dumps({names.get(name, name): schema for name, schema in schemas.items()})
    for name, better in names.items():
        text, inner = (part.replace(f'schemas/{name}"', f'schemas/{better}"') for part in (text, inner))
    named: Json = json.loads(text)
    named["components"]["schemas"] = json.loads(inner)
    return named


def _operation(operation: Operation, references: References) -> Json:
    made: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation, references),
        "security": [{SECURITY_SCHEME: [operation.scope]}] if operation.scope else [{}, {SECURITY_SCHEME: []}],
    }
    if operation.tag:
        made["tags"] = [operation.tag]
    if operation.description:
        made["description"] = operation.description
    if operation.body is not None:
        schema = references(operation.body, "validation")
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return made


def _parameters(operation: Operation) -> list[Json]:
    places = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _ROW_ID if kind == "int" else {"type": "string"},
        }
        for name, kind in operation.places.items()
    ]
    headers: list[Json] = []
    if operation.if_match:
        text = "읽을 때 받은 ETag. 그사이에 바뀌었으면 412예요"
        headers.append(_header("If-Match", text, required=True, schema={"type": "string", "pattern": _ETAG}))
    if operation.idempotent:
        text = "요청의 이름. 같은 이름으로 다시 보내도 한 번만 해요"
        headers.append(_header("Idempotency-Key", text, required=False, schema={"type": "string", "pattern": _KEY}))
    return places + _query_parameters(operation) + headers


def _header(name: str, description: str, *, required: bool, schema: Json) -> Json:
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


def _query_parameters(operation: Operation) -> list[Json]:
    schema = operation.query.model_json_schema(schema_generator=_Schema)
    parameters: list[Json] = []
    for name, described in schema.get("properties", {}).items():
        plain = _without_null(described)
        parameter: Json = {"name": name, "in": "query", "required": name in schema.get("required", ())}
        if description := plain.pop("description", ""):
            parameter["description"] = description
        parameters.append(parameter | {"schema": plain})
    return parameters


def _without_null(schema: Json) -> Json:
    """A query parameter that may be missing: nothing in an address says null."""
    plain = dict(schema)
    choices = [choice for choice in plain.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        plain = choices[0] | plain
    elif choices:
        plain["anyOf"] = choices
    if plain.get("default", "") is None:
        del plain["default"]
    return plain


def _responses(operation: Operation, references: References) -> Json:
    good: Json = {"description": DONE}
    if operation.returns is not None:
        good["content"] = {"application/json": {"schema": references(operation.returns, "serialization")}}
    headers: Json = {}
    if operation.revision:
        headers["ETag"] = {"schema": {"type": "string"}, "description": "고칠 때 If-Match 헤더에 적어 보내요"}
    if operation.answer_status == 201:
        headers["Location"] = {"schema": {"type": "string"}, "description": "새로 생긴 것의 주소"}
    if headers:
        good["headers"] = headers
    refusals = {
        str(status): {"$ref": f"#/components/responses/{_refusal(status)}"} for status in refusals_of(operation)
    }
    return {str(operation.answer_status): good} | refusals


def refusals_of(operation: Operation) -> list[int]:
    """The statuses that an operation may refuse with."""
    found = {401, 422, 429, *operation.errors}
    found |= {403} if operation.scope else set()
    found |= {404} if operation.places else set()
    found |= {400, 413, 415} if operation.body else set()
    found |= {412, 428} if operation.if_match else set()
    found |= {400} if operation.idempotent else set()
    return sorted(found)


def _refusal(status: int) -> str:
    return f"Refusal{status}"


def _problem_response(status: int) -> Json:
    answer: Json = {
        "description": REFUSALS[status],
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == 429:
        header = {"schema": {"type": "integer", "minimum": 1}, "description": "몇 초 뒤에 다시 보내면 되는지"}
        answer["headers"] = {"Retry-After": header}
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return answer


def _translated(value: Any, translate: Translate, name: str = "") -> Any:
    """The document with its texts translated. Models bring theirs as `Field(description=…)`."""
    if isinstance(value, dict):
        items = cast("Json", value).items()
        return {key: _translated(inner, translate, _kind(name, key)) for key, inner in items}
    if isinstance(value, list):
        return [_translated(inner, translate, name) for inner in cast("list[Any]", value)]
    return translate(value) if isinstance(value, str) and name in ("text", "tags") else value


def _kind(around: str, key: str) -> str:
    """What kind of value `key` has: "text" is for people. A property may be called so too: what is around it counts."""
    if around != "properties" and key in ("description", "summary", "title"):
        return "text"
    return "text" if around == "tags" and key == "name" else key
