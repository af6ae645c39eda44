"""The boards, each on SQLite and on MariaDB."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from tests.apps.boards.site import Site
from tests.apps.conftest import MakeUrl

MakeSite = Callable[[str], Site]


@pytest.fixture
def make_site(database_url: MakeUrl, tmp_path: Path) -> Generator[MakeSite, None, None]:
    made: list[Site] = []

    def make(name: str) -> Site:
        made.append(Site(name, tmp_path, database_url(name)))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def news(make_site: MakeSite) -> Site:
    return make_site("news")


@pytest.fixture
def guides(make_site: MakeSite) -> Site:
    return make_site("guides")


@pytest.fixture
def qa(make_site: MakeSite) -> Site:
    return make_site("qa")


@pytest.fixture
def lite(tmp_path: Path) -> Generator[Site, None, None]:
    """The guides board on SQLite alone, for what does not depend on the database."""
    site = Site("guides", tmp_path)
    yield site
    site.close()
