"""Finding things, as readers and writers do: nothing between the field and the index is replaced."""

from __future__ import annotations

import pytest
from playwright.sync_api import StorageState, expect
from tests.browser.looking import Complaints, picture
from tests.browser.visiting import NewPage

pytestmark = [pytest.mark.slow, pytest.mark.alone]

#: A question of the sample content.
KNOWN = "‘유리 스무 장’ 의뢰, 유리를 어디서 구하나요?"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize(
    ("typed", "marked"),
    [("유리를", "유리"), ("스무장", "스무"), ("ㅇㄹ ㅅㅁ", "유리"), ("의뢰 유리 구하나요", "의뢰")],
    ids=["particle", "joined", "initials", "words"],
)
def test_a_reader_finds_a_question(
    new_page: NewPage, complaints: Complaints, script: bool, typed: str, marked: str
) -> None:
    page = new_page(java_script_enabled=script)
    page.goto("/search")
    field = page.get_by_role("main").get_by_role("searchbox")
    field.fill(typed)
    field.press("Enter")
    found = page.get_by_role("main").get_by_role("link", name=KNOWN)
    expect(found).to_be_visible()
    expect(page.get_by_role("main").locator("mark", has_text=marked).first).to_be_visible()
    found.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(KNOWN)
    assert complaints == []


def test_a_question_that_was_asked_before_is_shown_while_its_title_is_typed(
    new_page: NewPage, complaints: Complaints, librarian: StorageState
) -> None:
    page = new_page(storage_state=librarian)
    page.goto("/qa/write")
    page.get_by_label("제목", exact=True).press_sequentially("유리 스무 장 의뢰", delay=30)
    offered = page.locator("[data-editor-similar]").get_by_role("link", name=KNOWN)
    expect(offered).to_be_visible()
    picture(page, "similar-questions")
    address = offered.get_attribute("href")
    assert address
    assert address.startswith("/qa/")
    page.get_by_label("제목", exact=True).fill("전혀 다른 이야기")
    expect(offered).to_have_count(0)
    assert complaints == []
