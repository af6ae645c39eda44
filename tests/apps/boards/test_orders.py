"""Orders and filters of a list, and that each is a list of its own with pages of its own."""

from __future__ import annotations

import pytest
from tests.apps.boards.site import OTHER, Site
from tests.apps.boards.test_lists import link, titles


def everything(site: Site, address: str) -> list[str]:
    found: list[str] = []
    following: str | None = address
    while following:
        page = site.visitor.get(following).text
        found += titles(page)
        following = link(page, "next")
    return found


def test_the_most_voted_come_first(guides: Site) -> None:
    guides.many(25)
    for number in (2, 3, 4):
        guides.member(number).post("/guides/7/vote", data={"vote": "1"})
    guides.member(2).post("/guides/9/vote", data={"vote": "1"})
    guides.member(2).post("/guides/25/vote", data={"vote": "-1"})
    found = everything(guides, "/guides/?sort=votes")
    assert found[:2] == ["글 7", "글 9"]
    assert found[-1] == "글 25"
    assert sorted(found) == sorted(f"글 {n}" for n in range(1, 26))


def test_the_last_spoken_of_come_first(guides: Site) -> None:
    guides.many(25)
    for post_id in (3, 20):
        guides.comment(guides.member(), post_id)
    found = everything(guides, "/guides/?sort=active")
    assert found[:3] == ["글 20", "글 3", "글 25"]
    assert len(set(found)) == 25


def test_an_authors_posts(guides: Site) -> None:
    guides.many(3)
    guides.write(guides.member(OTHER, "바다고래"), title="글 99")
    page = guides.visitor.get(f"/guides/?author={OTHER}").text
    assert titles(page) == ["글 99"]
    assert "바다고래의 글" in page
    assert 'content="noindex, follow"' in page


def test_questions_that_wait(qa: Site) -> None:
    qa.many(3)
    qa.comment(qa.member(OTHER), 2, kind="answers")
    assert everything(qa, "/qa/?sort=unanswered") == everything(qa, "/qa/?unanswered=1") == ["글 3", "글 1"]


def test_filters_go_together(guides: Site) -> None:
    guides.fill(
        [
            guides.line(f"글 {n}", category="boss" if n % 2 else "raid", tags=["짝"] if n < 5 else [])
            for n in range(1, 9)
        ]
    )
    assert everything(guides, "/guides/?category=boss&tag=짝&sort=votes") == ["글 3", "글 1"]
    assert everything(guides, "/guides/?category=raid&tag=짝") == ["글 4", "글 2"]
    assert everything(guides, "/guides/?tag=짝&author=100&sort=active") == ["글 4", "글 3", "글 2", "글 1"]


@pytest.mark.parametrize("query", ["sort=hottest", "sort=unanswered", "author=x", "author=-1", "author=" + "9" * 30])
def test_what_no_list_has_is_not_found(lite: Site, query: str) -> None:
    assert lite.visitor.get(f"/guides/?{query}").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "sort=active", "sort=votes", "tag=가", "tag=가&sort=votes", "author=100", "category=boss&sort=active"]
)
@pytest.mark.parametrize("count", [10, 1000])
def test_a_list_costs_the_same_statements_whatever_it_holds(lite: Site, query: str, count: int) -> None:
    lite.many(count, tags=["가"], category="boss")
    lite.visitor.get("/guides/")
    with lite.statements() as sent:
        assert lite.visitor.get(f"/guides/?{query}").status_code == 200
    assert len(sent) <= 4
