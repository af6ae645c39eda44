"""A board as a service of the community."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

from flask import Flask

from archive_boards import members, pages, placing, saved_drafts, views
from archive_boards.api import board_api, without
from archive_boards.board import Board
from archive_boards.images import forgetting, storing
from archive_chassis import Job, Service, Settings, build_app, ended_sessions, ratelimit
from archive_chassis.api import revocation
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
        app = build_app(settings, versions=versions, blueprints=pages.blueprints(board), packages=(package, KIT))
        app.extensions["archive_board"] = board
        board_api(board).install(app, title=f"{board.title} API", description=board.lead, without=without(board))
        ended_sessions.install(app)
        views.install(app, board)
        storing.install(app, settings)
        return app

    return Service(
        name=board.name,
        title=board.title,
        create_app=create_app,
        versions=versions,
        consumers=(members.consumer(board),),
        jobs=_jobs(board),
    )


def _jobs(board: Board) -> tuple[Job, ...]:
    jobs = [
        Job("forget rate limits", timedelta(minutes=10), ratelimit.forget_expired),
        Job("forget ended log-ins", timedelta(hours=1), ended_sessions.forget_expired),
        Job("forget revoked tokens", timedelta(hours=1), revocation.forget_expired),
        Job("forget old drafts", timedelta(hours=6), lambda: saved_drafts.forget_old(board)),
        Job("forget unused pictures", timedelta(hours=1), lambda: _forget_pictures(board)),
    ]
    if board.scheduled:
        jobs.append(Job("publish what is due", timedelta(seconds=15), lambda: _publish_due(board)))
    return tuple(jobs)


def _publish_due(board: Board) -> None:
    placing.publish_due(board)


def _forget_pictures(board: Board) -> None:
    forgetting.forget_unused(board)


def find_board(name: str) -> Board:
    """The definition of an installed board. LookupError when no such service is installed or it is no board."""
    find_service(name)  # loads the package, which makes its board's service
    if name not in _boards:
        raise LookupError(f"the service {name!r} is not a board; boards are: {', '.join(sorted(_boards)) or 'none'}")
    return _boards[name]
