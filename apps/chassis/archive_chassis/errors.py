"""What services raise. One handler (`error_pages`) turns them into HTTP.

DomainError
├── Unauthenticated   401  log in first
├── Forbidden         403  logged in, but not allowed
├── NotFound          404
├── Conflict          409  somebody else was faster, or the name is taken
├── Gone              410  it was here and was deleted
├── Invalid           422  field errors, for a form or an API call
├── RateLimited       429  too often; retry_after in seconds
└── Unavailable       503  a part that we need does not answer
"""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """A refusal with a message for the person who asked: Korean as in the source, translated when shown."""

    status = 400
    title = "요청을 처리할 수 없어요"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail


class Unauthenticated(DomainError):
    status = 401
    title = "로그인이 필요해요"


class Forbidden(DomainError):
    status = 403
    title = "권한이 없어요"


class NotFound(DomainError):
    status = 404
    title = "페이지를 찾을 수 없어요"


class Conflict(DomainError):
    status = 409
    title = "다른 요청과 충돌했어요"


class Gone(DomainError):
    status = 410
    title = "삭제된 글이에요"


class Invalid(DomainError):
    """Field errors: field name → message. The empty name is about the whole form."""

    status = 422
    title = "입력한 내용을 확인해 주세요"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = dict(fields)


class RateLimited(DomainError):
    status = 429
    title = "요청이 너무 많아요"

    def __init__(self, retry_after: int, detail: str = "") -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(DomainError):
    status = 503
    title = "잠시 쉬고 있어요"
