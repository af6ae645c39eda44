"""Every kind of page, on a phone and on a desk, light and dark: it fits, it has no barriers, the browser is content."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, StorageState, ViewportSize
from tests.browser.looking import Complaints, barriers, picture, sideways_overflow
from tests.browser.visiting import NewPage

pytestmark = [pytest.mark.slow, pytest.mark.alone]

DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "desktop": {"viewport": {"width": 1280, "height": 900}},
}
NARROWEST: ViewportSize = {"width": 320, "height": 640}

BOARDS = ("news", "guides", "qa")
VISITORS_PAGES = (
    "/",
    *(f"/{board}" for board in BOARDS),
    *(f"/{board}/<post>" for board in BOARDS),
    "/search?q=공략",
    "/search?q=없는말이에요",
    "/members/<author>",
    "/guides/tags",
    "/guides/?sort=active",
    "/guides/api/v1/",
    "/auth/register",
    "/auth/login",
    "/about",
    "/no-such-page",
)
MEMBERS_PAGES = (
    "/auth/me",
    "/auth/me/security",
    "/auth/me/tokens",
    "/notifications",
    "/notifications/settings",
    "/guides/write",
    "/news/write",
    "/guides/drafts",
    "/guides/bookmarks",
    "/guides/images",
    "/guides/<post>",
    "/guides/<post>/edit",
    "/guides/<post>/history",
    "/qa/<post>/report",
    "/qa/<post>",
    "/guides/moderation",
    "/guides/moderation/held",
    "/guides/moderation/log",
    "/guides/moderation/posts/<post>",
)
ENGLISH_PAGES = ("/", "/guides", "/qa/<post>", "/search?q=공략", "/auth/register")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("address", VISITORS_PAGES)
def test_a_visitors_page_is_fit_to_be_seen(
    new_page: NewPage, complaints: Complaints, address: str, device: str, scheme: str
) -> None:
    page = new_page(color_scheme=scheme, **DEVICES[device])
    _look(page, complaints, address, f"visitor {address} {device} {scheme}")


@pytest.mark.parametrize(("device", "scheme"), [("phone", "dark"), ("desktop", "light")])
@pytest.mark.parametrize("address", MEMBERS_PAGES)
def test_a_members_page_is_fit_to_be_seen(
    new_page: NewPage, complaints: Complaints, librarian: StorageState, address: str, device: str, scheme: str
) -> None:
    page = new_page(color_scheme=scheme, storage_state=librarian, **DEVICES[device])
    _look(page, complaints, address, f"member {address} {device} {scheme}")


@pytest.mark.parametrize("address", ENGLISH_PAGES)
def test_a_page_in_english_is_fit_to_be_seen(new_page: NewPage, complaints: Complaints, address: str) -> None:
    page = new_page(**DEVICES["phone"])
    page.goto("/?lang=en")
    _look(page, complaints, address, f"english {address} phone light", language="en")


def _look(page: Page, complaints: Complaints, address: str, name: str, language: str = "ko") -> None:
    _visit(page, address)
    assert page.locator("html").get_attribute("lang") == language
    picture(page, name)
    assert barriers(page) == []
    assert sideways_overflow(page) == 0
    page.set_viewport_size(NARROWEST)
    assert sideways_overflow(page) == 0, "at 320 pixels"
    # The browser reports a page's own 404 like a missing picture.
    assert [line for line in complaints if not line.startswith(f"{page.url}: ") or "404" not in line] == []


def _visit(page: Page, address: str) -> None:
    """Open an address; `<post>` stands for the number of the board's first post, `<author>` for its author's."""
    if "<" in address:
        board = address.split("/")[1]
        page.goto("/guides" if board == "members" else f"/{board}")
        first = page.locator(".post-list a[href]").first.get_attribute("href") or ""
        if "<author>" in address:
            page.goto(first)
            author = page.locator(".article__head a[href^='/members/']").get_attribute("href") or ""
            address = address.replace("<author>", author.rpartition("/")[2])
        address = address.replace("<post>", first.rpartition("/")[2])
    response = page.goto(address)
    assert response is not None
    assert response.status == (404 if address == "/no-such-page" else 200)


def test_barriers_overflow_and_forbidden_scripts_are_noticed(new_page: NewPage, complaints: Complaints) -> None:
    """The negative control of all of the above, on a phone, which would rather zoom out than scroll."""
    page = new_page(**DEVICES["phone"])
    page.set_content(
        "<!doctype html><html lang='ko'><meta name='viewport' content='width=device-width'><title>벽</title>"
        "<main><h1>벽</h1>"
        "<img src='data:,' width=40 height=40><p style='color:#bbb;background:#fff'>흐린 글</p>"
        "<div style='width:500px'>넓은 상자</div></main></html>"
    )
    found = "\n".join(barriers(page))
    assert "image-alt (critical)" in found
    assert "color-contrast (serious)" in found
    assert sideways_overflow(page) > 0

    page.goto("/")
    assert complaints == []
    with page.expect_console_message(lambda message: message.type == "error"):
        page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    assert "Content Security Policy" in complaints[0]
