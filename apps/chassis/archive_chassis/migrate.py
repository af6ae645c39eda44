"""`python -m archive_chassis.migrate SERVICE`: bring a service's schema to this release's newest migration."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from archive_chassis.database import Database
from archive_chassis.health import script_directory
from archive_chassis.service import find_service
from archive_chassis.settings import SettingsError, variable

LOCK_WAIT_S = 60


def current_revision(connection: Connection) -> str | None:
    """The revision that the schema is at, or None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(url: str, scripts: ScriptDirectory) -> tuple[str | None, str | None]:
    """Run the migrations that are missing; returns the revision before and after.

    One process at a time migrates a schema; a schema that is already newer than this release is left alone.
    """
    database = Database(url)
    try:
        with _alone(database.engine) as connection:
            before = current_revision(connection)
            if before is not None and before not in {s.revision for s in scripts.walk_revisions()}:
                return before, before
            _run(connection, scripts)
            return before, current_revision(connection)
    finally:
        database.close()


def _run(connection: Connection, scripts: ScriptDirectory) -> None:
    from alembic.config import Config

    def steps(revision: tuple[str, ...], _context: MigrationContext) -> list[object]:
        return scripts._upgrade_revs("head", revision)  # type: ignore[arg-type]

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:  # type: ignore[arg-type]
        environment.configure(connection=connection, fn=steps, transaction_per_migration=True)  # type: ignore[arg-type]
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()


@contextmanager
def _alone(engine: Engine) -> Generator[Connection]:
    """A connection whose holder is the only one that migrates this schema."""
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(path.name + ".migrating").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with engine.connect() as connection:
                yield connection
        return
    with engine.connect() as holder, engine.connect() as connection:
        got = holder.execute(text("SELECT GET_LOCK(CONCAT(DATABASE(), '-migrate'), :wait)"), {"wait": LOCK_WAIT_S})
        if got.scalar() != 1:
            raise SettingsError(f"another process has been migrating this schema for {LOCK_WAIT_S} s; try again later")
        yield connection


def main() -> None:
    parser = argparse.ArgumentParser(prog="archive_chassis.migrate", description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--heads", action="store_true", help="print the newest revision; needs no database")
    arguments = parser.parse_args()
    try:
        service = find_service(arguments.service)
        scripts = script_directory(service.versions)
        if arguments.heads:
            result = {"service": service.name, "head": scripts.get_current_head()}
        else:
            name = variable(service.name, "database_url")
            if not os.environ.get(name):
                raise SettingsError(f"{name} is not set: it names the database to migrate")
            before, after = upgrade(os.environ[name], scripts)
            result = {"service": service.name, "from": before, "to": after}
    except (SettingsError, LookupError, CommandError, SQLAlchemyError) as error:
        sys.stderr.write(f"migration of {arguments.service} failed: {error}\n")
        sys.exit(1)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
