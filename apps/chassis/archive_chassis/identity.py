"""Who is asking: the member in the access token, and what a route may demand of them.

Below `/api/` it is the member in the API token that a program shows (`archive_chassis.api.bearer`), and nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from urllib.parse import quote

from flask import Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue

from archive_chassis.api import bearer
from archive_chassis.cookies import cookie
from archive_chassis.errors import Forbidden, Unauthenticated
from archive_chassis.settings import Settings
from archive_chassis.tokens import ApiToken, Member, Verifier

__all__ = ["ACCESS_COOKIE", "REFRESH_COOKIE", "SESSION_COOKIE", "Member", "current_member", "login_required"]

ACCESS_COOKIE = "archive_access"
REFRESH_COOKIE = "archive_refresh"
SESSION_COOKIE = "archive_session"
#: Of `app.extensions`: what knows of log-ins that have ended, in a service that installs it (`ended_sessions`).
ENDED_SESSIONS = "archive_ended_sessions"

P = ParamSpec("P")
R = TypeVar("R")
View = TypeVar("View", bound=Callable[..., Any])


def current_member() -> Member | None:
    """The member whose valid token came with the request, or None."""
    return cast("Member | None", g.get("archive_member"))


def session_expires() -> datetime | None:
    """When the request's access token ends, or None without one."""
    return cast("datetime | None", g.get("archive_member_until"))


def current_token() -> ApiToken | None:
    """The API token that came with the request, or None."""
    return cast("ApiToken | None", g.get("archive_api_token"))


def require_member() -> Member:
    """The member; Unauthenticated without one."""
    member = current_member()
    if member is None:
        raise bearer.TokenMissing if _for_programs() else Unauthenticated
    return member


def require_scope(scope: str) -> Member:
    """The member, whose API token (if they show one) was made for `scope`. Unauthenticated, ScopeMissing."""
    member, token = require_member(), current_token()
    if token is not None and scope not in token.scopes:
        raise bearer.ScopeMissing(scope)
    return member


def login_required(view: Callable[P, R]) -> Callable[P, R]:
    """A view for members only."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        require_member()
        return view(*args, **kwargs)

    return guarded


def verified_required(view: Callable[P, R]) -> Callable[P, R]:
    """A view for members whose e-mail address is verified."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not require_member().verified:
            raise Forbidden("이메일 인증을 마치면 이용할 수 있어요")
        return view(*args, **kwargs)

    return guarded


def role_required(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view for members with one of `roles`; an admin may do what a moderator may."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            member = require_member()
            if member.role not in roles and not member.is_admin:
                raise Forbidden
            return view(*args, **kwargs)

        return guarded

    return decorate


def wants_page() -> bool:
    """Whether the caller is a browser that shows a page, rather than a program or a script."""
    if request.path.startswith(("/internal/", "/health/", "/static/", "/metrics")) or _for_programs():
        return False
    return "text/html" in request.headers.get("Accept", "")


def for_people(view: View) -> View:
    """A view below `/api/` that is a page nevertheless: it is for browsers and their cookies, not for API tokens."""
    setattr(view, "archive_page", True)  # noqa: B010 - a function has no such attribute to the type checker
    return view


def _for_programs() -> bool:
    """Whether the request is for an operation of the API."""
    if not request.path.startswith(bearer.PATHS):
        return False
    return not getattr(current_app.view_functions.get(request.endpoint or ""), "archive_page", False)


def install(app: Flask, settings: Settings) -> None:
    """Read the token before each request; send a browser whose token has run out to `/auth/refresh` and back."""
    verifier = Verifier(settings.verification_keys)
    app.extensions["archive_verifier"] = verifier
    refresh = settings.site.get("auth", "").rstrip("/") + "/refresh"
    refreshes = "auth" in settings.site and settings.service != "auth"

    def identify() -> ResponseReturnValue | None:
        if _for_programs():
            shown = bearer.identify(verifier)
            if shown is not None:
                g.archive_api_token, g.archive_member = shown, shown.member
            return None
        token = cookie(ACCESS_COOKIE)
        known = verifier.verify(token) if token else None
        if known is not None and not _has_ended(known[0]):
            g.archive_member, g.archive_member_until = known
            return None
        if refreshes and SESSION_COOKIE in request.cookies and wants_page():
            # 307 keeps the method and the body: what a member has just written survives the detour.
            code = 303 if request.method in ("GET", "HEAD") else 307
            return redirect(f"{refresh}?next={quote(this_address(), safe='/')}", code)
        return None

    app.before_request(identify)


def _has_ended(member: Member) -> bool:
    ended = current_app.extensions.get(ENDED_SESSIONS)
    return ended is not None and ended.has(member.sid)


def this_address() -> str:
    """The path and query of the request, with the service's prefix."""
    query = request.query_string.decode("latin-1")
    return f"{request.root_path}{request.path}{'?' + query if query else ''}"


def verifier() -> Verifier:
    return cast("Verifier", current_app.extensions["archive_verifier"])
