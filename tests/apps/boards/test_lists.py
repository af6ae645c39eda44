"""Lists: order, pages that stay whole while the board changes, and what they cost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import text
from tests.apps.boards.conftest import MakeSite
from tests.apps.boards.site import Site

from archive_boards import reading
from archive_boards.reading import Wanted
from archive_chassis.pagination import Cursor


def titles(page: str) -> list[str]:
    return re.findall(r">(글 \d+)<", page)


def link(page: str, relation: str) -> str | None:
    found = re.search(rf'href="([^"]+)" rel="{relation}"', page)
    return found[1].replace("&amp;", "&") if found else None


def numbered(first: int, last: int) -> list[str]:
    return [f"글 {n}" for n in range(first, last - 1, -1)]


def test_pages_follow_one_another_in_both_directions(guides: Site) -> None:
    guides.many(45)
    first = guides.visitor.get("/guides/").text
    assert titles(first) == numbered(45, 26)
    assert link(first, "prev") is None
    second = guides.visitor.get(link(first, "next")).text
    assert titles(second) == numbered(25, 6)
    third = guides.visitor.get(link(second, "next")).text
    assert titles(third) == numbered(5, 1)
    assert link(third, "next") is None
    assert titles(guides.visitor.get(link(third, "prev")).text) == numbered(25, 6)
    assert titles(guides.visitor.get(link(third, "first")).text) == numbered(45, 26)


def test_a_page_stays_whole_while_posts_come_and_go(guides: Site) -> None:
    guides.many(45)
    first = guides.visitor.get("/guides/").text
    client = guides.admin()
    guides.write(client, title="글 100")
    client.post("/guides/30/delete")  # on the page that was read
    client.post("/guides/26/delete")  # the very row that the next page begins after
    client.post("/guides/20/delete")  # on the next page
    second = guides.visitor.get(link(first, "next")).text
    assert titles(second) == [title for title in numbered(25, 5) if title != "글 20"]


def test_posts_of_the_same_moment_are_neither_lost_nor_doubled(guides: Site) -> None:
    guides.fill([guides.line(f"글 {n}", published_at="2026-01-01T00:00:00Z") for n in range(1, 46)])
    page, seen = guides.visitor.get("/guides/").text, []
    while True:
        seen += titles(page)
        following = link(page, "next")
        if following is None:
            break
        page = guides.visitor.get(following).text
    assert seen == numbered(45, 1)


def test_categories_keep_their_own_pages(guides: Site) -> None:
    guides.many(25, category="boss")
    guides.fill([guides.line("글 99", category="raid")])
    page = guides.visitor.get("/guides/?category=boss").text
    assert "글 99" not in page
    following = link(page, "next")
    assert following is not None
    assert "category=boss" in following
    assert titles(guides.visitor.get(following).text) == numbered(5, 1)
    assert "글 99" in guides.visitor.get("/guides/?category=raid").text


def test_empty_lists_say_what_to_do(make_site: MakeSite) -> None:
    guides, news = make_site("guides"), make_site("news")
    assert "아직 공략이 없어요" in guides.visitor.get("/guides/").text
    assert "/guides/write" in guides.visitor.get("/guides/").text
    assert "/news/write" not in news.visitor.get("/news/").text
    assert "/news/write" in news.moderator().get("/news/").text
    assert "조건에 맞는 글이 없어요" in guides.visitor.get("/guides/?category=boss").text


@pytest.mark.parametrize(
    "word",
    [
        "x",
        "가",
        Cursor("after", ()).encode(),
        Cursor("after", (1, 2)).encode(),
        Cursor("after", ("yesterday", 2)).encode(),
        Cursor("after", ("2026-01-01T00:00:00", "2")).encode(),
        Cursor("after", ("2026-01-01T00:00:00", 10**30)).encode(),
    ],
)
def test_a_broken_cursor_is_refused(lite: Site, word: str) -> None:
    assert lite.visitor.get(f"/guides/?cursor={word}").status_code == 422


@pytest.mark.parametrize("name", ["news", "guides", "qa"])
def test_reading_costs_the_same_few_statements_for_any_number_of_rows(make_site: MakeSite, name: str) -> None:
    site = make_site(name)
    said = {"author": {"id": 5, "nickname": "파도소리"}, "body": "말", "at": "-PT1M"}
    talk = [{**said, "replies": [said, said]} for _ in range(30)]
    few, many = site.line("글", comments=talk[:1]), site.line("글", comments=talk)
    site.fill([few, many])
    counts: dict[str, int] = {}

    def cost(what: str, client_number: int | None, address: str) -> None:
        client = site.visitor if client_number is None else site.member(client_number)
        with site.statements() as sent:
            assert client.get(address).status_code == 200
        counts[what] = len(sent)

    cost("few", None, f"/{name}/1")
    cost("many", None, f"/{name}/2")
    cost("member", 1, f"/{name}/2")
    cost("another member", 2, f"/{name}/2")
    cost("cached", None, f"/{name}/2")
    cost("list", None, f"/{name}/")
    cost("member list", 1, f"/{name}/")
    cost("cached list", None, f"/{name}/")
    site.many(60)
    cost("long list", None, f"/{name}/")
    site.many(1)
    cost("member list after a change", 1, f"/{name}/")
    guide = 1 if site.board.guides else 0  # what members say of versions; and which guides the week liked, at first
    assert counts == {
        "few": 4 + guide,
        "many": 4 + guide,
        "member": 4 + guide,
        "another member": 1,
        "cached": 1,
        "list": 3 + guide,
        "member list": 1,
        "cached list": 1,
        "long list": 3,
        "member list after a change": 3,
    }


def test_a_member_and_an_editor_share_the_rows_and_not_the_button(make_site: MakeSite) -> None:
    news = make_site("news")
    editor, member = news.member(2, role="moderator"), news.member(1)
    for _ in range(2):
        assert "/news/write" in editor.get("/news/").text
        assert "/news/write" not in member.get("/news/").text
    news.write(editor, title="방금 쓴 소식")
    assert "방금 쓴 소식" in member.get("/news/").text
    assert "방금 쓴 소식" in news.visitor.get("/news/").text


@pytest.mark.parametrize("category", [None, "boss"])
def test_a_far_page_is_found_by_the_index(guides: Site, category: str | None) -> None:
    guides.many(600, category="boss")
    with guides.app.app_context():
        first = reading.list_posts(guides.board, Wanted(category), None)
        assert first.posts.next is not None
        cursor = Cursor.decode(first.posts.next, 2)
    with guides.statements() as sent, guides.app.app_context():
        reading.list_posts(guides.board, Wanted(category), cursor)
    ((query, values),) = sent
    plan = explain(guides, query, values)
    index = f"ix_post_placement_{'category_' if category else ''}published_at_id"
    assert index in plan
    assert "temp b-tree" not in plan.lower()
    assert "filesort" not in plan.lower()
    if "<derived" in plan.lower():  # MariaDB goes to the cursor in the index, and does not read up to it from the start
        assert " range " in plan.lower()
        assert "using index" in plan.lower()


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(sort="active"), "ix_post_placement_active_at_id"),
        (Wanted(sort="votes"), "ix_post_placement_score_id"),
        (Wanted("boss", sort="active"), "ix_post_placement_category_active_at_id"),
        (Wanted("boss", sort="votes"), "ix_post_placement_category_score_id"),
        (Wanted(author=100), "ix_post_author_id_placement_published_at_id"),
        (Wanted(tag="흔한"), "ix_post_tag_tag_placement_published_at_post_id"),
    ],
)
def test_each_order_has_its_index(guides: Site, wanted: Wanted, index: str) -> None:
    guides.many(600, category="boss", tags=["흔한"])
    with guides.statements() as sent, guides.app.app_context():
        reading.list_posts(guides.board, wanted, None)
    plan = explain(guides, *sent[0])
    assert index in plan
    assert "temp b-tree" not in plan.lower()
    assert "filesort" not in plan.lower()


def explain(site: Site, query: str, values: Any) -> str:
    """How the database means to run a statement."""
    with site.database() as store, store.engine.connect() as connection:
        connection.execute(text("ANALYZE" if store.is_sqlite else "ANALYZE TABLE post"))
        word = "EXPLAIN QUERY PLAN " if store.is_sqlite else "EXPLAIN "
        rows = connection.exec_driver_sql(word + query, values)
        return "\n".join(" ".join(str(part) for part in row) for row in rows)
