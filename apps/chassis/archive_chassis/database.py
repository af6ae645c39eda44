"""A service's database: one engine, a session for writes and a connection for reads per request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

from flask import Flask, current_app, g, request
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from archive_chassis.tables import Id, LongText, Timestamp, metadata

__all__ = ["Database", "Id", "LongText", "Timestamp", "metadata", "reader", "session"]

T = TypeVar("T")

MYSQL_DEADLOCK = 1213
DEADLOCK_RETRIES = 3
BUSY_TIMEOUT_MS = 10_000
POOL_RECYCLE_S = 1_800  # below MySQL's wait_timeout on every managed service we know of


class Database:
    """The engines of one service: `engine` for transactions, `reading` for reads in AUTOCOMMIT.

    AUTOCOMMIT needs no BEGIN and no ROLLBACK, which saves MySQL a round trip per request and lets SQLite's readers hold
    no lock. It has connections of its own: on shared ones the level would be set and reset at every use, which costs
    MySQL two round trips.
    """

    def __init__(self, url: str) -> None:
        # READ COMMITTED: our races are decided by unique keys and conditional updates, and InnoDB's REPEATABLE READ
        # would let a transaction decide on a snapshot that is no longer true. SQLite serialises writers by itself.
        self.engine = _engine(url, "READ COMMITTED")
        self.reading = _engine(url, "AUTOCOMMIT")
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        self.engine.dispose()
        self.reading.dispose()


def _engine(url: str, isolation_level: Literal["READ COMMITTED", "AUTOCOMMIT"]) -> Engine:
    # hide_parameters: an error that is logged must not quote addresses and hashes
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        level: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if isolation_level == "AUTOCOMMIT" else {}
        timeout = {"timeout": BUSY_TIMEOUT_MS / 1000}
        engine = create_engine(parsed, hide_parameters=True, connect_args=timeout, **level)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    return create_engine(
        parsed,
        isolation_level=isolation_level,
        hide_parameters=True,
        pool_pre_ping=False,
        pool_recycle=POOL_RECYCLE_S,
        skip_autocommit_rollback=True,
        connect_args={"connect_timeout": 5},
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.execute("PRAGMA cache_size = -16000")
    cursor.close()


def database() -> Database:
    """The database of the service that is answering."""
    return cast("Database", current_app.extensions["archive_database"])


def session() -> Session:
    """The request's session. What is not committed when the request ends is rolled back."""
    found = g.get("archive_db_session")
    if found is None:
        found = g.archive_db_session = database().sessions()
    return cast("Session", found)


def reader() -> Connection:
    """The request's connection for reads, in AUTOCOMMIT: each statement sees the newest committed data."""
    found = g.get("archive_db_reader")
    if found is None:
        found = g.archive_db_reader = database().reading.connect()
    return cast("Connection", found)


def retrying_deadlocks(view: Callable[[], T]) -> T:
    """`view()`, run again when its transaction was the victim of a deadlock: InnoDB has rolled it back, and the other
    one is through. What the view did was in that transaction, so nothing is done twice but a rate limit's count."""
    for _ in range(DEADLOCK_RETRIES):
        try:
            return view()
        except OperationalError as error:
            if not _is_deadlock(error):
                raise
            session().rollback()
            for upload in request.files.values():
                upload.stream.seek(0)
    return view()


def _is_deadlock(error: OperationalError) -> bool:
    return error.orig is not None and error.orig.args[:1] == (MYSQL_DEADLOCK,)


def install(app: Flask, url: str) -> None:
    """Give `app` a database, and end each request's session and connection with the request."""
    app.extensions["archive_database"] = Database(url)

    def close(_error: BaseException | None) -> None:
        for name in ("archive_db_session", "archive_db_reader"):
            opened = g.pop(name, None)
            if opened is not None:
                opened.close()

    app.teardown_appcontext(close)
