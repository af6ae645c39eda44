"""What an operation refuses beyond `archive_chassis.errors`, and what pydantic's findings are called.

DomainError
├── Unreadable            400  the body is no JSON that we take, or a header is wrong
├── NotMatching           412  it has been changed since the program read it
├── TooLarge              413  the body is too long
├── NotJson               415  the body is something else than JSON
└── ConditionMissing      428  the program did not say which revision it read
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from archive_chassis.errors import DomainError
from archive_chassis.i18n import _

#: A body with more mistakes than this is told about the first ones.
MAX_ERRORS = 20
_LONGEST_NAME = 100


class Unreadable(DomainError):
    status = 400
    title = "요청을 이해하지 못했어요"


class NotMatching(DomainError):
    status = 412
    title = "그사이에 다른 곳에서 바뀌었어요"


class TooLarge(DomainError):
    status = 413
    title = "보낸 내용이 너무 커요"


class NotJson(DomainError):
    status = 415
    title = "지원하지 않는 형식이에요"


class ConditionMissing(DomainError):
    status = 428
    title = "If-Match 헤더가 필요해요"


#: pydantic's type of error → what is shown. The braces are of the error's own context.
MESSAGES: Mapping[str, str] = {
    "missing": "꼭 필요한 값이에요",
    "extra_forbidden": "여기에 없는 이름이에요",
    "string_type": "문자열이어야 해요",
    "string_too_short": "{min_length}자 이상이어야 해요",
    "string_too_long": "{max_length}자 이하여야 해요",
    "int_type": "정수여야 해요",
    "int_parsing_size": "너무 큰 수예요",
    "float_type": "숫자여야 해요",
    "bool_type": "true나 false여야 해요",
    "greater_than": "{gt}보다 커야 해요",
    "greater_than_equal": "{ge} 이상이어야 해요",
    "less_than": "{lt}보다 작아야 해요",
    "less_than_equal": "{le} 이하여야 해요",
    "literal_error": "{expected} 가운데 하나여야 해요",
    "enum": "{expected} 가운데 하나여야 해요",
    "list_type": "배열이어야 해요",
    "too_short": "{min_length}개 이상이어야 해요",
    "too_long": "{max_length}개 이하여야 해요",
    "model_type": "JSON 객체여야 해요",
    "model_attributes_type": "JSON 객체여야 해요",
    "dict_type": "JSON 객체여야 해요",
    "datetime_type": "2026-01-31T09:00:00Z 같은 시각이어야 해요",
    "datetime_parsing": "2026-01-31T09:00:00Z 같은 시각이어야 해요",
    "datetime_from_date_parsing": "2026-01-31T09:00:00Z 같은 시각이어야 해요",
    "timezone_aware": "2026-01-31T09:00:00Z 같은 시각이어야 해요",
}
OTHERWISE = "올바른 값이 아니에요"


def messages(found: ValidationError) -> dict[str, str]:
    """Pydantic's findings as `Invalid` takes them: "tags.0" → message, in the language of the request."""
    told: dict[str, str] = {}
    for error in found.errors(include_url=False, include_input=False)[:MAX_ERRORS]:
        name = ".".join(str(part) for part in error["loc"])[:_LONGEST_NAME]
        told.setdefault(name, _message(error["type"], error.get("ctx", {})))
    return told


def _message(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "value_error":  # raised by a validator of the model's own
        return _(str(context["error"]))
    if context.get("field_type") == "Value":  # pydantic's word for text whose length is asked after our own validators
        kind = f"string_{kind}"
    values = {name: str(value).replace(" or ", ", ") for name, value in context.items()}
    return _(MESSAGES.get(kind, OTHERWISE), **values)
