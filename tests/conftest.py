"""Fixtures that every part of the test suite may ask for, and the order of its parts."""

from pathlib import Path

import pytest
from tests.mariadb import mariadb_server

__all__ = ["mariadb_server"]

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those with a browser come last: Playwright keeps an event loop running in this thread until the session ends,
    and no test after it could call `asyncio.run`.
    """
    items.sort(key=lambda item: BROWSER in item.path.parents)
