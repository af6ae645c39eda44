"""A member's page: what it says, whose posts it shows, what it costs, and when it goes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert
from tests.apps.home.conftest import post
from tests.apps.home.members import AUTHOR, OTHER, House

from archive_chassis.database import reader, session
from archive_chassis.testing import make_app, make_settings, new_client, sent_statements
from archive_home import profiles
from archive_home.tables import BOARDS, directory_member, front_post


@pytest.fixture
def house(app: Flask) -> House:
    made = House(app)
    made.settle()
    return made


def publish(house: House, board: str, numbers: Iterable[int], by: int = AUTHOR) -> None:
    author = {"id": by, "nickname": "아무개", "avatar": ""}
    for number in numbers:
        house.tell(board, "post.published", post(number, board=board, url=f"/{board}/{number}", author=author))


def page_of(house: House, member: int, query: str = "") -> str:
    return new_client(house.app).get(f"/members/{member}{query}").text


def test_it_says_who_they_are_since_when_and_how_much_they_wrote(house: House) -> None:
    data = {"id": 30, "nickname": "오래된회원", "avatar": "/auth/avatars/b.webp"}
    house.tell("auth", "member.registered", data, at="2026-02-03T22:00:00Z")
    house.tell("auth", "member.role_changed", {"id": 30, "role": "moderator"})
    publish(house, "guides", range(1, 4), by=30)
    publish(house, "qa", range(1, 3), by=30)
    publish(house, "news", range(1, 3), by=OTHER)
    page = page_of(house, 30)
    assert "<h1>오래된회원</h1>" in page
    assert "2026. 2. 4.에 가입" in page, "by the site's own time zone"
    assert "운영진" in page
    assert "/auth/avatars/b.webp" in page
    assert re.findall(r'class="chip" href="([^"]+)">([^<]+)<', page) == [
        ("/guides/?author=30", "공략 3"),
        ("/qa/?author=30", "Q&amp;A 2"),
    ]
    assert len(re.findall(r'class="post-row__title" href="/(?:guides|qa)/\d"', page)) == 5
    assert "/news/1" not in page


def test_pages_follow_one_another_over_all_boards(house: House) -> None:
    for board in BOARDS:
        publish(house, board, range(1, 16))  # at the same fifteen moments on each board
    addresses, seen = [f"/members/{AUTHOR}"], list[str]()
    while addresses:
        page = new_client(house.app).get(addresses.pop()).text
        seen += re.findall(r'class="post-row__title" href="([^"]+)"', page)
        addresses = re.findall(r'href="([^"]+)" rel="next"', page)
    assert len(seen) == len(set(seen)) == 45
    moments = [int(address.rsplit("/", 1)[1]) for address in seen]
    assert moments == sorted(moments, reverse=True)
    back = re.findall(r'href="([^"]+)" rel="prev"', page)
    assert re.findall(r'class="post-row__title" href="([^"]+)"', new_client(house.app).get(back[0]).text) == seen[20:40]


def test_removed_and_hidden_posts_are_neither_shown_nor_counted(house: House) -> None:
    publish(house, "guides", range(1, 4))
    house.tell("guides", "post.removed", {"id": 2, "board": "guides"})
    page = page_of(house, AUTHOR)
    assert "공략 2" in page
    assert "/guides/2" not in page
    house.tell("guides", "post.removed", {"id": 1})
    house.tell("guides", "post.removed", {"id": 3})
    page = page_of(house, AUTHOR)
    assert "아직 쓴 글이 없어요" in page
    assert "chip" not in page


def test_who_has_left_is_gone_and_who_never_was_is_not_found(house: House) -> None:
    publish(house, "guides", [1])
    assert "글 제목 1" in page_of(house, AUTHOR)
    house.tell("auth", "member.deleted", {"id": AUTHOR})
    answer = new_client(house.app).get(f"/members/{AUTHOR}")
    assert answer.status_code == 410
    assert "새벽토끼" not in answer.text
    for unknown in ("999", "0", "9" * 30):
        assert new_client(house.app).get(f"/members/{unknown}").status_code == 404


def test_a_member_of_whom_only_the_role_is_known_is_not_found(house: House) -> None:
    house.tell("auth", "member.role_changed", {"id": 50, "role": "admin"})
    assert new_client(house.app).get("/members/50").status_code == 404


def test_a_new_name_reaches_a_page_that_was_kept(house: House) -> None:
    visitor = new_client(house.app)
    first = visitor.get(f"/members/{AUTHOR}")
    assert visitor.get(f"/members/{AUTHOR}", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    house.tell("auth", "member.renamed", {"id": AUTHOR, "nickname": "저녁토끼", "avatar": ""})
    assert "저녁토끼" in visitor.get(f"/members/{AUTHOR}").text


def test_one_s_own_page_leads_to_one_s_account_and_is_shown_to_nobody_else(house: House) -> None:
    own = house.browser(AUTHOR).get(f"/members/{AUTHOR}").text
    assert own.count('href="/auth/me"') == 2, "in the menu and on the page"
    assert house.browser(OTHER).get(f"/members/{AUTHOR}").text.count('href="/auth/me"') == 1
    assert 'href="/auth/me"' not in page_of(house, AUTHOR)


@pytest.mark.parametrize("cursor", ["x", "WyJhIiwxXQ", "WyJhIiwiMjAyNi0wMS0wMSIsIm5ld3MiLCJ4Il0"])
def test_a_foreign_cursor_is_refused(house: House, cursor: str) -> None:
    assert new_client(house.app).get(f"/members/{AUTHOR}?cursor={cursor}").status_code == 422


def test_a_hostile_name_is_text(house: House) -> None:
    house.tell("auth", "member.renamed", {"id": AUTHOR, "nickname": "<script>{a}", "avatar": ""})
    page = page_of(house, AUTHOR)
    assert "&lt;script&gt;{a}" in page
    assert "<script>{a}" not in page


@pytest.mark.parametrize("count", [10, 1000])
def test_it_costs_the_same_however_much_they_wrote(house: House, count: int) -> None:
    publish(house, "guides", [1])
    with house.app.app_context():
        row = dict(reader().execute(front_post.select()).mappings().one())
        session().execute(insert(front_post), [row | {"post_id": number} for number in range(2, count + 1)])
        session().commit()
    visitor = new_client(house.app)
    with sent_statements(house.app) as sent:
        assert f"공략 {count}" in visitor.get(f"/members/{AUTHOR}").text
        assert len(sent) == 4, sent
        sent.clear()
        visitor.get(f"/members/{AUTHOR}")
        assert len(sent) == 1, "the version alone"


def test_the_posts_are_read_through_an_index_in_their_order(tmp_path: Path) -> None:
    """SQLite tells: a sort would be a "TEMP B-TREE"."""
    lite = make_app("home", make_settings("home", tmp_path))
    with lite.app_context():
        session().execute(
            insert(directory_member).values(
                id=1, nickname="새벽토끼", name_key="새벽토끼", avatar="", role="member", joined_at=None, gone=False
            )
        )
        session().commit()
    with lite.test_request_context(), sent_statements(lite) as seen:
        profiles.read(1, None, {})
        _find, counts, posts = seen[:]
        for statement, values in (counts, posts):
            plan = [str(row[-1]) for row in reader().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert any("ix_front_post_author" in step for step in plan), plan
            if statement is posts[0]:
                assert not any("TEMP" in step for step in plan), plan
