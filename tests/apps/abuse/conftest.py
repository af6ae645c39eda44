"""A community for a module's tests that change nothing of note, and a fresh one for those that do."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.apps.abuse.community import Community, Things, fill
from tests.apps.conftest import MakeUrl

from archive_chassis.database import database
from archive_chassis.testing import Client


@dataclass(frozen=True)
class Filled:
    """A community in which the victim has things, and browsers of both sides, by service."""

    community: Community
    things: dict[str, Things]
    victims: dict[str, Client]
    attackers: dict[str, Client]

    @property
    def on_sqlite(self) -> bool:
        with self.community.apps["home"].app_context():
            return database().is_sqlite


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Generator[Filled, None, None]:
    """On SQLite, one for the module."""
    community = Community(tmp_path_factory.mktemp("community"))
    yield Filled(community, *fill(community))
    community.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Generator[Filled, None, None]:
    """On SQLite, one for the test alone."""
    community = Community(tmp_path)
    yield Filled(community, *fill(community))
    community.close()


@pytest.fixture
def on_both(database_url: MakeUrl, tmp_path: Path) -> Generator[Filled, None, None]:
    """On SQLite and then on MariaDB."""
    community = Community(tmp_path, database_url)
    yield Filled(community, *fill(community))
    community.close()
