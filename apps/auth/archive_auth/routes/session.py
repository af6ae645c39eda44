"""Log in, log out, refresh, and the public keys."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from flask import Blueprint, jsonify, make_response, redirect, request
from flask.typing import ResponseReturnValue

from archive_auth import cookies
from archive_auth.routes.requests import address, next_path, page_before, sent_texts, user_agent
from archive_auth.services import login, sessions
from archive_auth.settings import settings
from archive_chassis import csrf, forms
from archive_chassis.cookies import cookie
from archive_chassis.errors import Unauthenticated
from archive_chassis.identity import REFRESH_COOKIE, SESSION_COOKIE, current_member, this_address, wants_page
from archive_chassis.templating import render

pages = Blueprint("session", __name__)

#: Pages for whoever is not logged in: a form sent to these needs no log-in to be brought back first.
_FOR_STRANGERS = ("session.", "joining.", "resetting.", "email_change.")
_KEYS_MAX_AGE_S = 600
_PRIVATE = ("d",)


@pages.before_app_request
def resume() -> ResponseReturnValue | None:
    """As every other service does: a browser whose access token has run out goes to /refresh and comes back."""
    endpoint = request.endpoint or ""
    if current_member() is not None or SESSION_COOKIE not in request.cookies or not wants_page():
        return None
    reads = request.method in csrf.SAFE_METHODS
    if endpoint == "session.refresh" or (not reads and endpoint.startswith(_FOR_STRANGERS)):
        return None
    target = f"{settings().path}/refresh?next={quote(this_address(), safe='/')}"
    return redirect(target, 303 if reads else 307)


@pages.get("/login")
def login_form() -> ResponseReturnValue:
    member = current_member()
    if member is not None and sessions.is_open(member):
        return redirect(next_path(), 303)
    return render("login.html", next=next_path(), name="", errors={})


@pages.post("/login")
def log_in() -> ResponseReturnValue:
    name, after = forms.text("name"), next_path()
    forms.show_again("login.html", next=after, name=name)
    granted = login.log_in(
        name,
        forms.secret("password"),
        address=address(),
        user_agent=user_agent(),
        old_token=cookie(REFRESH_COOKIE),
    )
    return logged_in(granted, after)


def logged_in(granted: sessions.Grant, after: str) -> ResponseReturnValue:
    """On to `after`, with the cookies of a log-in and a new form token: none that was planted before stays valid."""
    response = make_response(redirect(after, 303))
    cookies.give(response, granted)
    csrf.renew()
    return response


@pages.post("/logout")
def log_out() -> ResponseReturnValue:
    sessions.end(cookie(REFRESH_COOKIE), current_member())
    response = make_response(redirect("/", 303))
    cookies.leave(response)
    csrf.renew()
    return response


@pages.route("/refresh", methods=["GET", "POST"])
def refresh() -> ResponseReturnValue:
    """New tokens, and back to where the browser came from: with its method and body, so that nothing typed is lost.

    Programs that ask for JSON get `{"expires": …}`, or 401.
    """
    token = cookie(REFRESH_COOKIE)
    granted = sessions.refresh_session(token) if token else None
    if granted is None:
        return _ended()
    if wants_page():
        response = make_response(redirect(next_path(), 303 if request.method in csrf.SAFE_METHODS else 307))
    else:
        response = jsonify(expires=granted.expires.isoformat(timespec="seconds"))
    cookies.give(response, granted)
    return response


def _ended() -> ResponseReturnValue:
    """The log-in is over. A page is shown without one; a form is given back to its writer."""
    if not wants_page():
        raise Unauthenticated
    if request.method in csrf.SAFE_METHODS:
        response = make_response(redirect(next_path(), 303))
    else:
        response = make_response(render("session_ended.html", texts=sent_texts(), back=page_before()), 401)
    cookies.clear(response)
    return response


@pages.get("/.well-known/jwks.json")
def keys() -> ResponseReturnValue:
    """The public keys of access tokens, as a JSON Web Key Set (RFC 7517)."""
    found: list[dict[str, Any]] = json.loads(settings().verification_keys)["keys"]
    response = jsonify(keys=[{name: value for name, value in key.items() if name not in _PRIVATE} for key in found])
    response.headers["Cache-Control"] = f"public, max-age={_KEYS_MAX_AGE_S}"
    return response
