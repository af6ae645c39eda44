"""A service's database as an SQLite file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from archive_platform.local.folders import private


class Sqlite:
    """The file <folder>/<service>.sqlite3; the folder also holds the service's uploads."""

    def __init__(self, folder: Path, service: str) -> None:
        self.folder = folder
        self.path = folder / f"{service}.sqlite3"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def prepare(self) -> bool:
        """Make what is missing; the migrations make the file. Whether the database is new."""
        private(self.folder)
        return not self.path.exists()

    def revision(self) -> str | None:
        """The migration the schema is at; None when there is no file or no schema in it."""
        if not self.path.exists():
            return None
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)) as connection:
            try:
                row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            except sqlite3.DatabaseError:  # no such table, or no database
                return None
        return str(row[0]) if row else None

    def drop(self) -> None:
        """Delete the file and those that SQLite keeps beside it."""
        for file in self.folder.glob(f"{self.path.name}*"):
            file.unlink()
