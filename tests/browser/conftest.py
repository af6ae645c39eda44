"""A community, a browser, and contexts in it that tell whether the browser complained."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from tests.browser.community import Account, Community, running_community
from tests.browser.looking import Complaints

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ANSWER_MS = 15_000

#: Opens a page in a context of its own. Keywords are those of Playwright's Browser.new_context().
NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def community() -> Iterator[Community]:
    with running_community() as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("chromium is not installed: these tests drive it (apt-get install chromium)", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> Complaints:
    """What the browser complained about in this test's pages so far."""
    return Complaints()


@pytest.fixture
def new_page(browser: Browser, community: Community, complaints: Complaints) -> Iterator[NewPage]:
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(base_url=community.url, locale="ko-KR", **options)
        contexts.append(context)
        context.set_default_timeout(ANSWER_MS)
        page = context.new_page()
        complaints.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def librarian(browser: Browser, community: Community) -> StorageState:
    """The cookies of the logged-in administrator."""
    context = browser.new_context(base_url=community.url)
    page = context.new_page()
    log_in(page, community.administrator)
    state = context.storage_state()
    context.close()
    return state


def log_in(page: Page, account: Account, after: str = "/") -> None:
    """Through the form, as people do; arrives at `after`."""
    page.goto(f"/auth/login?next={after}")
    page.get_by_label("닉네임 또는 이메일").fill(account.nickname)
    page.get_by_label("비밀번호", exact=True).fill(account.password)
    page.get_by_role("main").get_by_role("button", name="로그인", exact=True).click()
    page.wait_for_url(f"**{after}")
