"""How home presents itself: its app, its migrations, whose events it consumes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask

from archive_chassis import Consumer, Job, Service, Settings, build_app, ended_sessions, ratelimit
from archive_home import consume, directory, profiles, routes, styleguide
from archive_home.notifications import retention
from archive_home.notifications import routes as notification_routes
from archive_home.search import learning
from archive_home.search import routes as search_routes
from archive_home.tables import BOARDS

VERSIONS = Path(__file__).parent / "migrations"


def create_app(settings: Settings) -> Flask:
    """Home's Flask app; in development it also shows the design system."""
    blueprints = [routes.blueprint, search_routes.blueprint, profiles.blueprint, notification_routes.blueprint]
    if settings.environment == "dev":
        blueprints.append(styleguide.blueprint)
    app = build_app(settings, versions=VERSIONS, blueprints=blueprints, packages=("archive_home",))
    ended_sessions.install(app)
    return app


service = Service(
    name="home",
    title="홈",
    create_app=create_app,
    versions=VERSIONS,
    consumers=(
        *(Consumer(board, consume.post_events(board)) for board in BOARDS),
        Consumer("auth", consume.member_event),
        *(learning.consumer(board) for board in BOARDS),
        directory.consumer,
    ),
    jobs=(
        Job("merge the search index", timedelta(seconds=5), learning.merge),
        Job("forget ended log-ins", timedelta(hours=1), ended_sessions.forget_expired),
        Job("forget rate limits", timedelta(minutes=10), ratelimit.forget_expired),
        Job("drop old notifications", timedelta(hours=6), retention.drop_old),
    ),
)
