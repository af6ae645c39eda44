"""How home presents itself: its app, its migrations, whose events it consumes."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from archive_chassis import Consumer, Service, Settings, build_app
from archive_home import consume, routes, styleguide
from archive_home.tables import BOARDS

VERSIONS = Path(__file__).parent / "migrations"


def create_app(settings: Settings) -> Flask:
    """Home's Flask app; in development it also shows the design system."""
    blueprints = [routes.blueprint]
    if settings.environment == "dev":
        blueprints.append(styleguide.blueprint)
    return build_app(settings, versions=VERSIONS, blueprints=blueprints, packages=("archive_home",))


service = Service(
    name="home",
    title="홈",
    create_app=create_app,
    versions=VERSIONS,
    consumers=(
        *(Consumer(board, consume.post_events(board)) for board in BOARDS),
        Consumer("auth", consume.member_event),
    ),
)
