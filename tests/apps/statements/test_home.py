"""Home's pages, measured as the boards' are."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from tests.apps.statements import home
from tests.apps.statements.visits import FEW_ROWS, MANY_ROWS, Place, costs, missing, wrong


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Place, Place]]:
    """Home with few rows and with many."""
    folder = tmp_path_factory.mktemp("home")
    with home.filled(folder / "few", FEW_ROWS) as few, home.filled(folder / "many", MANY_ROWS) as many:
        yield few, many


def test_every_page_of_home_has_a_visit(both: tuple[Place, Place]) -> None:
    assert missing(both[0].app, home.HOME_VISITS) == []


def test_no_page_of_home_takes_more_statements_for_more_rows(both: tuple[Place, Place]) -> None:
    assert wrong(costs(*both, home.HOME_VISITS), {}) == []
