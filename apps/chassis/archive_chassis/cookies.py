"""Reading cookies. Asking werkzeug for one that is missing raises and catches an exception inside, on every request."""

from __future__ import annotations

from flask import request


def cookie(name: str) -> str | None:
    """The request's cookie of this name, or None."""
    cookies = request.cookies
    return cookies[name] if name in cookies else None  # noqa: SIM401 - `get` is what is slow
