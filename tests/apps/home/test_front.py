"""The front page: what stands where, what it costs, and when it is kept."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import inspect
from tests.apps.home.conftest import Tell, fill, post

from archive_chassis.database import database, reader
from archive_chassis.testing import Client, make_app, make_settings, new_client, sent_statements
from archive_home import front
from archive_home.tables import BOARDS, front_post, home_metadata

Statements = list[tuple[str, Any]]
StatementsOf = Callable[[Flask], Statements]


@pytest.fixture
def statements_of() -> Generator[StatementsOf]:
    """A function that gives every SQL statement (and its values) that an app sends from then on."""
    with ExitStack() as watching:
        yield lambda app: watching.enter_context(sent_statements(app))


def test_each_section_has_its_posts_in_order(app: Flask, tell: Tell) -> None:
    fill(tell)
    tell("guides", "post.changed", post(101, board="guides", title="다들 보는 공략", comments=900))
    with app.test_request_context():
        shown = front.read_front(BOARDS)
    assert shown.hot[0].title == "다들 보는 공략"
    assert len(shown.hot) == front.HOT_POSTS
    assert [each.hot for each in shown.hot] == sorted((each.hot for each in shown.hot), reverse=True)
    for board in BOARDS:
        posts = shown.newest[board]
        assert len(posts) == front.NEWEST_POSTS[board]
        assert {each.board for each in posts} == {board}
        times = [each.published_at for each in posts]
        assert times == sorted(times, reverse=True)
    assert shown.newest["news"][0].title == "글 제목 12"


def test_costs_two_statements_for_visitors_and_one_from_the_cache(
    app: Flask, client: Client, tell: Tell, statements_of: StatementsOf
) -> None:
    fill(tell)
    statements = statements_of(app)
    assert client.get("/").status_code == 200
    assert len(statements) == 2, statements
    statements.clear()
    assert client.get("/").status_code == 200
    assert len(statements) == 1, "the version alone"
    assert "event_offset" in statements[0][0]
    client.login(7, "새벽토끼")
    statements.clear()
    assert "새벽토끼님, 오늘은" in client.get("/").get_data(as_text=True)
    assert len(statements) == 4, "the version, the posts, no visit known, the first one noted (see test_visits)"


def test_a_kept_page_is_renewed_by_the_next_event_and_by_nothing_else(client: Client, tell: Tell) -> None:
    fill(tell)
    first = client.get("/")
    tag = first.headers["ETag"]
    assert client.get("/", headers={"If-None-Match": tag}).status_code == 304
    tell("qa", "post.published", post(250, board="qa", title="방금 올린 질문", published_at="2026-03-02T00:00:00Z"))
    second = client.get("/", headers={"If-None-Match": tag})
    assert second.status_code == 200
    assert second.headers["ETag"] != tag
    assert "방금 올린 질문" in second.get_data(as_text=True)
    assert "방금 올린 질문" not in first.get_data(as_text=True)


def test_members_and_visitors_never_share_a_page(app: Flask, client: Client, tell: Tell) -> None:
    fill(tell)
    client.login(7, "비밀의회원")
    assert "비밀의회원" in client.get("/").get_data(as_text=True)
    visitor = new_client(app).get("/").get_data(as_text=True)
    assert "비밀의회원" not in visitor
    assert "회원가입" in visitor


def test_a_hostile_title_is_text(client: Client, tell: Tell) -> None:
    tell("news", "post.published", post(1, title="<script>alert(1)</script>", summary='"><img src=x>'))
    for address in ("/", "/feed.atom", "/sitemap.xml"):
        page = client.get(address).get_data(as_text=True)
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_the_feed_and_the_sitemap_are_sound_and_name_the_newest(client: Client, tell: Tell) -> None:
    fill(tell)
    tell("news", "post.removed", {"id": 12})
    feed = ElementTree.fromstring(client.get("/feed.atom").data)  # noqa: S314 - our own app wrote it
    atom = "{http://www.w3.org/2005/Atom}"
    ids = [entry.findtext(f"{atom}id") for entry in feed.iter(f"{atom}entry")]
    assert len(ids) == 35
    assert "http://localhost/news/11" in ids
    assert "http://localhost/news/12" not in ids
    sitemap = ElementTree.fromstring(client.get("/sitemap.xml").data)  # noqa: S314 - our own app wrote it
    places = [each.text for each in sitemap.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert places[0] == "http://localhost/"
    assert {"http://localhost/guides/", "http://localhost/privacy", "http://localhost/qa/201"} <= set(places)


def test_the_models_and_the_migrations_agree(app: Flask) -> None:
    with app.app_context():
        found = inspect(database().engine)
    for table in home_metadata.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}
        indexes = {index["name"]: index["column_names"] for index in found.get_indexes(table.name)}
        assert indexes == {str(index.name): [column.name for column in index.columns] for index in table.indexes}
    assert front_post.name in found.get_table_names()


def test_every_section_is_read_through_an_index_in_its_order(tmp_path: Path, statements_of: StatementsOf) -> None:
    """SQLite tells: a sort would be a "TEMP B-TREE"."""
    lite = make_app("home", make_settings("home", tmp_path))
    seen = statements_of(lite)
    with lite.test_request_context():
        front.read_front(BOARDS)
        front.read_newest(10)
        for statement, values in seen[:]:
            plan = reader().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            steps = [str(row[-1]) for row in plan if "front_post" in row[-1] or "TEMP" in row[-1]]
            assert steps
            assert all(step.startswith("SEARCH front_post USING INDEX") for step in steps), steps
        unsorted = reader().exec_driver_sql("EXPLAIN QUERY PLAN SELECT * FROM front_post ORDER BY views").all()
        assert any("TEMP B-TREE" in str(row[-1]) for row in unsorted), "the check can fail"
