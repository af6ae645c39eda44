"""Turns what services raise into HTTP: a page for people, problem+json (RFC 9457) for programs, forms with errors."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, g, jsonify, make_response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from archive_chassis import forms, identity, security_log
from archive_chassis.errors import Conflict, DomainError, Forbidden, Gone, Invalid, NotFound, RateLimited, Unavailable
from archive_chassis.i18n import _
from archive_chassis.settings import Settings
from archive_chassis.templating import path, render

log = logging.getLogger(__name__)

TITLES: dict[int, str] = {
    kind.status: kind.title for kind in (Forbidden, NotFound, Conflict, Gone, RateLimited, Unavailable)
} | {
    400: "요청을 이해하지 못했어요",
    401: "로그인이 필요해요",
    405: "허용되지 않은 방식이에요",
    413: "보낸 내용이 너무 커요",
    415: "지원하지 않는 형식이에요",
    500: "문제가 생겼어요",
}


def install(app: Flask, settings: Settings) -> None:
    """One handler for each kind of failure."""

    def domain(error: DomainError) -> ResponseReturnValue:
        if error.status == 401 and identity.wants_page() and "auth" in settings.site:
            back = identity.this_address() if request.method in ("GET", "HEAD") else request.root_path + "/"
            return redirect(path("auth", "/login?next=") + quote(back, safe="/"), 303)
        security_log.refused(error.status, type(error).__name__)
        response = _answer(error.status, error.title, error.detail, getattr(error, "fields", {}))
        if isinstance(error, RateLimited):
            response.headers["Retry-After"] = str(error.retry_after)
        response.headers.extend(getattr(error, "headers", ()))
        return response

    def http(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None:
            return error.get_response()
        status = error.code or 500
        security_log.refused(status, type(error).__name__)
        response = _answer(status, TITLES.get(status, HTTPStatus(status).phrase), "", {})
        for name, value in error.get_headers():
            if name in ("Allow", "Location", "Retry-After"):
                response.headers[name] = value
        if 300 <= status < 400:
            return error.get_response()
        return response

    def database(error: OperationalError) -> ResponseReturnValue:
        log.error("the database does not answer", exc_info=error)
        return _answer(503, Unavailable.title, "", {})

    def unexpected(error: Exception) -> ResponseReturnValue:
        log.error("unexpected error", exc_info=error)
        return _answer(500, TITLES[500], "", {})

    app.register_error_handler(DomainError, domain)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(OperationalError, database)
    app.register_error_handler(Exception, unexpected)


def _answer(status: int, title: str, detail: str, fields: dict[str, str]) -> Response:
    title, detail = _(title), _(detail) if detail and detail != title else ""
    translated = {name: _(message) for name, message in fields.items()}
    if not identity.wants_page():
        problem: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
        problem |= {"detail": detail} if detail else {}
        problem |= {"errors": translated} if translated else {}
        response = jsonify(problem | {"request_id": g.get("archive_request_id", "")})
        response.status_code = status
        response.content_type = "application/problem+json"
        return response
    form = forms.refused(translated or {"": detail or title}) if status in (Invalid.status, Conflict.status) else None
    page = form or render(
        "error.html",
        status=status,
        heading=title,
        detail=detail,
        errors=translated,
        request_id=g.get("archive_request_id", ""),
    )
    return make_response(page, status)
