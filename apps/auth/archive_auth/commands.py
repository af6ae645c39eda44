"""What the service's command-line programs share: settings from the environment, the app, an end with a message."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from archive_auth import service
from archive_chassis import Settings
from archive_chassis.settings import SettingsError


class CommandError(Exception):
    """What was given to the program is wrong; the message says how to mend it."""


def run(program: str, work: Callable[[], None]) -> None:
    """Do `work` in the service's application context. Exits with 1, and one message, when it cannot be done."""
    try:
        app = service.create_app(Settings.load("auth", os.environ))
        with app.app_context():
            work()
    except (CommandError, SettingsError, SQLAlchemyError) as error:
        # A database error would quote the statement and its values.
        message = f"the database refused: {type(error).__name__}" if isinstance(error, SQLAlchemyError) else str(error)
        sys.stderr.write(f"{program}: {message}\n")
        sys.exit(1)
