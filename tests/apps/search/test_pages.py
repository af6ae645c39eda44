"""The pages of the search: what they show, refuse and cost."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from flask import Flask
from tests.apps.search.conftest import Tell, fill, merge, post
from tests.apps.search.corpus import FIRST

import archive_home.search
from archive_chassis import i18n
from archive_chassis.search import Document
from archive_chassis.testing import Client, new_client, sent_statements
from archive_home.search import routes


def page(client: Client, text: str, **more: str) -> str:
    address = f"/search?q={quote(text)}" + "".join(f"&{name}={quote(value)}" for name, value in more.items())
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def hits(html: str) -> list[str]:
    return re.findall(r'<a class="search-hit__title" href="([^"]+)"', html)


def test_results_are_marked_and_say_where_they_are_from(client: Client, tell: Tell) -> None:
    tell("guides", "post.published", post(1, title="보스 공략", text="회피를 두 번 해요", comments=3))
    html = page(client, "공략을")
    assert hits(html) == ["/guides/1"]
    assert "보스 <mark>공략</mark>" in html
    assert "회피를 두 번 해요" in html
    assert "새벽토끼" in html
    assert "공략</span>" in html  # the board's badge
    assert "1개를 찾았어요." in html
    assert 'value="공략을"' in html
    assert "<mark>회피</mark>를" in page(client, "회피")


def test_nothing_that_is_typed_or_stored_is_markup(client: Client, tell: Tell) -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    tell("guides", "post.published", post(1, title=hostile, text=hostile, game=hostile, tags=["<b>"]))
    for text in ("script", hostile, "alert img"):
        html = page(client, text)
        assert "<script>alert" not in html
        assert "<img src=x" not in html
    assert hits(page(client, "script")) == ["/guides/1"]


def test_filters_narrow_and_can_be_taken_away(client: Client, tell: Tell) -> None:
    tell("guides", "post.published", post(1, title="보스 공략", tags=["초보"]))
    tell("qa", "post.published", post(1, title="보스 질문", url="/qa/1", author={"id": 8, "nickname": "물음표"}))
    assert len(hits(page(client, "보스"))) == 2
    html = page(client, "보스", board="qa")
    assert hits(html) == ["/qa/1"]
    assert 'name="board" value="qa"' in html
    html = page(client, "보스", author="8")
    assert hits(html) == ["/qa/1"]
    assert "물음표님의 글" in html
    assert hits(page(client, "보스", tag="#초보")) == hits(page(client, "#초보")) == ["/guides/1"]
    assert len(hits(page(client, "보스", board="nowhere", author="x", page="-1", tag=""))) == 2


def test_an_empty_search_shows_how_to_search_and_asks_nothing_of_the_database(app: Flask, client: Client) -> None:
    with sent_statements(app) as sent:
        html = page(client, "")
    assert sent == []
    assert " autofocus" in html
    assert "이렇게 찾을 수 있어요" in html
    assert " autofocus" not in page(client, "보스")
    assert "찾은 글이 없어요" in page(client, "보스")


def test_robots_stay_away(client: Client) -> None:
    answer = client.get("/search?q=a")
    assert answer.headers["X-Robots-Tag"] == "noindex, follow"
    assert '<meta name="robots" content="noindex, follow">' in answer.get_data(as_text=True)


@pytest.mark.parametrize("documents", [10, 1_000])
def test_a_page_takes_six_statements_or_fewer(app: Flask, client: Client, documents: int) -> None:
    fill(
        app,
        [Document("guides", n, f"보스 공략 {n}", "/", 1, "가", FIRST, text="회피를") for n in range(1, documents + 1)],
    )
    for text in ("보스", "보스 회피", "보수 곤략", "없는말 또없는말"):
        for _ in range(2):  # counting the second search of a visitor takes MySQL one more
            with sent_statements(app) as sent:
                page(client, text)
            assert len(sent) <= 6, (text, sent)
    with sent_statements(app) as sent:
        client.get("/search/similar?board=guides&title=" + quote("보스 공략 질문"))
        client.get("/search/similar?board=guides&title=" + quote("보스 공략 질문"))
    assert len(sent) <= 2 * 6 - 2


def test_a_visitor_may_not_search_without_end_and_a_member_may(
    app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "SEARCHES", 3)
    monkeypatch.setattr(routes, "WINDOW_S", 86_400)  # no minute ends in between
    assert [client.get(f"/search?q={text}").status_code for text in "abcd"] == [200, 200, 200, 429]
    assert client.get("/search?q=a").status_code == 200, "what was found before costs nothing"
    refused = client.get("/search?q=d")
    assert "요청이 너무 많아요" in refused.get_data(as_text=True)
    assert int(refused.headers["Retry-After"]) <= 86_400
    assert client.get("/search").status_code == 200, "the empty form costs nothing"
    member = new_client(app)
    member.login(7, "새벽토끼")
    assert {member.get(f"/search?q={text}").status_code for text in "efghi"} == {200}


def test_what_many_ask_is_looked_for_once_until_something_happens(app: Flask, tell: Tell) -> None:
    tell("guides", "post.published", post(1, title="보스 공략", url="/guides/1"))
    visitor, member, other = new_client(app), new_client(app), new_client(app)
    member.login(7, "새벽토끼")
    other.login(8, "반달곰")
    for _twice in range(2):
        for client in (visitor, member, other):
            assert hits(page(client, "보스")) == ["/guides/1"]
    with sent_statements(app) as sent:
        assert "반달곰" in page(other, "보스")
        page(visitor, "보스")
    assert len(sent) == 2, "the version, twice"
    tell("guides", "post.published", post(2, title="보스 공략 더", url="/guides/2"))
    for client in (visitor, member, other):
        assert len(hits(page(client, "보스"))) == 2


def test_titles_like_a_question(client: Client, tell: Tell) -> None:
    tell("qa", "post.published", post(1, title="세이브 파일 위치가 어디인가요", url="/qa/1", comments=2))
    tell("qa", "post.published", post(2, title="프레임이 떨어져요", url="/qa/2"))
    tell("guides", "post.published", post(3, title="세이브 파일 옮기기"))
    for _ in range(2):
        answer = client.get("/search/similar?board=qa&title=" + quote("세이브 파일이 사라졌어요"))
        assert answer.headers["Cache-Control"] == "private, max-age=60"
        html = answer.get_data(as_text=True)
        assert re.findall(r'href="([^"]+)"', html) == ["/qa/1"]
        assert "비슷한 글이 있어요" in html
        asked = client.get(
            "/search/similar?board=qa&title=" + quote("세이브파일"), headers={"Accept": "application/json"}
        )
        assert asked.json == {"posts": [{"title": "세이브 파일 위치가 어디인가요", "url": "/qa/1", "comments": 2}]}
        merge(client.application)
    for query in (
        "board=qa&title=" + quote("전혀 다른 이야기"),
        "board=qa&title=",
        "title=x",
        "board=auth&title=x",
        "",
    ):
        assert client.get(f"/search/similar?{query}").get_data(as_text=True).strip() == ""


def test_browsers_can_add_the_search(client: Client) -> None:
    answer = client.get("/opensearch.xml")
    assert answer.mimetype == "application/opensearchdescription+xml"
    root = ElementTree.fromstring(answer.data)  # noqa: S314 - our own app wrote it
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    url = root.find(f"{space}Url")
    assert url is not None
    assert url.attrib["template"] == "http://localhost/search?q={searchTerms}"
    assert len(root.findtext(f"{space}ShortName") or "") <= 16
    html = page(client, "")
    assert 'rel="search" type="application/opensearchdescription+xml"' in html


ABUSE = (
    *(
        "%00",
        "%ED%A0%80",
        "%FF%FE",
        "%F0%9F%98%80",
        "a" * 5000,
        "%EA%B0%80" * 1000,
        "%22%22%22",
        "(((((",
        "[a-z]+",
        "%25_%25",
    ),
    *(
        "' OR 1=1 --",
        "%22; DROP TABLE x",
        "%7B%7B7*7%7D%7D",
        "\\",
        "tag:" * 50,
        "%23" * 50,
        "%0d%0aX-Evil:1",
        "#" + "x" * 99,
    ),
    *("ㅋ" * 100, "가 " * 100, "%E2%80%8B" * 40, "%CC%81" * 100, "1." * 50, "+" * 100, "\U00020000" * 50, "ㄱㅏㄱㅏ"),
)


def test_hostile_queries_are_answered(client: Client, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "SEARCHES", 10_000)
    monkeypatch.setattr(routes, "LOOKS_ALIKE", 10_000)
    tell("guides", "post.published", post(1, title="보스 공략"))
    for text in ABUSE:
        for more in ("", "&page=999999999999999999999", "&author=9" * 20, "&tag=" + text[:200], "&board=" + text[:50]):
            answer = client.get(f"/search?q={text}{more}")
            assert answer.status_code == 200, (text, more)
            assert "X-Evil" not in answer.headers
            assert "49" not in re.findall(r'name="q" value="([^"]*)"', answer.get_data(as_text=True))
        assert client.get(f"/search/similar?board=qa&title={text}").status_code == 200, text


def test_every_text_has_an_english_translation(client: Client) -> None:
    english = i18n.read_messages(["archive_chassis", "archive_home"], "en")
    folder = Path(archive_home.search.__file__ or "").parent
    shown: set[str] = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                shown |= {one.value for one in node.args if isinstance(one, ast.Constant)}
    for name in ("search.html", "search_similar.html", "opensearch.xml"):
        source = (folder.parent / "templates" / name).read_text("utf-8")
        shown |= {one or other for one, other in re.findall(r"""\b_\((?:"([^"]+)"|'([^']+)')""", source)}
    assert len(shown) > 25
    assert {text for text in shown if text not in english and re.search("[가-힣]", text)} == set()
    client.get("/search?lang=en")
    assert "Ways to search" in page(client, "")
