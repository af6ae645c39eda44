"""How often posts were read: counted in memory, written together every FLUSH_EVERY_S, so that reading writes nothing.

What a crash loses is the views of the last seconds. A reader counts once per post between two flushes.
"""

from __future__ import annotations

import atexit
import logging
from collections import Counter
from multiprocessing import util
from threading import Lock, Timer
from typing import cast

from flask import Flask, current_app
from sqlalchemy import bindparam, update
from sqlalchemy.exc import SQLAlchemyError

from archive_boards.board import Board
from archive_chassis import events
from archive_chassis.database import session

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 20.0
#: Readings remembered between two flushes; beyond it (an attack, or a very busy site) they are flushed early.
MOST_READINGS = 20_000


class ViewCounter:
    """The views of one board that this process has not written yet."""

    def __init__(self, app: Flask, board: Board, flush_every_s: float = FLUSH_EVERY_S) -> None:
        self._app = app
        self._board = board
        self._flush_every_s = flush_every_s
        self._readings: set[tuple[int, str]] = set()
        self._timer: Timer | None = None
        self._lock = Lock()
        atexit.register(self.flush)
        # A server's worker is a multiprocessing child, which ends without the interpreter's own exit functions.
        self._at_worker_exit = util.Finalize(self, self.flush, exitpriority=10)

    def count(self, post_id: int, reader: str) -> None:
        """Count one view of a post by `reader` (a member or an address). Cheap: no statement, no file."""
        with self._lock:
            self._readings.add((post_id, reader))
            full = len(self._readings) >= MOST_READINGS
            self._flush_later()
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what was counted. If the database does not take it, it is kept for the next time."""
        with self._lock:
            readings, self._readings = self._readings, set()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if not readings:
            return
        try:
            with self._app.app_context():
                _write(self._board, Counter(post_id for post_id, _ in readings))
        except SQLAlchemyError as error:
            reason = getattr(error, "orig", None) or error
            log.warning("%s: %d views could not be written yet: %s", self._board.name, len(readings), reason)
            with self._lock:
                if len(self._readings) + len(readings) <= MOST_READINGS:
                    self._readings |= readings
                self._flush_later()

    def _flush_later(self) -> None:
        """Start the timer, unless it runs. Holding the lock."""
        if self._timer is None:
            self._timer = Timer(self._flush_every_s, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """Write what was counted for the last time, ahead of the end of the process."""
        self.flush()
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
        atexit.unregister(self.flush)
        self._at_worker_exit.cancel()


def _write(board: Board, views: Counter[int]) -> None:
    t = board.tables.post
    current = session()
    # In the order of the ids, so that two processes that write at once never wait for each other in a circle.
    added = [{"post": post_id, "added": views[post_id]} for post_id in sorted(views)]
    one = update(t).where(t.c.id == bindparam("post")).values(views=t.c.views + bindparam("added"))
    current.connection().execute(one, added)
    # One event per flush moves the version of the cached pages; one per view would leave nothing to cache.
    events.record(current, "views.counted", {"board": board.name, "views": [list(entry.values()) for entry in added]})
    current.commit()


def install(app: Flask, board: Board) -> None:
    """Give `app` its counter."""
    app.extensions["archive_views"] = ViewCounter(app, board)


def counter() -> ViewCounter:
    """The counter of the service that is answering."""
    return cast("ViewCounter", current_app.extensions["archive_views"])
