"""Writing, reading, editing."""

from __future__ import annotations

import pytest
from tests.apps.boards.site import OTHER, Site


def test_a_post_is_published_and_read(guides: Site) -> None:
    post_id = guides.write(guides.member(nickname="새벽토끼"), title="눈먼 사서 공략", body="**강조(중요)**는 이렇게")
    page = guides.visitor.get(f"/guides/{post_id}").text
    assert "눈먼 사서 공략" in page
    assert "<strong>강조(중요)</strong>는" in page
    assert "새벽토끼" in page
    assert "잿빛 왕관" in page
    assert "어려움" in page
    (published,) = guides.events("post.published")
    assert published["data"] == {
        "id": post_id,
        "board": "guides",
        "title": "눈먼 사서 공략",
        "summary": "강조(중요)는 이렇게",
        "url": f"/guides/{post_id}",
        "author": {"id": 1, "nickname": "새벽토끼", "avatar": ""},
        "category": "입문",
        "game": "잿빛 왕관",
        "tags": [],
        "text": "강조(중요)는 이렇게",
        "mentions": [],
        "image": "",
        "published_at": published["data"]["published_at"],
        "comments": 0,
        "score": 0,
        "views": 0,
    }


def test_every_problem_is_named_and_nothing_typed_is_lost(lite: Site) -> None:
    form = lite.form(title="", category="nowhere", game="", difficulty="brutal", body="지우면 안 되는 글")
    answer = lite.member().post("/guides/write", data=form)
    assert answer.status_code == 422
    for message in ("제목을 적어 주세요", "분류를 골라 주세요", "꼭 적어야 하는 항목이에요", "하나를 골라 주세요"):
        assert message in answer.text
    assert "지우면 안 되는 글" in answer.text
    assert lite.count("post") == 0


@pytest.mark.parametrize(
    ("field", "value", "good"),
    [
        ("title", "가" * 100, True),
        ("title", "가" * 101, False),
        ("title", "\u3164\u200b", False),
        ("body", "나" * 50_000, True),
        ("body", "나" * 50_001, False),
        ("body", "a\x00b", False),
        ("game", "다" * 61, False),
    ],
)
def test_limits_are_exact(lite: Site, field: str, value: str, good: bool) -> None:
    answer = lite.member().post("/guides/write", data=lite.form(**{field: value}))
    assert answer.status_code == (303 if good else 422)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://example.com", "https://", "http://[", "그냥 글"])
def test_a_source_must_be_a_web_address(news: Site, link: str) -> None:
    answer = news.admin().post("/news/write", data=news.form(source=link))
    assert answer.status_code == 422
    assert "http:// 또는 https://로 시작하는" in answer.text


def test_the_editors_summary_and_source_are_shown(news: Site) -> None:
    post_id = news.write(news.admin(), summary="한 줄로 줄이면", source="https://example.com/a?b=1&c=2")
    page = news.visitor.get(f"/news/{post_id}").text
    assert '<meta name="description" content="한 줄로 줄이면">' in page
    assert 'href="https://example.com/a?b=1&amp;c=2"' in page
    assert news.events("post.published")[0]["data"]["summary"] == "한 줄로 줄이면"


def test_preview_shows_the_post_and_publishes_nothing(lite: Site) -> None:
    answer = lite.member().post("/guides/write", data=lite.form(body="**굵은** 글", preview="1", submission="kept"))
    assert answer.status_code == 200
    assert "<strong>굵은</strong>" in answer.text
    assert 'value="kept"' in answer.text
    assert lite.count("post") == 0


def test_a_form_sent_twice_is_one_post(guides: Site) -> None:
    client = guides.member()
    first = guides.write(client, submission="the-same")
    assert guides.write(client, submission="the-same") == first
    assert guides.write(guides.member(OTHER), submission="the-same") != first
    assert guides.count("post") == 2
    assert len(guides.events("post.published")) == 2


def test_hostile_text_stays_text(guides: Site) -> None:
    body = "<script>alert(1)</script>\n\n[a](javascript:alert(1)) ![x](https://evil.example/p.png)\n\n"
    body += "<img src=x onerror=alert(1)>"
    post_id = guides.write(guides.member(), title="<script>제목</script>", game='"><b>', body=body)
    guides.comment(guides.member(), post_id, body)
    for page in (guides.visitor.get(f"/guides/{post_id}").text, guides.visitor.get("/guides/").text):
        assert "<script>" not in page
        assert "javascript:" not in page
        assert "onerror" not in page
        assert '<img src="https://evil' not in page
        assert '"><b>' not in page


def test_an_edit_changes_text_and_keeps_the_date(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client)
    published = guides.column("published_at", post_id)
    assert "본문입니다" in client.get(f"/guides/{post_id}/edit").text
    answer = client.post(f"/guides/{post_id}/edit", data=guides.form(title="고친 제목", body="고친 글", revision="1"))
    assert answer.status_code == 303
    page = guides.visitor.get(f"/guides/{post_id}").text
    assert "고친 제목" in page
    assert "고친 글" in page
    assert "수정됨" in page
    assert guides.column("published_at", post_id) == published
    assert guides.events("post.changed")[-1]["data"]["title"] == "고친 제목"


def test_an_edit_of_an_old_version_is_refused_once_and_keeps_what_was_typed(news: Site) -> None:
    first, second = news.admin(), news.moderator()
    post_id = news.write(first)
    assert first.post(f"/news/{post_id}/edit", data=news.form(body="먼저 저장", revision="1")).status_code == 303
    late = second.post(f"/news/{post_id}/edit", data=news.form(body="나중에 저장", revision="1"))
    assert late.status_code == 409
    assert "나중에 저장" in late.text
    assert 'name="revision" value="2"' in late.text
    assert second.post(f"/news/{post_id}/edit", data=news.form(body="확인함", revision="2")).status_code == 303


def test_an_unknown_post_is_not_found(lite: Site) -> None:
    assert lite.visitor.get("/guides/77").status_code == 404
    assert lite.member().post("/guides/77/comments", data={"body": "어디에?"}).status_code == 404
    assert lite.visitor.get("/guides/?category=nowhere").status_code == 404


def test_too_many_posts_are_refused(lite: Site) -> None:
    client = lite.member()
    codes = [client.post("/guides/write", data=lite.form()).status_code for _ in range(21)]
    assert codes == [303] * 20 + [429]


def test_a_draft_survives_in_english_too(lite: Site) -> None:
    answer = lite.member().post("/guides/write?lang=en", data=lite.form(title=""))
    assert "write a title" in answer.text
    assert not any("제목을 적어" in line for line in answer.text.splitlines())
