"""A JSON Schema in a few words, in the language of the request."""

from __future__ import annotations

import json
from typing import Any

from archive_chassis.i18n import _

Schema = dict[str, Any]

#: How much there may be: at least, at most, both.
_LIMITS = {
    "Value": ("{least} 이상", "{most} 이하", "{least}–{most}"),
    "Length": ("{least}자 이상", "{most}자 이하", "{least}–{most}자"),
    "Items": ("{least}개 이상", "{most}개 이하", "{least}–{most}개"),
}
#: A limit beyond this is the database's, and says nothing to people.
_SPEAKABLE = 2**53

_FORMATS = {"date-time": "시각"}
_TYPES = {"string": "문자열", "integer": "정수", "number": "숫자", "boolean": "true 또는 false", "object": "객체"}


def name_of(schema: Schema) -> str:
    """The model that a schema refers to, "" for none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def describe(schema: Schema) -> tuple[str, str]:
    """What a value may be, and the name of the model that says more about it ("" for none)."""
    if "anyOf" in schema:
        return _choice(schema["anyOf"])
    if "$ref" in schema:
        return name_of(schema), name_of(schema)
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False), ""
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"]), ""
    kind = str(schema.get("type", ""))
    if kind == "array":
        inner, link = describe(schema.get("items", {}))
        return _with_limits(_("{item}의 배열", item=inner), schema, "Items"), link
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        inner, link = describe(schema["additionalProperties"])
        return _("이름마다 {item}", item=inner), link
    plain = _(_FORMATS.get(str(schema.get("format", "")), _TYPES.get(kind, "")))
    return _with_limits(plain or _("아무 값"), schema, "Length"), ""


def _choice(choices: list[Schema]) -> tuple[str, str]:
    told = [describe(choice) for choice in choices if choice.get("type") != "null"]
    texts = [text for text, _link in told]
    if len(told) < len(choices):
        texts.append("null")
    return " | ".join(texts), next((link for _text, link in told if link), "")


def _with_limits(text: str, schema: Schema, measure: str) -> str:
    """The text with the least and the most that there may be, such as "정수(1–50)". `measure`: Length or Items."""
    least, most = schema.get(f"min{measure}"), schema.get(f"max{measure}")
    if "minimum" in schema or "maximum" in schema:
        least, most, measure = schema.get("minimum"), schema.get("maximum"), "Value"
    if isinstance(most, int) and most > _SPEAKABLE:
        most = None
    if least is None and most is None:
        return text
    which = 2 if least is not None and most is not None else 0 if most is None else 1
    return _("{kind}({limits})", kind=text, limits=_(_LIMITS[measure][which], least=least, most=most))
