"""The service's app, on SQLite and on MariaDB."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.apps.auth.site import Site
from tests.apps.conftest import MakeUrl

from archive_chassis.database import database
from archive_chassis.testing import make_app, make_settings


@pytest.fixture
def site(database_url: MakeUrl, tmp_path: Path) -> Generator[Site, None, None]:
    app = make_app("auth", make_settings("auth", tmp_path, database_url("auth")))
    yield Site(app)
    with app.app_context():
        database().close()


@pytest.fixture
def lite(tmp_path: Path) -> Site:
    """The app on SQLite alone, for what does not depend on the database."""
    return Site(make_app("auth", make_settings("auth", tmp_path)))
