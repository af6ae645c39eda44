"""Definitions of boards are checked; the models and the migrations agree."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from tests.apps.boards.conftest import MakeSite
from tests.apps.boards.site import Site

from archive_boards import Board, Category, Field
from archive_boards.service import find_board
from archive_chassis.tables import chassis_metadata

GOOD = (Category("one", "하나"),)


@pytest.mark.parametrize(
    ("categories", "fields"),
    [
        ((), ()),
        ((Category("One", "하나"),), ()),
        ((*GOOD, Category("one", "또 하나")), ()),
        (GOOD, (Field("title", "제목"),)),
        (GOOD, (Field("game", "게임"), Field("game", "게임"))),
    ],
)
def test_a_wrong_definition_is_refused(categories: tuple[Category, ...], fields: tuple[Field, ...]) -> None:
    with pytest.raises(ValueError, match="board 'things'"):
        Board("things", "것들", "이것저것", categories, fields=fields)
    assert (
        Board("things", "것들", "이것저것", GOOD, fields=(Field("game", "게임"),)).tables.post.c.game.type.length == 100
    )


def test_only_boards_are_boards() -> None:
    assert find_board("news").title == "뉴스"
    with pytest.raises(LookupError, match="is not a board"):
        find_board("home")
    with pytest.raises(LookupError, match="no service 'nowhere'"):
        find_board("nowhere")


def differences(site: Site, models: Board) -> list[object]:
    """What would have to change in a site's schema for it to be that of `models`."""
    known = {*chassis_metadata.tables, "alembic_version"}
    with site.database() as store, store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [one for one in compare_metadata(context, models.tables.metadata) if not _about(one, known)]


@pytest.mark.parametrize("name", ["news", "guides", "qa"])
def test_the_migrations_make_the_models(make_site: MakeSite, name: str) -> None:
    site = make_site(name)
    assert differences(site, site.board) == []
    with site.database() as store, store.engine.connect() as connection:
        unique = {tuple(one["column_names"]) for one in inspect(connection).get_unique_constraints("post")}
    assert unique == {("author_id", "submission"), ("import_key",)}


def test_the_comparison_sees_a_missing_column(guides: Site) -> None:
    assert "difficulty" in str(differences(guides, find_board("news")))
    assert "accepted_id" in str(differences(guides, find_board("qa")))


def _about(difference: object, tables: set[str]) -> bool:
    """Whether a difference is about one of the chassis' tables, which are not in the board's metadata."""
    if not isinstance(difference, tuple):
        return False
    subject = difference[1]
    return getattr(getattr(subject, "table", subject), "name", "") in tables
