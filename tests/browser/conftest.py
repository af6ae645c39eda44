"""A community, a browser, and contexts in it that tell whether the browser complained."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright
from tests.browser.community import Community, running_community
from tests.browser.looking import Complaints
from tests.browser.visiting import NewPage, log_in

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
