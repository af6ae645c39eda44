"""What everybody may see of a member."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, send_from_directory
from flask.typing import ResponseReturnValue

from archive_auth.services import avatars
from archive_chassis.errors import NotFound
from archive_chassis.templating import path

pages = Blueprint("people", __name__)

YEAR_S = 31_536_000


@pages.get("/members/<int:member_id>")
def member_page(member_id: int) -> ResponseReturnValue:
    """Where a member's page was before home had it; links in old texts lead here."""
    return redirect(path("home", f"/members/{member_id}"), 301)


@pages.get("/avatars/<name>")
def avatar(name: str) -> Response:
    """A picture never changes: a new one has a new name."""
    if not avatars.is_name(name):
        raise NotFound
    response = send_from_directory(avatars.folder(), name, mimetype="image/webp")
    response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response
