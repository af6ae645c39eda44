"""Who may reach what is not for the public: `/internal/…` and `/metrics` need the token that the services share."""

from __future__ import annotations

import hmac

from flask import Flask, request

from archive_chassis.errors import Forbidden
from archive_chassis.settings import Settings

PROTECTED = ("/internal/", "/metrics")


def install(app: Flask, settings: Settings) -> None:
    """Refuse protected paths to whoever does not show the internal token."""
    expected = f"Bearer {settings.internal_token.get_secret_value()}".encode()

    def guard() -> None:
        if request.path.startswith(PROTECTED):
            shown = request.headers.get("Authorization", "").encode()
            if not hmac.compare_digest(shown, expected):
                raise Forbidden

    app.before_request(guard)
