"""Reading JSON bodies and query parameters: what a model does not name, and what JSON leaves open, is refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, TypeVar, cast, get_args, get_origin

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from archive_chassis.api.models import MAX_ID
from archive_chassis.api.problems import NotJson, TooLarge, Unreadable, messages
from archive_chassis.errors import Invalid

Model = TypeVar("Model", bound=BaseModel)

MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 16
#: The language of the answer: every operation takes it, and no model names it.
LANGUAGE = "lang"

_MARKS = re.compile(rb'\\.|["\[\]{}]', re.DOTALL)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")


def body(model: type[Model]) -> Model:
    """The request's JSON body. NotJson, TooLarge, Unreadable, Invalid."""
    if request.mimetype != "application/json" or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        raise NotJson("본문은 application/json으로 보내 주세요")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise NotJson("압축하지 않은 본문을 보내 주세요")
    raw = _raw()
    require_plain_json(raw)
    try:
        return model.model_validate_json(raw)
    except ValidationError as found:
        raise Invalid(messages(found)) from None


def _raw() -> bytes:
    """The body, if it is short enough. One that does not say its length is cut at the limit: so that is one more."""
    request.max_content_length = MAX_BODY_BYTES + 1
    try:
        raw = request.get_data()
    except RequestEntityTooLarge:
        raw = None
    if raw is None or len(raw) > MAX_BODY_BYTES:
        raise TooLarge("본문은 256KB까지 보낼 수 있어요")
    return raw


def require_plain_json(raw: bytes) -> None:
    """Unreadable for what parsers of JSON disagree about, or databases choke on.

    That is: invalid UTF-8, a name twice in one object, NaN and infinities, nesting beyond MAX_DEPTH, half of a
    surrogate pair, NUL characters.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("본문이 올바른 UTF-8이 아니에요") from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        raise Unreadable("본문이 너무 깊게 겹쳐 있어요")
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse, parse_float=_finite)
    except ValueError:  # also for integers of thousands of digits
        raise Unreadable("본문이 올바른 JSON이 아니에요") from None
    if "\\u" in text and not all(_is_storable(string) for string in _strings(value)):
        raise Unreadable("본문에 쓸 수 없는 문자가 있어요")


def _depth(raw: bytes) -> int:
    """How deep arrays and objects are nested, without recursion."""
    depth = deepest = 0
    quoted = False
    for found in _MARKS.finditer(raw):
        mark = found[0]
        if mark == b'"':
            quoted = not quoted
        elif quoted or len(mark) > 1:
            continue
        elif mark in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits} is too large")
    return value


def _strings(value: Any) -> Iterable[str]:
    """Every string in a JSON value, names too."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, str):
            yield current
        elif isinstance(current, list):
            waiting += cast("list[Any]", current)
        elif isinstance(current, dict):
            waiting += [*current.keys(), *current.values()]  # pyright: ignore[reportUnknownArgumentType] - JSON


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def query(model: type[Model]) -> Model:
    """The request's query parameters. Invalid for one that `model` does not name, or that is there too often."""
    values: dict[str, Any] = {}
    for name, texts in request.args.lists():
        if name == LANGUAGE:
            continue
        if not all(_is_storable(text) for text in texts):
            raise Invalid({name: "쓸 수 없는 문자가 있어요"})
        field = model.model_fields.get(name)
        kinds = set(_kinds(field.annotation)) if field else {str}
        if list in kinds:
            values[name] = [_converted(text, kinds) for text in texts]
        elif len(texts) == 1:
            values[name] = _converted(texts[0], kinds)
        else:
            raise Invalid({name: "한 번만 보낼 수 있어요"})
    try:
        return model.model_validate(values)
    except ValidationError as found:
        raise Invalid(messages(found)) from None


def _kinds(annotation: Any) -> Iterable[Any]:
    """The plain types that an annotation is made of: list[int] | None → list, int."""
    if get_origin(annotation) is list:
        yield list
    if isinstance(annotation, type):
        yield annotation
    for part in get_args(annotation):
        yield from _kinds(part)


def _converted(text: str, kinds: set[Any]) -> Any:
    """Text as the field's type, if it is written plainly; otherwise as it is, for the model to refuse."""
    if int in kinds and _INTEGER.fullmatch(text) and abs(int(text)) <= MAX_ID:
        return int(text)
    if bool in kinds and text in ("true", "false"):
        return text == "true"
    return text
