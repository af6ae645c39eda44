"""The databases that the bench measures: SQLite files, or a MariaDB server of its own."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from tests import mariadb
from tests.bench import servers
from tests.mariadb import MariaDB

from archive_chassis.database import Database

KINDS = ("sqlite", "mariadb")
TITLES = {"sqlite": "SQLite", "mariadb": "MariaDB"}
BUFFER_MIB = 1024


@dataclass(frozen=True)
class Databases:
    """Where services get empty databases. `pid` is the database server's process, None for SQLite, which has none."""

    kind: str
    url: Callable[[str], str]
    pid: int | None = None

    def cpu_seconds(self) -> float:
        """What the database server has used so far; 0 for SQLite, whose work the services' own processes do."""
        return servers.cpu_seconds([self.pid]) if self.pid is not None else 0.0


@contextlib.contextmanager
def opened(kind: str, folder: Path, buffer_mib: int = BUFFER_MIB) -> Generator[Databases]:
    """Databases, those of SQLite in `folder`, until the block ends."""
    if kind == "sqlite":
        yield Databases(kind, lambda service: f"sqlite:///{folder}/{service}.sqlite3")
        return
    run = contextlib.contextmanager(mariadb._run)  # pyright: ignore[reportPrivateUsage, reportDeprecated] - the fixture's
    # Not below `folder`: MariaDB's account must reach it.
    with tempfile.TemporaryDirectory(prefix="archive-bench-mariadb-") as data, run(Path(data)) as server:
        _enlarge(server, buffer_mib)
        pid = int((Path(data) / "server.pid").read_text())
        yield Databases(kind, lambda service: server.create_schema(f"bench_{service}"), pid)


def prepared(store: Database, tables: Sequence[str]) -> None:
    """Let MariaDB count its filled tables now: it would do so by itself a little later, in the middle of a round."""
    if not store.is_sqlite:
        with store.engine.connect() as connection:
            for table in tables:
                connection.execute(text(f"ANALYZE TABLE {table}"))


def _enlarge(server: MariaDB, buffer_mib: int) -> None:
    server.execute(f"SET GLOBAL innodb_buffer_pool_size = {buffer_mib * 2**20}")
    ((size,),) = server.execute("SELECT @@innodb_buffer_pool_size DIV 1048576")
    sys.stderr.write(f"… MariaDB with a buffer pool of {size} MiB\n")
