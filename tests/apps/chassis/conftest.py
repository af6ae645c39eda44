"""The sample service's app, on SQLite and on MariaDB."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from flask import Flask
from tests.apps.chassis import sample
from tests.apps.conftest import MakeUrl

from archive_chassis.database import database
from archive_chassis.testing import Client, make_app, make_settings, new_client


@pytest.fixture
def app(database_url: MakeUrl, tmp_path: Path) -> Generator[Flask, None, None]:
    made = make_app(sample.service, make_settings("news", tmp_path, database_url("news")))
    sample.rendered.clear()
    yield made
    with made.app_context():
        database().close()


@pytest.fixture
def lite(tmp_path: Path) -> Flask:
    """The app on SQLite alone, for what does not touch the database."""
    return make_app(sample.service, make_settings("news", tmp_path))


@pytest.fixture
def client(app: Flask) -> Client:
    return new_client(app)


@pytest.fixture
def visitor(lite: Flask) -> Client:
    return new_client(lite)
