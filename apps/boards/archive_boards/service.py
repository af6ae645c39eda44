"""A board as a service of the community."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

from flask import Flask

from archive_boards import comment_pages, feed, members, pages, views
from archive_boards.board import Board
from archive_chassis import Job, Service, Settings, build_app, ratelimit
from archive_chassis.service import find_service

KIT = "archive_boards"

_boards: dict[str, Board] = {}


def board_service(board: Board, package: str) -> Service:
    """The service of `board`.

    `package` is the import name of the board's own package: its `migrations/` are the schema's history, and its
    `templates/boards/…` and `locales/` go before the kit's.
    """
    _boards[board.name] = board
    versions = Path(str(files(package))) / "migrations"

    def create_app(settings: Settings) -> Flask:
        blueprints = (pages.blueprint, comment_pages.blueprint, feed.blueprint)
        app = build_app(settings, versions=versions, blueprints=blueprints, packages=(package, KIT))
        app.extensions["archive_board"] = board
        views.install(app, board)
        return app

    return Service(
        name=board.name,
        title=board.title,
        create_app=create_app,
        versions=versions,
        consumers=(members.consumer(board),),
        jobs=(Job("forget rate limits", timedelta(minutes=10), ratelimit.forget_expired),),
    )


def find_board(name: str) -> Board:
    """The definition of an installed board. LookupError when no such service is installed or it is no board."""
    find_service(name)  # loads the package, which makes its board's service
    if name not in _boards:
        raise LookupError(f"the service {name!r} is not a board; boards are: {', '.join(sorted(_boards)) or 'none'}")
    return _boards[name]
