"""The app of the service."""

from __future__ import annotations

from flask import Flask, make_response
from flask.typing import ResponseReturnValue

from archive_auth import VERSIONS, settings
from archive_auth.routes import account, administration, api_tokens, email_change, joining, people, resetting, session
from archive_auth.services.login import Suspended, Unfinished
from archive_chassis import Settings, build_app
from archive_chassis.templating import render

BLUEPRINTS = (
    session.pages,
    joining.pages,
    resetting.pages,
    account.pages,
    api_tokens.pages,
    email_change.pages,
    people.pages,
    administration.pages,
)


def create_app(chosen: Settings) -> Flask:
    """SettingsError when the signing keys are missing or wrong."""
    app = build_app(chosen, versions=VERSIONS, blueprints=BLUEPRINTS, packages=("archive_auth",))
    settings.install(app, chosen)
    app.register_error_handler(Suspended, _suspended)
    app.register_error_handler(Unfinished, _unfinished)
    return app


def _suspended(error: Suspended) -> ResponseReturnValue:
    return make_response(render("suspended.html", until=error.until, reason=error.reason), error.status)


def _unfinished(error: Unfinished) -> ResponseReturnValue:
    return make_response(render("joining/unfinished.html"), error.status)
