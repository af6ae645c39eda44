"""Response headers that keep a page safe: nothing may run, load or frame but what this site itself serves."""

from __future__ import annotations

from flask import Flask, Response

from archive_chassis.settings import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

FIXED = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)


def install(app: Flask, settings: Settings) -> None:
    """Set the headers on every response; a view may set a stricter policy of its own."""
    fixed = FIXED
    if settings.secure_cookies:
        fixed = (*FIXED, ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))

    def protect(response: Response) -> Response:
        headers = response.headers
        for name, value in fixed:
            headers.setdefault(name, value)
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "private, no-store"
        return response

    app.after_request(protect)
