"""The theme and the language that a reader chose stay chosen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.looking import Complaints
from tests.browser.visiting import NewPage

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light")])
def test_the_theme_button_turns_the_theme_over_for_good(
    new_page: NewPage, complaints: Complaints, system: str, chosen: str
) -> None:
    page = new_page(color_scheme=system)
    page.goto("/")
    before = _background(page)
    page.get_by_role("button", name="밝은 화면과 어두운 화면 바꾸기").click()
    expect(page.locator("html")).to_have_attribute("data-theme", chosen)
    after = _background(page)
    assert after != before

    for address in ("/qa", "/auth/login", "/"):
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("data-theme", chosen)
        assert _background(page) == after

    page.get_by_role("button", name="밝은 화면과 어두운 화면 바꾸기").click()
    page.goto("/qa")
    assert page.locator("html").get_attribute("data-theme") is None, "the page follows the system again"
    assert _background(page) == before
    assert complaints == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_chosen_language_stays(new_page: NewPage, complaints: Complaints, script: bool) -> None:
    page = new_page(java_script_enabled=script)
    page.goto("/guides")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.split("?")[0].rstrip("/").endswith("/guides"), "the same page"

    page.goto("/auth/login")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")

    page.get_by_role("link", name="한국어").click()
    page.goto("/about")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    assert complaints == []


def _background(page: Page) -> str:
    color: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return color
