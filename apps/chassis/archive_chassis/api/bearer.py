"""Who is asking below `/api/`: the member whose API token is shown in `Authorization: Bearer ga_…` (RFC 6750).

Cookies are not looked at there: a browser sends them along with whatever another site makes it send, and then every
operation would need the protection that forms have. A header is sent by nobody but the program that knows the token.
So an unsafe method without a token is refused here, before anything else looks at it.
"""

from __future__ import annotations

from flask import current_app, g, request

from archive_chassis import i18n
from archive_chassis.api import revocation
from archive_chassis.errors import Forbidden, Unauthenticated
from archive_chassis.tokens import ApiToken, Verifier

PATHS = "/api/"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
#: Of `app.extensions`: a service without an API of its own has nothing to show a token to.
INSTALLED = "archive_api"
REALM = 'Bearer realm="api"'


class TokenMissing(Unauthenticated):
    """401: the operation is for members, and no token was shown."""

    title = "API 토큰이 필요해요"
    headers = (("WWW-Authenticate", REALM),)


class TokenRefused(Unauthenticated):
    """401: a token was shown that does not count. Which of the reasons it is helps only whoever tries tokens out."""

    title = "쓸 수 없는 API 토큰이에요"
    headers = (
        (
            "WWW-Authenticate",
            f'{REALM}, error="invalid_token", error_description="The token is expired, revoked or not an API token"',
        ),
    )


class ScopeMissing(Forbidden):
    """403: the token is good, but was not made for this."""

    title = "이 API 토큰으로는 할 수 없는 일이에요"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.headers = (("WWW-Authenticate", f'{REALM}, error="insufficient_scope", scope="{scope}"'),)


def identify(verifier: Verifier) -> ApiToken | None:
    """The token that the request shows. TokenRefused for one that does not count.

    None without one, if the method is safe (TokenMissing if it is not) or the service has no such address.
    """
    if INSTALLED not in current_app.extensions or request.endpoint is None:
        return None
    _choose_language()
    text = _shown()
    if text is None:
        if request.method not in SAFE_METHODS:
            raise TokenMissing
        return None
    token = verifier.verify_api_token(text)
    if token is None or revocation.is_revoked(token.jti):
        raise TokenRefused
    return token


def _shown() -> str | None:
    """What stands after "Bearer", or None without it. Other schemes are none of our business."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _choose_language() -> None:
    """A program says its language with each request; it keeps no cookie for it."""
    asked = g.pop("archive_new_language", None)
    g.archive_language = asked or request.accept_languages.best_match(i18n.LANGUAGES, i18n.DEFAULT)
