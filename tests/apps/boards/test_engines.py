"""What search engines read: the sitemap, and structured data."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.apps.boards.site import OTHER, Site

from archive_boards import reading

SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def locations(text: str) -> list[str]:
    return [str(one.text) for one in ElementTree.fromstring(text).iterfind(".//s:loc", SITEMAP)]  # noqa: S314 - our own


def test_every_post_is_in_one_list_of_the_sitemap(guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BLOCK", 10)
    guides.many(25)
    lists = locations(guides.visitor.get("/guides/sitemap.xml").text)
    assert lists == [f"http://localhost/guides/sitemap-{n}.xml" for n in range(3)]
    found = [one for part in lists for one in locations(guides.visitor.get(part).text)]
    assert found == [f"http://localhost/guides/{n}" for n in range(1, 26)]
    assert guides.visitor.get("/guides/sitemap-3.xml").status_code == 404


def test_an_empty_board_has_an_empty_sitemap(guides: Site) -> None:
    assert locations(guides.visitor.get("/guides/sitemap.xml").text) == ["http://localhost/guides/sitemap-0.xml"]
    assert locations(guides.visitor.get("/guides/sitemap-0.xml").text) == []


def data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_a_question_tells_its_answers(qa: Site) -> None:
    post_id = qa.write(qa.member(), title="</script><b>어디서?")
    first = qa.comment(qa.member(OTHER), post_id, "여기서", kind="answers")
    qa.comment(qa.member(3), post_id, "저기서", kind="answers")
    qa.member().post(f"/qa/{post_id}/accept", data={"answer": str(first)})
    found = data(qa.visitor.get(f"/qa/{post_id}").text)
    question = found["mainEntity"]
    assert (found["@type"], question["@type"], question["name"]) == ("QAPage", "Question", "</script><b>어디서?")
    assert question["answerCount"] == 2
    assert question["acceptedAnswer"]["text"] == "여기서"
    assert [answer["text"] for answer in question["suggestedAnswer"]] == ["저기서"]
    assert question["acceptedAnswer"]["url"] == f"http://localhost/qa/{post_id}#comment-{first}"


def test_other_posts_are_articles(news: Site) -> None:
    post_id = news.write(news.moderator(), tags="업데이트 출시")
    found = data(news.visitor.get(f"/news/{post_id}").text)
    assert (found["@type"], found["keywords"]) == ("NewsArticle", ["업데이트", "출시"])
    news.moderator().post(f"/news/{post_id}/delete")
    assert "ld+json" not in news.moderator().get(f"/news/{post_id}").text
