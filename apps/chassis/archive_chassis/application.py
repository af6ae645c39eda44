"""The app factory: a Flask app with everything that the services share."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from flask import Blueprint, Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from archive_chassis import (
    access,
    assets,
    cookie_names,
    csrf,
    database,
    error_pages,
    events,
    headers,
    health,
    i18n,
    identity,
    logs,
    metrics,
    templating,
)
from archive_chassis.cache import PageCache
from archive_chassis.settings import Settings

CHASSIS = "archive_chassis"
MAX_REQUEST_BYTES = 12 * 1024 * 1024

mimetypes.add_type("application/manifest+json", ".webmanifest")


class _ServiceApp(Flask):
    """A Flask app that runs a view again when the database chose its transaction to end a deadlock."""

    def dispatch_request(self) -> ResponseReturnValue:
        return database.retrying_deadlocks(super().dispatch_request)


class _RowId(IntegerConverter):
    """`<int:…>` in addresses: a number that a row can have. A longer one would only upset the database."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": 2**63 - 1} | options)


class _FlashInterface(SecureCookieSessionInterface):
    """Flask's own session, without the work of preparing to read a cookie that the browser does not carry.

    Signed with HMAC-SHA-256; Flask's own choice is SHA-1 (ASVS 5.0, V11.4.1).
    """

    digest_method = staticmethod(hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) in request.cookies:
            return super().open_session(app, request)
        return self.session_class()


def build_app(
    settings: Settings, *, versions: Path, blueprints: Iterable[Blueprint], packages: Iterable[str] = ()
) -> Flask:
    """A service's app.

    `packages` are the import names whose `templates/` and `locales/` it uses, the service's own first; the chassis
    comes last by itself. `versions` is the folder of the service's migrations, for the readiness check.
    """
    app = _ServiceApp(CHASSIS, static_folder=None, template_folder=None)
    app.url_map.converters["int"] = _RowId
    app.session_interface = _FlashInterface()
    config = cast("dict[str, Any]", app.config)
    config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="archive_flash",  # flash messages only; who is logged in is in the access token
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=10),
    )
    app.extensions["archive_settings"] = settings
    app.extensions["archive_pages"] = PageCache()
    layers = (*packages, CHASSIS)
    database.install(app, settings.database_url.get_secret_value())
    # Requests pass these from the top down. Flask runs after_request the other way round, so what is installed first
    # sees the finished response.
    logs.install(app, settings)
    metrics.install(app, settings)
    headers.install(app, settings)
    cookie_names.install(app, settings)
    i18n.install(app, settings, reversed(layers))
    access.install(app, settings)
    identity.install(app, settings)
    csrf.install(app, settings)
    templating.install(app, settings, layers)
    error_pages.install(app, settings)
    health.install(app, versions)
    assets.install(app)
    app.register_blueprint(events.feed)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.wsgi_app = _under_prefix(app.wsgi_app, settings.path)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    return app


def _under_prefix(wsgi: Any, prefix: str) -> Any:
    """The service sees paths below its prefix; a bare prefix means its first page."""
    if not prefix:
        return wsgi

    def mounted(environ: dict[str, Any], start_response: Any) -> Any:
        path: str = environ["PATH_INFO"]
        if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
            environ["SCRIPT_NAME"], environ["PATH_INFO"] = prefix, path[len(prefix) :] or "/"
        return wsgi(environ, start_response)

    return mounted
