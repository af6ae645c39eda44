"""Over HTTPS a browser takes our cookies, whose names it allows to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.apps.auth.site import PASSWORD, Site
from tests.apps.serving import served
from tests.browser.community import Account
from tests.browser.conftest import ANSWER_MS
from tests.browser.visiting import log_in

from archive_chassis.testing import make_app, make_settings

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A browser before the members' service, which believes to be served over HTTPS and is."""
    Site(make_app("auth", make_settings("auth", tmp_path))).join("새벽토끼")
    app = make_app("auth", make_settings("auth", tmp_path, public_url="https://archive.example"))
    with served(app, tls=True) as server:
        address = f"https://127.0.0.1:{server.server_port}"
        context = browser.new_context(base_url=address, locale="ko-KR", ignore_https_errors=True, color_scheme="light")
        context.set_default_timeout(ANSWER_MS)
        yield context.new_page()
        context.close()


def test_a_member_logs_in_and_stays_so_and_their_theme_too(page: Page) -> None:
    log_in(page, Account("새벽토끼", "rabbit@example.com", PASSWORD), "/auth/me")
    page.get_by_role("button", name="밝은 화면과 어두운 화면 바꾸기").click()
    page.goto("/auth/me/security")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    kept = {cookie.get("name"): cookie.get("path") for cookie in page.context.cookies()}
    assert kept == {
        "__Host-archive_access": "/",
        "__Host-archive_session": "/",
        "__Secure-archive_refresh": "/auth",
        "__Host-archive_csrf": "/",
        "__Host-archive_theme": "/",
    }


def test_a_page_cannot_plant_one_of_another_path(page: Page) -> None:
    """Chromium holds to the prefix: that is all the drop of other names rests on."""
    page.goto("/auth/login")
    page.evaluate("""() => {
        document.cookie = "__Host-archive_access=planted; Path=/auth; Secure";
        document.cookie = "__Host-archive_session=planted; Path=/";
    }""")
    assert not [cookie for cookie in page.context.cookies() if cookie.get("value") == "planted"]
