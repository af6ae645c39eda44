"""What everybody may see of a member."""

from __future__ import annotations

from flask import Blueprint, Response, send_from_directory
from flask.typing import ResponseReturnValue

from archive_auth.services import avatars, members, sessions
from archive_chassis.cache import cached_page
from archive_chassis.errors import NotFound
from archive_chassis.events import content_version
from archive_chassis.templating import render

pages = Blueprint("people", __name__)

YEAR_S = 31_536_000


@pages.get("/members/<int:member_id>")
@cached_page(content_version)
def member_page(member_id: int) -> ResponseReturnValue:
    found = members.public(member_id)
    return render("member.html", found=found, avatar_path=sessions.avatar_path(found.avatar))


@pages.get("/avatars/<name>")
def avatar(name: str) -> Response:
    """A picture never changes: a new one has a new name."""
    if not avatars.is_name(name):
        raise NotFound
    response = send_from_directory(avatars.folder(), name, mimetype="image/webp")
    response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response
