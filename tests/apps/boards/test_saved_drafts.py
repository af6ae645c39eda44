"""Drafts: kept while somebody writes, their writer's alone, gone once published."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.apps.boards.site import OTHER, Site
from tests.apps.boards.test_races import TOGETHER, at_once, post

from archive_boards import saved_drafts
from archive_chassis import clock


def save(site: Site, number: int = 1, **form: str) -> int:
    data = site.form(**{"save": "1", "submission": "form-1", **form})
    return site.member(number).post(f"/{site.name}/write", data=data).status_code


def test_a_draft_is_kept_and_continued(guides: Site) -> None:
    client = guides.member()
    answer = client.post(
        "/guides/write",
        data=guides.form(title="쓰다 만 글", body="", tags="보스 초보", game="", save="1", submission="form-1"),
    )
    assert answer.location == "/guides/drafts"
    page = client.get("/guides/drafts").text
    assert "쓰다 만 글" in page
    address = re.search(r'href="(/guides/write\?draft=\d+)"', page)
    assert address
    form = client.get(address[1]).text
    assert 'value="쓰다 만 글"' in form
    assert 'value="보스 초보"' in form
    assert 'name="submission" value="form-1"' in form
    assert guides.count("post") == 0
    assert guides.visitor.get("/guides/").text.count("쓰다 만 글") == 0


def test_a_script_saves_without_a_page(lite: Site) -> None:
    answer = lite.member().post(
        "/guides/write", data=lite.form(save="1", submission="form-1"), headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.data) == (204, b"")
    assert lite.count("draft") == 1


def test_the_same_form_is_one_draft(guides: Site) -> None:
    assert (
        at_once(*(post(guides, 1, "/write", **guides.form(save="1", submission="s")) for _ in range(TOGETHER)))
        == [303] * TOGETHER
    )
    assert guides.count("draft") == 1
    save(guides, submission="another")
    assert guides.count("draft") == 2


def test_publishing_ends_the_draft_and_a_late_save_brings_none_back(guides: Site) -> None:
    client = guides.member()
    save(guides)
    client.post("/guides/write", data=guides.form(submission="form-1"))
    assert (guides.count("post"), guides.count("draft")) == (1, 0)
    assert save(guides) == 303
    assert guides.count("draft") == 0


def test_an_edit_has_drafts_too(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client, title="처음")
    form = guides.form(title="고치는 중", revision="1", submission="edit-1")
    client.post(f"/guides/{post_id}/edit", data=form | {"save": "1"})
    assert guides.column("title", post_id) == "처음"
    address = re.search(r'href="(/guides/\d+/edit\?draft=\d+)"', client.get("/guides/drafts").text)
    assert address
    assert 'value="고치는 중"' in client.get(address[1]).text
    client.post(f"/guides/{post_id}/edit", data=form)
    assert guides.column("title", post_id) == "고치는 중"
    assert guides.count("draft") == 0


def test_drafts_are_their_writers_alone(lite: Site) -> None:
    save(lite)
    stranger = lite.member(OTHER)
    assert "제목입니다" not in stranger.get("/guides/drafts").text
    assert stranger.get("/guides/write?draft=1").status_code == 404
    assert stranger.post("/guides/drafts/1/discard").status_code == 404
    assert lite.member().get("/guides/write?draft=x").status_code == 404
    assert lite.member().post("/guides/drafts/1/discard").status_code == 303
    assert lite.count("draft") == 0


def test_what_is_too_long_is_no_draft_and_is_not_lost(lite: Site) -> None:
    answer = lite.member().post("/guides/write", data=lite.form(title="가" * 101, save="1"))
    assert answer.status_code == 422
    assert "가" * 101 in answer.text
    assert lite.count("draft") == 0


def test_the_oldest_goes_and_so_does_what_nobody_touches(guides: Site) -> None:
    for number in range(saved_drafts.MOST + 2):
        save(guides, submission=f"form-{number}")
    assert guides.count("draft") == saved_drafts.MOST
    with guides.app.app_context(), clock.moved(timedelta(days=89)):
        saved_drafts.forget_old(guides.board)
    assert guides.count("draft") == saved_drafts.MOST
    with guides.app.app_context(), clock.moved(timedelta(days=91)):
        saved_drafts.forget_old(guides.board)
    assert guides.count("draft") == 0
