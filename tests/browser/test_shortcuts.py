"""Keys that lead through the pages: there when wanted, silent while somebody types, and easy to turn off."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, StorageState, expect
from tests.browser.looking import Complaints, barriers, picture, sideways_overflow
from tests.browser.test_pages import DEVICES
from tests.browser.visiting import NewPage

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@pytest.fixture
def page(new_page: NewPage, complaints: Complaints) -> Page:
    opened = new_page(viewport={"width": 1280, "height": 900})
    opened.goto("/guides")
    return opened


def focused(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        """() => {
          const at = document.activeElement;
          const rows = [...document.querySelectorAll("main .post-row__title, main .comment[id]")];
          return { row: rows.indexOf(at), tag: at.tagName, seen: at.matches(":focus-visible") };
        }"""
    )
    return found


def press(page: Page, key: str, code: str, **more: Any) -> None:
    """A key as a keyboard of another layout gives it."""
    session = page.context.new_cdp_session(page)
    for kind in ("keyDown", "keyUp"):
        session.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": code, **more})
    session.detach()


def test_j_and_k_walk_through_the_rows_and_enter_opens_one(page: Page, complaints: Complaints) -> None:
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        assert focused(page) == {"row": row, "tag": "A", "seen": True}
    page.keyboard.press("j")
    title = page.locator(".post-row__title").nth(1).inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert complaints == []


def test_the_last_row_is_the_last(page: Page) -> None:
    rows = page.locator("main .post-row__title").count()
    for _ in range(rows + 3):
        page.keyboard.press("j")
    assert focused(page)["row"] == rows - 1


def test_a_korean_keyboard_works_by_the_place_of_its_keys(page: Page) -> None:
    press(page, "ㅓ", "KeyJ")
    press(page, "ㅓ", "KeyJ")
    press(page, "ㅏ", "KeyK")
    assert focused(page)["row"] == 0


def test_comments_are_rows_too(page: Page, new_page: NewPage, librarian: StorageState) -> None:
    page = new_page(storage_state=librarian)
    page.goto("/guides")
    page.locator(".post-row__title").first.click()
    for words in ("첫 댓글", "둘째 댓글"):
        page.get_by_label("댓글 쓰기").fill(words)
        page.get_by_role("button", name="댓글 남기기").click()
        expect(page.locator(".comment", has_text=words)).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    first = focused(page)
    assert (first["tag"], first["seen"]) == ("ARTICLE", True)
    page.keyboard.press("j")
    assert focused(page)["row"] == first["row"] + 1
    picture(page, "shortcuts comment")


def test_g_then_h_leads_to_the_front_page_and_h_alone_nowhere(page: Page) -> None:
    page.keyboard.press("h")
    page.wait_for_timeout(200)
    assert page.url.rstrip("/").endswith("/guides")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(lambda url: url.rstrip("/").count("/") == 2)


def test_c_writes(new_page: NewPage, librarian: StorageState) -> None:
    page = new_page(storage_state=librarian)
    page.goto("/guides")
    page.keyboard.press("c")
    page.wait_for_url("**/guides/write*")


def test_a_slash_searches_and_escape_leaves_the_field(page: Page) -> None:
    page.goto("/search?q=")
    page.evaluate("document.activeElement.blur()")
    field = page.locator("input[type=search]:visible").first
    page.keyboard.press("/")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    page.keyboard.type("jk?")
    expect(field).to_have_value("jk?")
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()


def test_the_dialog_tells_the_keys_and_turns_them_off_for_good(page: Page, complaints: Complaints) -> None:
    dialog = page.get_by_role("dialog", name="단축키")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    page.keyboard.press("j")
    assert focused(page)["row"] == -1
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    page.keyboard.press("?")
    dialog.get_by_label("단축키 쓰기").uncheck()
    dialog.get_by_role("button", name="닫기").click()
    for _visit in range(2):
        page.keyboard.press("j")
        assert focused(page)["row"] == -1
        page.keyboard.press("?")
        expect(dialog).to_be_hidden()
        page.reload()

    page.get_by_role("button", name="단축키").click()
    dialog.get_by_label("단축키 쓰기").check()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert focused(page)["row"] == 0
    assert complaints == []


@pytest.mark.parametrize("modifier", ["Control", "Alt", "Meta", "Shift"])
def test_a_key_with_a_modifier_is_the_browsers(page: Page, modifier: str) -> None:
    page.evaluate("addEventListener('keydown', (event) => (window.stopped = event.defaultPrevented))")
    page.keyboard.press(f"{modifier}+k")
    assert focused(page)["row"] == -1
    assert page.evaluate("window.stopped") is False


@pytest.mark.parametrize("where", ["input", "textarea", "select"])
def test_they_are_silent_while_somebody_types(new_page: NewPage, librarian: StorageState, where: str) -> None:
    page = new_page(storage_state=librarian)
    page.goto("/guides/write")
    field = page.locator(f"main {where}:not([type=hidden]):visible").first
    field.focus()
    page.keyboard.type("jkc/?gh")
    page.wait_for_timeout(200)
    assert page.url.endswith("/guides/write")
    expect(field).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()
    if where != "select":
        expect(field).to_have_value("jkc/?gh")


def test_they_are_silent_while_a_syllable_is_composed(page: Page) -> None:
    press(page, "Process", "KeyJ", windowsVirtualKeyCode=229)
    assert focused(page)["row"] == -1


def test_without_a_script_nothing_speaks_of_them(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/guides")
    expect(page.get_by_role("button", name="단축키")).to_be_hidden()
    expect(page.locator("#shortcuts")).to_be_hidden()


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_dialog_is_fit_to_be_seen(new_page: NewPage, scheme: str, language: str) -> None:
    page = new_page(color_scheme=scheme, **DEVICES["desktop"])
    page.goto(f"/guides?lang={language}")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    picture(page, f"shortcuts {language} {scheme}")
    assert barriers(page) == []
    assert sideways_overflow(page) == 0
