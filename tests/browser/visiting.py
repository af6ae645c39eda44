"""What several tests do with a page."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page
from tests.browser.community import Account

#: Opens a page in a context of its own. Keywords are those of Playwright's Browser.new_context().
NewPage = Callable[..., Page]


def log_in(page: Page, account: Account, after: str = "/") -> None:
    """Through the form, as people do; arrives at `after`."""
    page.goto(f"/auth/login?next={after}")
    page.get_by_label("닉네임 또는 이메일").fill(account.nickname)
    page.get_by_label("비밀번호", exact=True).fill(account.password)
    page.get_by_role("main").get_by_role("button", name="로그인", exact=True).click()
    page.wait_for_url(f"**{after}")


def notice(page: Page) -> Locator:
    """What the page says was done. (An editor's and a bell's own words for screen readers are a status, too.)"""
    return page.locator(".alert[role=status]")
