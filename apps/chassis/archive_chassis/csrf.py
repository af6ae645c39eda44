"""Protection against forged requests: the request must come from this site's pages and show the token of this browser.

Source of the rules: OWASP's Cross-Site Request Forgery Prevention cheat sheet (signed double submit, origin checks).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from markupsafe import Markup

from archive_chassis.api import bearer
from archive_chassis.cookies import cookie
from archive_chassis.errors import Forbidden
from archive_chassis.holes import Hole
from archive_chassis.identity import current_token
from archive_chassis.settings import Settings

COOKIE = "archive_csrf"
FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE_METHODS = bearer.SAFE_METHODS

View = TypeVar("View", bound=Callable[..., Any])


def exempt(view: View) -> View:
    """A view that no browser's cookies authorise, such as one that a bearer token does."""
    setattr(view, "archive_csrf_exempt", True)  # noqa: B010 - a function has no such attribute to the type checker
    return view


def _token(_argument: str) -> str:
    seed = g.get("archive_new_csrf") or cookie(COOKIE)
    if not seed:
        seed = g.archive_new_csrf = secrets.token_urlsafe(24)
    return _sign(seed)


#: The token that forms of this browser must carry. Gives the browser its cookie if it has none yet.
token = Hole("csrf", _token)


def renew() -> None:
    """Give the browser a new cookie with this response: a form token from before a log-in must not hold after it."""
    g.archive_new_csrf = secrets.token_urlsafe(24)


def csrf_field() -> Markup:
    """The hidden field for a form."""
    return _field(token())


@lru_cache(maxsize=256)
def _field(value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, value)


def _sign(seed: str) -> str:
    signed: dict[str, str] = g.setdefault("archive_csrf_signed", {})  # a page may have a form for each comment
    if seed not in signed:
        key: bytes = current_app.extensions["archive_csrf_key"]
        signed[seed] = hmac.new(key, b"csrf:" + seed.encode(), hashlib.sha256).hexdigest()
    return signed[seed]


def install(app: Flask, settings: Settings) -> None:
    """Check every request with an unsafe method; set the cookie when a form was rendered."""
    app.extensions["archive_csrf_key"] = settings.secret_key.get_secret_value().encode()
    public_host = urlsplit(settings.public_url).netloc

    def check() -> None:
        if request.method in SAFE_METHODS or current_token() is not None:
            return  # an API token is in a header, and no other site can make a browser send that
        view = app.view_functions.get(request.endpoint or "")
        if view is None or getattr(view, "archive_csrf_exempt", False):
            return
        if not _same_origin({request.host, public_host}):
            raise Forbidden("다른 사이트에서 보낸 요청은 받지 않아요")
        seed = cookie(COOKIE) or ""
        shown = request.headers.get(HEADER) or request.form.get(FIELD, "")
        if not seed or not hmac.compare_digest(shown.encode(), _sign(seed).encode()):
            raise Forbidden("보안 토큰이 만료됐어요. 페이지를 새로 고친 뒤 다시 시도해 주세요")

    def remember(response: Response) -> Response:
        seed = g.pop("archive_new_csrf", None)
        if seed:
            response.set_cookie(COOKIE, seed, httponly=True, samesite="Lax", secure=settings.secure_cookies)
        return response

    app.before_request(check)
    app.after_request(remember)


def _same_origin(hosts: set[str]) -> bool:
    """Whether the browser says that one of our own pages sent this. Without any word from it the answer is no."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return _host(origin) in hosts
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return _host(request.headers.get("Referer", "")) in hosts


def _host(address: str) -> str:
    """The host and port in an address; "" for what is none."""
    try:
        return urlsplit(address).netloc
    except ValueError:  # such as "http://[", which browsers never send
        return ""
