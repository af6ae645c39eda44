"""What guides have beyond other posts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.apps.boards.site import OTHER, Site
from tests.apps.boards.test_races import TOGETHER, at_once, post

from archive_boards.guides import contents, popular
from archive_chassis import clock

LONG = "## 준비\n\n글\n\n### 장비\n\n글\n\n## 전투 <i>\n\n글"


def test_a_long_guide_has_contents(guides: Site) -> None:
    post_id = guides.write(guides.member(), body=LONG)
    page = guides.visitor.get(f"/guides/{post_id}").text
    assert '<a href="#section-1">준비</a>' in page
    assert '<li class="contents__nested"><a href="#section-2">장비</a>' in page
    assert '<h2 id="section-3">' in page
    short = guides.write(guides.member(), body="## 하나\n\n## 둘")
    assert "차례" not in guides.visitor.get(f"/guides/{short}").text


def test_anchors_change_nothing_else() -> None:
    html = "<h2>가 <em>나</em> &amp; 다</h2>\n<p>글</p>\n<h3>라</h3>\n<h2>마</h2>"
    anchored, entries = contents.with_anchors(html)
    assert [(entry.text, entry.nested) for entry in entries] == [("가 나 & 다", False), ("라", True), ("마", False)]
    assert anchored.replace(' id="section-1"', "").replace(' id="section-2"', "").replace(' id="section-3"', "") == html
    assert contents.with_anchors("<h2>하나</h2>") == ("<h2>하나</h2>", [])


def test_guides_of_one_series_are_read_in_order(guides: Site) -> None:
    writer = guides.member()
    first = guides.write(writer, title="1부", series="잿빛 왕관 완주")
    second = guides.write(writer, title="2부", series="잿빛 왕관 완주")
    guides.write(guides.member(OTHER), title="남의 1부", series="잿빛 왕관 완주")
    page = guides.visitor.get(f"/guides/{second}").text
    assert f'<a href="/guides/{first}">1부</a>' in page
    assert '<strong aria-current="page">2부</strong>' in page
    assert "남의 1부" not in page
    listed = guides.visitor.get("/guides/series/1").text
    assert listed.index("1부") < listed.index("2부")
    assert "순서 바꾸기" not in listed
    assert writer.post("/guides/series/1", data={f"place-{first}": "2", f"place-{second}": "1"}).status_code == 303
    listed = guides.visitor.get("/guides/series/1").text
    assert listed.index("2부") < listed.index("1부")
    assert 'value="잿빛 왕관 완주"' in writer.get(f"/guides/{first}/edit").text
    writer.post(f"/guides/{first}/edit", data=guides.form(title="1부", series="", revision="1"))
    assert "1부" not in guides.visitor.get("/guides/series/1").text


def test_a_series_is_its_writers(guides: Site) -> None:
    post_id = guides.write(guides.member(), series="내 연재")
    assert guides.member(OTHER).post("/guides/series/1", data={f"place-{post_id}": "5"}).status_code == 403
    assert guides.visitor.get("/guides/series/9").status_code == 404
    for place in ("0", "x", "-1", "101", "9" * 40):
        assert guides.member().post("/guides/series/1", data={f"place-{post_id}": place}).status_code == 422, place
    assert guides.member().post("/guides/series/1", data={"place-x": "1"}).status_code == 422


def test_a_series_made_twice_at_once_is_one(guides: Site) -> None:
    codes = at_once(
        *(post(guides, 1, "/write", **guides.form(series="동시에", submission=f"s{n}")) for n in range(TOGETHER))
    )
    assert codes == [303] * TOGETHER
    assert guides.count("series") == 1
    assert {guides.column("series_id", post_id) for post_id in range(1, TOGETHER + 1)} == {1}


def confirm(site: Site, number: int, post_id: int, version: str, works: str = "1") -> int:
    return site.member(number).post(f"/guides/{post_id}/confirm", data={"version": version, "works": works}).status_code


def test_members_say_whether_it_still_works(guides: Site) -> None:
    post_id = guides.write(guides.member())
    assert "아직 아무도 확인하지 않았어요" in guides.visitor.get(f"/guides/{post_id}").text
    assert [confirm(guides, n, post_id, "2.1") for n in (2, 3, 4)] == [303] * 3
    assert confirm(guides, 5, post_id, "2.1", "0") == 303
    page = guides.visitor.get(f"/guides/{post_id}").text
    assert "2.1 버전: 통해요 3명 · 안 통해요 1명" in page
    assert (guides.column("works_version", post_id), guides.column("works", post_id)) == ("2.1", 3)
    confirm(guides, 2, post_id, "2.2")
    page = guides.visitor.get(f"/guides/{post_id}").text
    assert page.index("2.2 버전: 통해요 1명") < page.index("2.1 버전: 통해요 2명")
    assert (guides.column("works_version", post_id), guides.column("works", post_id)) == ("2.2", 1)
    assert guides.count("confirmation") == 4
    for version in ("", "가" * 41, "a\x00"):
        assert confirm(guides, 2, post_id, version) == 422
    assert "/auth/login" in guides.visitor.post(f"/guides/{post_id}/confirm", data={"version": "1"}).location


def test_words_at_once_are_all_counted(guides: Site) -> None:
    post_id = guides.write(guides.member(99))
    said = [post(guides, n, f"/{post_id}/confirm", version="3", works="1") for n in range(1, TOGETHER + 1)]
    assert at_once(*said, *said[:2]) == [303] * (TOGETHER + 2)
    assert guides.column("works", post_id) == guides.count("confirmation") == TOGETHER


def test_the_week_has_its_most_liked(guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(popular, "KEPT_S", 0.0)
    guides.many(3)
    for number in (2, 3):
        guides.member(number).post("/guides/2/vote", data={"vote": "1"})
    guides.member(2).post("/guides/1/vote", data={"vote": "1"})
    guides.member(2).post("/guides/3/vote", data={"vote": "-1"})
    page = guides.visitor.get("/guides/").text
    box = page[page.index("이번 주에 사랑받은 공략") : page.index('class="tabs"')]
    assert box.index("글 2") < box.index("글 1")
    assert "글 3" not in box
    guides.moderator().post("/guides/2/delete")
    assert "글 2" not in guides.visitor.get("/guides/").text
    assert "사랑받은" not in guides.visitor.get("/guides/?sort=votes").text
    with clock.moved(timedelta(days=8)):
        guides.write(guides.member(), title="아무 글")
        assert "사랑받은" not in guides.visitor.get("/guides/").text


def test_what_is_hidden_leaves_the_most_liked_at_once(guides: Site) -> None:
    post_id = guides.write(guides.member(), title="숨길 글")
    guides.member(OTHER).post(f"/guides/{post_id}/vote", data={"vote": "1"})
    assert "사랑받은" in guides.visitor.get("/guides/").text
    guides.moderator().post(f"/guides/{post_id}/delete")
    assert "숨길 글" not in guides.visitor.get("/guides/").text


def test_other_boards_have_none_of_it(qa: Site) -> None:
    post_id = qa.write(qa.member(), body=LONG, series="연재")
    page = qa.visitor.get(f"/qa/{post_id}").text
    assert "차례" not in page
    assert "지금도 통하나요" not in page
    assert qa.visitor.get("/qa/series/1").status_code == 404
    assert qa.member().post(f"/qa/{post_id}/confirm", data={"version": "1"}).status_code in (404, 405)
