"""What the tests beside this one rely on can fail: planted pages are named, and so is a table that is out of date."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text
from tests.apps.boards.site import Site
from tests.apps.statements.visits import Cost, Known, Place, Visit, browsers, cost, costs, missing, wrong

from archive_chassis.database import reader

TABLE = {"/planted": [Visit("/planted")]}


def planted(folder: Path, rows: int, view: Callable[[Site], object]) -> Place:
    """A board with `rows` posts and one more page, which does what `view` says."""
    folder.mkdir()
    site = Site("news", folder)
    site.many(rows)

    def page() -> str:
        view(site)
        return "planted"

    site.app.add_url_rule("/planted", view_func=page)
    return Place(site.app, "/news", browsers(site.app))


def once_per_row(site: Site) -> None:
    for post_id in reader().execute(select(site.board.tables.post.c.id)).scalars().all():
        reader().execute(text("SELECT title FROM post WHERE id = :id"), {"id": post_id})


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_page_that_connects_elsewhere_is_named(tmp_path: Path, method: str) -> None:
    def calls_another(_site: Site) -> None:
        with socket.socket() as other:
            getattr(other, method)(("127.0.0.1", 9))  # the counter stands in for it: nothing is sent

    place = planted(tmp_path / "site", 1, calls_another)
    assert wrong(costs(place, place, TABLE), {}) == ["/planted (visitor): connects elsewhere, a page must not"]


def test_a_page_that_asks_once_per_row_is_named(tmp_path: Path) -> None:
    few, many = (planted(tmp_path / str(rows), rows, once_per_row) for rows in (3, 20))
    assert wrong(costs(few, many, TABLE), {}) == [
        "/planted (visitor): 4 statements with few rows, 21 with many",
        "/planted (visitor): 21 statements, at most 6 are allowed",
    ]


def test_a_page_that_is_broken_is_no_cheap_page(tmp_path: Path) -> None:
    def breaks(_site: Site) -> None:
        raise RuntimeError("planted")

    with pytest.raises(AssertionError, match=r"/planted .visitor. was answered 500"):
        cost(planted(tmp_path / "site", 1, breaks), Visit("/planted"))


def test_nothing_that_an_earlier_visit_left_makes_a_page_cheap(tmp_path: Path) -> None:
    place = planted(tmp_path / "site", 3, lambda _site: None)
    first, second = (cost(place, Visit("/")) for _ in range(2))
    assert first == second
    assert first.statements > 1


def test_a_new_page_needs_a_visit(tmp_path: Path) -> None:
    place = planted(tmp_path / "site", 1, lambda _site: None)
    assert "/planted: has no visit in the table" in missing(place.app, {"/gone": [Visit("/gone")]})
    assert "/gone: is in the table and not in the app" in missing(place.app, {"/gone": [Visit("/gone")]})


def test_an_exception_holds_only_for_what_it_says() -> None:
    seven = {"page": (Cost(7, 0), Cost(7, 0))}
    assert wrong(seven, {"page": Known(7, "planted")}) == []
    assert len(wrong(seven, {})) == 1
    assert len(wrong(seven, {"page": Known(8, "it was worse once")})) == 1
    assert len(wrong({"page": (Cost(3, 0), Cost(3, 0))}, {"page": Known(7, "it is good now")})) == 1
    assert len(wrong({}, {"page": Known(7, "nobody visits it")})) == 1
    assert len(wrong({"page": (Cost(5, 0), Cost(6, 0))}, {})) == 1
