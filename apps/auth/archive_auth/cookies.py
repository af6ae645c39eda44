"""The cookies of a log-in (see the contract in `archive_chassis.identity`)."""

from __future__ import annotations

from flask import Response

from archive_auth.services.sessions import REFRESH_LIFETIME, Grant
from archive_auth.settings import settings
from archive_chassis.identity import ACCESS_COOKIE, REFRESH_COOKIE, SESSION_COOKIE
from archive_chassis.tokens import ACCESS_LIFETIME

WEEK_S = int(REFRESH_LIFETIME.total_seconds())


def give(response: Response, granted: Grant) -> None:
    """Put a grant's tokens into the browser. The refresh token goes to this service alone."""
    _set(response, ACCESS_COOKIE, granted.access, int(ACCESS_LIFETIME.total_seconds()))
    if granted.refresh is not None:
        _set(response, REFRESH_COOKIE, granted.refresh, WEEK_S, settings().path)
        _set(response, SESSION_COOKIE, "1", WEEK_S)


def clear(response: Response) -> None:
    """Forget the log-in."""
    for name, path in ((ACCESS_COOKIE, "/"), (REFRESH_COOKIE, settings().path), (SESSION_COOKIE, "/")):
        response.delete_cookie(name, path, httponly=True, samesite="Lax", secure=settings().secure_cookies)


def leave(response: Response) -> None:
    """Forget the log-in, and what scripts kept, such as a text that was being written: its member chose to leave.

    Where a log-in only ended, that text has to stay.
    """
    clear(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def _set(response: Response, name: str, value: str, max_age: int, path: str = "/") -> None:
    response.set_cookie(
        name, value, max_age=max_age, path=path or "/", httponly=True, samesite="Lax", secure=settings().secure_cookies
    )
