"""Style sheets, scripts and pictures that every page shares, under `/static/`, cached for a year by their hash."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, request, send_from_directory

FOLDER = Path(__file__).parent / "static"
YEAR_S = 31_536_000

blueprint = Blueprint("static_files", __name__)


@lru_cache(maxsize=256)
def asset(name: str) -> str:
    """The address of a shared file. FileNotFoundError for a name that is not there."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@blueprint.get("/static/<path:name>")
def serve_asset(name: str) -> Response:
    """A file of FOLDER. With the right hash it never changes; without one it is asked for again each hour."""
    response = send_from_directory(FOLDER, name)
    response.headers["Cache-Control"] = (
        f"public, max-age={YEAR_S}, immutable" if request.args.get("v") else "public, max-age=3600"
    )
    return response


def install(app: Flask) -> None:
    """Every app can serve the shared files; the one at "/" does so for the community."""
    app.register_blueprint(blueprint)
