"""A log-in that runs out while somebody writes: what they typed is never lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.community import Community
from tests.browser.looking import Complaints, picture
from tests.browser.visiting import NewPage, log_in, notice

from archive_chassis.identity import ACCESS_COOKIE, REFRESH_COOKIE

pytestmark = [pytest.mark.slow, pytest.mark.alone]

BODY = "첫 번째 방에서는 왼쪽 벽을 따라가세요.\n\n두 번째 방에서는 **등불**을 먼저 켜세요."


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_an_expired_access_token_loses_no_text(
    community: Community, new_page: NewPage, complaints: Complaints, script: bool
) -> None:
    page = new_page(java_script_enabled=script)
    title = _write_guide(page, community, script)

    page.context.clear_cookies(name=ACCESS_COOKIE)
    page.get_by_role("button", name="올리기", exact=True).click()

    expect(notice(page)).to_contain_text("글을 올렸어요")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator(".article__body")).to_contain_text("왼쪽 벽을 따라가세요")
    assert ACCESS_COOKIE in {cookie.get("name") for cookie in page.context.cookies()}
    assert complaints == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_log_in_that_is_over_gives_the_text_back(community: Community, new_page: NewPage, script: bool) -> None:
    page = new_page(java_script_enabled=script)
    title = _write_guide(page, community, script)

    page.context.clear_cookies(name=ACCESS_COOKIE)
    page.context.clear_cookies(name=REFRESH_COOKIE)
    page.get_by_role("button", name="올리기", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("로그인이 끝났어요")
    kept = [box.input_value() for box in page.get_by_role("main").get_by_role("textbox").all()]
    assert title in kept
    assert BODY in kept
    picture(page, f"session-ended-{'script' if script else 'no-script'}")


def _write_guide(page: Page, community: Community, script: bool) -> str:
    """Log in and fill in the form, without sending it. Returns the title."""
    title = f"등불 미로 지나가기 ({'스크립트' if script else '스크립트 없이'})"
    log_in(page, community.administrator, "/guides/write")
    page.get_by_label("제목", exact=True).fill(title)
    page.get_by_label("분류").select_option("map")
    page.get_by_label("게임", exact=True).fill("등불지기")
    page.get_by_label("난이도").select_option("hard")
    page.get_by_label("내용", exact=True).fill(BODY)
    return title
