"""The boards that this community has."""

from __future__ import annotations

from flask import current_app

from archive_chassis import Settings
from archive_home.tables import BOARDS


def titles() -> dict[str, str]:
    """Board → what it is called (Korean; pages translate it), in the front page's order."""
    settings: Settings = current_app.extensions["archive_settings"]
    return {board: settings.titles.get(board, board) for board in BOARDS if board in settings.site}
