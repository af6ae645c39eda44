"""Every page of every board takes a few statements, however many rows there are, and connects to its database alone."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import NamedTuple

import pytest
from tests.apps.boards.site import Site
from tests.apps.statements import boards
from tests.apps.statements.visits import FEW_ROWS, MANY_ROWS, Cost, Known, Place, costs, missing, wrong
from tests.counting import counting

KNOWN: Mapping[str, Known] = {}

#: Writing has no goal of its own in the number of statements; this keeps it from growing unseen.
MOST_WRITING = 12
KNOWN_WRITING: Mapping[str, Known] = {
    "news: a post with five tags": Known(13, "two for the tags; 6 of the others are limits, the outbox and the answer"),
    "qa: a post with five tags": Known(13, "as on news"),
    "guides: a post with five tags": Known(14, "as on news, and a guide without a series is taken out of any"),
    "news: a comment": Known(13, "two for the limits, three for the outbox, three reads that the answer needs"),
    "guides: a comment": Known(13, "as on news"),
    "qa: a comment": Known(13, "as on news"),
    "news: a reply": Known(14, "as a comment, and whose comment it answers"),
    "guides: a reply": Known(14, "as on news"),
    "qa: a reply": Known(14, "as on news"),
}


class Boards(NamedTuple):
    """A board with few rows and with many."""

    few: Site
    few_place: Place
    many: Site
    many_place: Place


@pytest.fixture(scope="module", params=["news", "guides", "qa"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Boards]:
    folder = tmp_path_factory.mktemp(request.param)
    few, many = (boards.filled(request.param, folder / str(rows), rows) for rows in (FEW_ROWS, MANY_ROWS))
    yield Boards(*few, *many)
    few[0].close()
    many[0].close()


def test_every_page_of_a_board_has_a_visit(both: Boards) -> None:
    assert missing(both.few.app, boards.visits(both.few)) == []


def test_no_page_of_a_board_takes_more_statements_for_more_rows(both: Boards) -> None:
    assert wrong(costs(both.few_place, both.many_place, boards.visits(both.few)), KNOWN) == []


def test_writing_takes_the_same_statements_for_any_number_of_rows(both: Boards) -> None:
    few, many = writing(both.few), writing(both.many)
    known = {name: one for name, one in KNOWN_WRITING.items() if name.startswith(f"{both.few.name}:")}
    assert wrong({name: (few[name], many[name]) for name in few}, known, MOST_WRITING) == []


def writing(site: Site) -> dict[str, Cost]:
    """What writing costs on a board: what is written → cost."""
    client, found = site.moderator(), dict[str, Cost]()

    def note(name: str, address: str, form: dict[str, str]) -> None:
        with counting(site.app) as seen:
            answer = client.post(f"/{site.name}{address}", data=form)
        assert answer.status_code == 303, answer.text
        found[f"{site.name}: {name}"] = Cost(len(seen.statements), len(seen.connections))

    note("a post", "/write", site.form())
    note("a post with five tags", "/write", site.form(tags="하나 둘 셋 넷 다섯"))
    note("a comment", f"/{boards.BUSY}/comments", {"body": "댓글이에요"})
    note("a reply", f"/{boards.BUSY}/comments", {"body": "답글이에요", "parent": "1"})
    return found
