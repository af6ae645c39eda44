"""The pages of auth, measured as the boards' are."""

from __future__ import annotations

from collections.abc import Generator, Mapping

import pytest
from tests.apps.statements import auth
from tests.apps.statements.visits import FEW_ROWS, MANY_ROWS, Known, Place, costs, missing, wrong

KNOWN: Mapping[str, Known] = {
    "/refresh (member)": Known(8, "no page: it rotates a refresh token, with a limit, a lock and a new row"),
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Place, Place]]:
    """Auth with few rows and with many."""
    folder = tmp_path_factory.mktemp("auth")
    with auth.filled(folder / "few", FEW_ROWS) as few, auth.filled(folder / "many", MANY_ROWS) as many:
        yield few, many


def test_every_page_of_auth_has_a_visit(both: tuple[Place, Place]) -> None:
    assert missing(both[0].app, auth.AUTH_VISITS) == []


def test_no_page_of_auth_takes_more_statements_for_more_rows(both: tuple[Place, Place]) -> None:
    assert wrong(costs(*both, auth.AUTH_VISITS), KNOWN) == []
