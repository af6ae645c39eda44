"""Fixtures for the services' tests: a database URL on each of the two databases that we support."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from tests.mariadb import MariaDB

MakeUrl = Callable[[str], str]


@pytest.fixture(params=["sqlite", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[MakeUrl, None, None]:
    """A function that gives the URL of an empty database for a service, on SQLite and then on a real MariaDB."""
    if request.param == "sqlite":
        yield lambda service: f"sqlite:///{tmp_path}/{service}.sqlite3"
        return
    server: MariaDB = request.getfixturevalue("mariadb_server")
    made: list[str] = []

    def make(service: str) -> str:
        name = f"test_{re.sub('[^a-z0-9]', '_', service)}_{secrets.token_hex(4)}"
        made.append(name)
        return server.create_schema(name)

    yield make
    for name in made:
        server.drop_schema(name)
