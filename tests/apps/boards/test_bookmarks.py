"""Bookmarks are a member's own."""

from __future__ import annotations

from tests.apps.boards.site import OTHER, Site
from tests.apps.boards.test_races import TOGETHER, at_once, post


def test_a_bookmarked_post_is_found_again(guides: Site) -> None:
    reader = guides.member(OTHER)
    posts = [guides.write(guides.member(), title=f"글 {n}") for n in range(3)]
    for post_id in (posts[2], posts[0]):
        assert reader.post(f"/guides/{post_id}/bookmark", data={"keep": "1"}).location == f"/guides/{post_id}"
    page = reader.get("/guides/bookmarks").text
    assert page.index("글 0") < page.index("글 2")  # the newest bookmark first
    assert "글 1" not in page
    assert "북마크 빼기" in reader.get(f"/guides/{posts[0]}").text
    assert "담아 둔 글이 없어요" in guides.member(3).get("/guides/bookmarks").text
    reader.post(f"/guides/{posts[0]}/bookmark")
    assert "글 0" not in reader.get("/guides/bookmarks").text
    assert "/auth/login" in guides.visitor.get("/guides/bookmarks").location


def test_a_post_is_bookmarked_once(guides: Site) -> None:
    post_id = guides.write(guides.member())
    assert (
        at_once(*(post(guides, OTHER, f"/{post_id}/bookmark", keep="1") for _ in range(TOGETHER))) == [303] * TOGETHER
    )
    assert guides.count("bookmark") == 1


def test_what_is_gone_leaves_the_bookmarks(guides: Site) -> None:
    author, reader = guides.member(), guides.member(OTHER)
    post_id = guides.write(author, title="사라질 글")
    reader.post(f"/guides/{post_id}/bookmark", data={"keep": "1"})
    author.post(f"/guides/{post_id}/delete")
    assert "사라질 글" not in reader.get("/guides/bookmarks").text
    assert reader.post(f"/guides/{post_id}/bookmark", data={"keep": "1"}).status_code == 410
    author.post(f"/guides/{post_id}/restore")
    assert "사라질 글" in reader.get("/guides/bookmarks").text


def test_bookmarks_have_pages(lite: Site) -> None:
    lite.many(25)
    reader = lite.member(OTHER)
    for post_id in range(1, 26):
        reader.post(f"/guides/{post_id}/bookmark", data={"keep": "1"})
    first = reader.get("/guides/bookmarks").text
    assert first.count('class="post-row"') == 20
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert reader.get(following).text.count('class="post-row"') == 5
    with lite.statements() as sent:
        reader.get("/guides/bookmarks")
    assert len(sent) == 1
