"""Liveness (the process answers) and readiness (it can do its work)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from archive_chassis.database import reader
from archive_chassis.settings import Settings

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> ResponseReturnValue:
    return jsonify(status="live")


@blueprint.get("/health/ready")
def ready() -> ResponseReturnValue:
    """200 when the database answers and its schema is new enough for this release; else 503 and what failed."""
    settings: Settings = current_app.extensions["archive_settings"]
    checks: dict[str, str] = {}
    for name, check in (("database", _database), ("migrations", _migrations)):
        try:
            checks[name] = check()
        except SQLAlchemyError as error:
            checks[name] = type(error).__name__
    good = all(result == "ok" for result in checks.values())
    body = jsonify(status="ready" if good else "unready", release=settings.release, checks=checks)
    return body, 200 if good else 503


def _database() -> str:
    reader().execute(text("SELECT 1"))
    return "ok"


def _migrations() -> str:
    """A schema newer than this code is fine: migrations are safe with the previous release running."""
    found = reader().execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    older: Callable[[], frozenset[str]] = current_app.extensions["archive_older_revisions"]
    if not found:
        return "the schema has never been migrated"
    return "ok" if not older().intersection(found) else "the schema is older than this release"


def script_directory(versions: Path) -> ScriptDirectory:
    """Alembic's view of a service's migrations; all services share this package's `migrations/env.py`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(versions))
    return ScriptDirectory.from_config(config)


def install(app: Flask, versions: Path) -> None:
    @lru_cache(maxsize=1)
    def older() -> frozenset[str]:
        scripts = script_directory(versions)
        return frozenset(revision.revision for revision in scripts.walk_revisions()) - set(scripts.get_heads())

    app.extensions["archive_older_revisions"] = older
    app.register_blueprint(blueprint)
