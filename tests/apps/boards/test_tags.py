"""Tags: what is typed becomes few clean words; their lists and counts follow the posts."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from tests.apps.boards.site import OTHER, Site

from archive_boards import tags


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("보스 초보", ("보스", "초보")),
        ("#보스,#초보  보스", ("보스", "초보")),
        ("ＲＰＧ Rpg rpg", ("rpg",)),
        ("c++ 2.1 pvp-팁", ("c++", "2.1", "pvp-팁")),
        (" , # ", ()),
        ("", ()),
    ],
)
def test_what_is_typed_becomes_words(typed: str, found: tuple[str, ...]) -> None:
    assert tags.parse(typed) == found
    assert tags.problem(found) == ""


@pytest.mark.parametrize("typed", ["가 나 다 라 마 바", "가" * 21, "<b>", "a/b", "a\x00b", "😀", "'"])
def test_what_is_no_tag_is_refused(lite: Site, typed: str) -> None:
    answer = lite.member().post("/guides/write", data=lite.form(tags=typed, title="그대로 남을 제목"))
    assert answer.status_code == 422
    assert 'id="field-tags-error"' in answer.text
    assert "그대로 남을 제목" in answer.text
    assert lite.count("post") == 0


def counts(site: Site) -> dict[str, int]:
    t = site.board.tables.tag
    with site.database() as store, store.engine.connect() as connection:
        return {name: posts for name, posts in connection.execute(select(t.c.name, t.c.posts)) if posts}


def test_counts_and_lists_follow_what_happens_to_a_post(guides: Site) -> None:
    author, moderator = guides.member(), guides.moderator()
    one = guides.write(author, title="첫 글", tags="보스 초보")
    guides.write(author, title="둘째 글", tags="보스")
    assert counts(guides) == {"보스": 2, "초보": 1}
    listed = guides.visitor.get("/guides/?tag=보스").text
    assert listed.index("둘째 글") < listed.index("첫 글")
    assert "둘째 글" not in guides.visitor.get("/guides/?tag=초보").text
    author.post(f"/guides/{one}/edit", data=guides.form(title="첫 글", tags="초보 레이드", revision="1"))
    assert counts(guides) == {"보스": 1, "초보": 1, "레이드": 1}
    assert "첫 글" not in guides.visitor.get("/guides/?tag=보스").text
    moderator.post(f"/guides/{one}/pin", data={"pinned": "1"})
    assert counts(guides) == {"보스": 1, "초보": 1, "레이드": 1}
    author.post(f"/guides/{one}/delete")
    assert counts(guides) == {"보스": 1}
    assert "첫 글" not in guides.visitor.get("/guides/?tag=초보").text
    author.post(f"/guides/{one}/restore")
    assert counts(guides) == {"보스": 1, "초보": 1, "레이드": 1}
    assert "첫 글" in guides.visitor.get("/guides/?tag=초보").text


def test_the_page_of_tags_shows_the_most_used_first(guides: Site) -> None:
    assert "아직 태그가 없어요" in guides.visitor.get("/guides/tags").text
    guides.write(guides.member(), tags="드문")
    for _ in range(2):
        guides.write(guides.member(OTHER), tags="흔한")
    page = guides.visitor.get("/guides/tags").text
    assert page.index("#흔한") < page.index("#드문")
    assert guides.visitor.get("/guides/feed.atom?tag=드문").text.count("<entry>") == 1
    assert guides.events("post.published")[0]["data"]["tags"] == ["드문"]


def test_a_post_links_to_its_tags(lite: Site) -> None:
    post_id = lite.write(lite.member(), tags="보스 c++")
    page = lite.visitor.get(f"/guides/{post_id}").text
    assert 'href="/guides/?tag=%EB%B3%B4%EC%8A%A4">#보스<' in page
    assert 'href="/guides/?tag=c%2B%2B">#c++<' in page
    assert "<h1>#c++</h1>" in lite.visitor.get("/guides/?tag=c%2B%2B").text
