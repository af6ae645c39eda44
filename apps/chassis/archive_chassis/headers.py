"""Response headers that keep a page safe: nothing may run, load or frame but what this site itself serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from flask import Flask

from archive_chassis.settings import Settings

FIXED = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)


def content_security_policy(settings: Settings) -> str:
    """What a page may load: this site's own files, and pictures from where the members' are kept."""
    pictures = " ".join(filter(None, ("'self'", "data:", settings.media_public_url)))
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def install(app: Flask, settings: Settings) -> None:
    """Set the headers on every response; a view may set a stricter policy of its own.

    They are appended to what the server is given, below Flask, whose header objects search and check each one: that
    would cost a cached page a good part of its time.
    """
    policy = ("Content-Security-Policy", content_security_policy(settings))
    fixed = [policy, *FIXED, ("Cache-Control", "private, no-store")]
    if settings.secure_cookies:
        fixed.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
    inner = cast("Callable[..., Iterable[bytes]]", app.wsgi_app)

    def protected(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            present = {name for name, _value in headers}
            return start_response(status, headers + [pair for pair in fixed if pair[0] not in present], *rest)

        return inner(environ, start)

    app.wsgi_app = protected
