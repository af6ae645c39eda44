"""The editor in a real browser: marks, pictures, drafts, syllables in the making, and words that are never lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import CDPSession, Locator, Page, Route, StorageState, expect
from tests.browser.community import Community, wait_for
from tests.browser.looking import Complaints, barriers, picture, sideways_overflow
from tests.browser.test_pages import DEVICES
from tests.browser.visiting import NewPage, log_in

from archive_chassis.identity import ACCESS_COOKIE, REFRESH_COOKIE, SESSION_COOKIE

pytestmark = [pytest.mark.slow, pytest.mark.alone]

PICTURE = re.compile(r"!\[사진\]\((/guides/images/[A-Za-z0-9_-]{22}\.webp)\)")
SAVED = re.compile(r"초안 저장됨 \d\d:\d\d")
PATIENCE_MS = 15_000
COPIES = "Object.keys(localStorage).filter((key) => key.startsWith('archive.copy:'))"


@pytest.fixture
def page(new_page: NewPage, librarian: StorageState) -> Page:
    """A guide that is about to be written."""
    opened = new_page(storage_state=librarian, viewport={"width": 1100, "height": 1000})
    opened.goto("/guides/write")
    return opened


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "성문 앞.jpg"
    image = Image.new("RGB", (800, 500), "#2e7d6b")
    image.paste("#d9822b", (300, 150, 500, 350))
    image.save(path, "JPEG")
    return path


@pytest.fixture
def keyboard(page: Page) -> Iterator[CDPSession]:
    """The browser's own input, one level below Playwright's: an input method composes here."""
    session = page.context.new_cdp_session(page)
    yield session
    session.detach()


def text(page: Page) -> Locator:
    return page.get_by_label("내용")


def status(page: Page) -> Locator:
    return page.locator("[data-editor-status]")


def select(page: Page, start: int, end: int) -> None:
    text(page).evaluate("(area, [start, end]) => { area.focus(); area.setSelectionRange(start, end); }", [start, end])


def compose(keyboard: CDPSession, syllable: str) -> None:
    """Show a syllable that is not finished yet."""
    end = len(syllable)
    keyboard.send("Input.imeSetComposition", {"text": syllable, "selectionStart": end, "selectionEnd": end})


def press(keyboard: CDPSession, key: str, code: str, number: int, *, control: bool = False) -> None:
    for kind in ("rawKeyDown", "keyUp"):
        keyboard.send(
            "Input.dispatchKeyEvent",
            {"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": 2 if control else 0},
        )


def fill_in(page: Page, title: str, body: str = "첫 번째 방에서는 왼쪽 벽을 따라가세요.") -> None:
    page.get_by_label("제목", exact=True).fill(title)
    page.get_by_label("분류").select_option("map")
    page.get_by_label("게임", exact=True).fill("등불지기")
    page.get_by_label("난이도").select_option("hard")
    text(page).fill(body)


class TestMarks:
    @pytest.mark.parametrize(
        ("button", "marked"),
        [("굵게", "하나 **둘** 셋"), ("기울임", "하나 *둘* 셋"), ("스포일러", "하나 ||둘|| 셋")],
    )
    def test_a_mark_stands_around_what_is_selected_and_goes_again(self, page: Page, button: str, marked: str) -> None:
        text(page).fill("하나 둘 셋")
        select(page, 3, 4)
        for expected in (marked, "하나 둘 셋", marked):
            page.get_by_role("button", name=button, exact=True).click()
            expect(text(page)).to_have_value(expected)
        page.keyboard.press("Control+z")
        expect(text(page)).to_have_value("하나 둘 셋")

    def test_bold_and_italic_keep_out_of_each_others_way(self, page: Page) -> None:
        text(page).fill("둘")
        select(page, 0, 1)
        for key, expected in (("b", "**둘**"), ("i", "***둘***"), ("b", "*둘*"), ("i", "둘")):
            page.keyboard.press(f"Control+{key}")
            expect(text(page)).to_have_value(expected)

    @pytest.mark.parametrize(("button", "prefix"), [("소제목", "## "), ("목록", "- "), ("인용", "> ")])
    def test_a_mark_stands_before_each_line_and_goes_again(self, page: Page, button: str, prefix: str) -> None:
        text(page).fill("위\n하나\n둘\n아래")
        select(page, 3, 5)
        page.get_by_role("button", name=button).click()
        expect(text(page)).to_have_value(f"위\n{prefix}하나\n{prefix}둘\n아래")
        page.get_by_role("button", name=button).click()
        expect(text(page)).to_have_value("위\n하나\n둘\n아래")

    def test_a_lone_mark_goes_again_too(self, page: Page) -> None:
        for expected in ("- ", "", "- "):
            page.get_by_role("button", name="목록").click()
            expect(text(page)).to_have_value(expected)

    @pytest.mark.parametrize(
        ("before", "after", "selected"),
        [
            ("지도", "[지도](https://)", "https://"),
            ("https://example.org/a", "[](https://example.org/a)", ""),
            ("", "[](https://)", ""),
        ],
    )
    def test_a_link_has_what_is_known_of_it(self, page: Page, before: str, after: str, selected: str) -> None:
        text(page).fill(before)
        select(page, 0, len(before))
        page.keyboard.press("Control+k")
        expect(text(page)).to_have_value(after)
        chosen = text(page).evaluate("(area) => area.value.slice(area.selectionStart, area.selectionEnd)")
        assert chosen == selected


class TestPictures:
    def test_by_button(self, page: Page, complaints: Complaints, photograph: Path) -> None:
        text(page).fill("위 아래")
        select(page, 1, 1)
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="사진 넣기").click()
        chooser.value.set_files([photograph, photograph])
        expect(text(page)).to_have_value(re.compile(rf"^위\n{PICTURE.pattern}\n{PICTURE.pattern}\n 아래$"))
        expect(status(page)).to_have_text("사진을 넣었어요")
        found = PICTURE.search(text(page).input_value())
        assert found
        answer = page.request.get(found[1])
        assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
        assert complaints == []

    def test_by_paste(self, page: Page) -> None:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        text(page).fill("글")
        page.evaluate(
            """async () => {
              const canvas = new OffscreenCanvas(40, 30);
              canvas.getContext("2d").fillRect(0, 0, 40, 30);
              const picture = await canvas.convertToBlob({ type: "image/png" });
              await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
            }"""
        )
        select(page, 1, 1)
        page.keyboard.press("Control+v")
        expect(text(page)).to_have_value(re.compile(rf"^글\n{PICTURE.pattern}\n$"))

    def test_what_is_text_too_is_pasted_as_text(self, page: Page) -> None:
        """A copied table is offered as a picture as well."""
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.evaluate(
            """async () => {
              const canvas = new OffscreenCanvas(40, 30);
              canvas.getContext("2d").fillRect(0, 0, 40, 30);
              const picture = await canvas.convertToBlob({ type: "image/png" });
              const text = new Blob(["표"], { type: "text/plain" });
              await navigator.clipboard.write([new ClipboardItem({ "image/png": picture, "text/plain": text })]);
            }"""
        )
        text(page).focus()
        page.keyboard.press("Control+v")
        expect(text(page)).to_have_value("표")
        expect(status(page)).to_have_text("")

    def test_by_drop_and_the_page_stays(self, page: Page, keyboard: CDPSession, photograph: Path) -> None:
        text(page).fill("글")
        box = text(page).bounding_box()
        assert box
        where = {"x": box["x"] + 40, "y": box["y"] + 40}
        data = {"items": [], "files": [str(photograph)], "dragOperationsMask": 1}
        keyboard.send("Input.dispatchDragEvent", {"type": "dragEnter", **where, "data": data})
        keyboard.send("Input.dispatchDragEvent", {"type": "dragOver", **where, "data": data})
        expect(page.locator("form[data-drop]")).to_have_count(1)
        keyboard.send("Input.dispatchDragEvent", {"type": "drop", **where, "data": data})
        expect(text(page)).to_have_value(re.compile(PICTURE.pattern))
        expect(page.locator("form[data-drop]")).to_have_count(0)
        assert page.url.endswith("/guides/write")

    @pytest.mark.parametrize(
        ("name", "data", "why"),
        [
            ("a.svg", b"<svg/>", "JPEG, PNG, WebP, GIF 사진만 올릴 수 있어요"),
            ("a.png", b"\x89PNG broken", "JPEG, PNG, WebP, GIF 사진만 올릴 수 있어요"),
            ("a.png", b"\0" * (10 * 1024 * 1024 + 1), "사진은 10MB, 4000만 화소까지 올릴 수 있어요"),
        ],
        ids=["kind", "broken", "large"],
    )
    def test_a_refusal_is_told_and_the_text_stays(
        self, page: Page, tmp_path: Path, name: str, data: bytes, why: str
    ) -> None:
        (tmp_path / name).write_bytes(data)
        text(page).fill("글")
        page.locator("[data-editor-files]").set_input_files(tmp_path / name)
        expect(status(page)).to_have_text(why)
        expect(text(page)).to_have_value("글")

    def test_a_network_that_fails_is_told(self, page: Page, photograph: Path) -> None:
        page.route("**/guides/images", lambda route: route.abort())
        page.locator("[data-editor-files]").set_input_files(photograph)
        expect(status(page)).to_have_text("사진을 올리지 못했어요. 다시 시도해 주세요")

    def test_without_a_script_by_the_forms_own_button(
        self, new_page: NewPage, librarian: StorageState, complaints: Complaints, photograph: Path
    ) -> None:
        page = new_page(storage_state=librarian, java_script_enabled=False)
        page.goto("/guides/write")
        expect(page.locator("[data-editor-tools]")).to_be_hidden()
        fill_in(page, "사진이 있는 공략")
        page.locator("#field-picture").set_input_files(photograph)
        page.locator("button[name=upload]").click()
        expect(page.get_by_label("제목", exact=True)).to_have_value("사진이 있는 공략")
        expect(text(page)).to_have_value(re.compile(rf"^첫 번째 방.*\n\n{PICTURE.pattern}\n$"))
        picture(page, "editor no script")
        page.get_by_role("button", name="올리기", exact=True).click()
        shown = page.locator(".article__body img")
        expect(shown).to_have_count(1)
        assert shown.evaluate("(image) => image.complete && image.naturalWidth") == 800
        assert complaints == []


class TestSyllables:
    """Nothing may disturb a syllable that is being composed."""

    def test_a_picture_waits_until_the_syllable_is_finished(
        self, page: Page, keyboard: CDPSession, photograph: Path
    ) -> None:
        held: list[Route] = []
        page.route("**/guides/images", lambda route: held.append(route))
        text(page).fill("글 ")
        select(page, 2, 2)
        page.locator("[data-editor-files]").set_input_files(photograph)
        wait_for(lambda: _answering(page, held), "the upload")
        text(page).focus()
        compose(keyboard, "하")
        with page.expect_response("**/guides/images"):
            held[0].continue_()
        compose(keyboard, "한")
        page.wait_for_timeout(300)
        expect(text(page)).to_have_value("글 한")
        keyboard.send("Input.insertText", {"text": "한"})
        expect(text(page)).to_have_value(re.compile(rf"^글 한\n{PICTURE.pattern}\n$"))

    def test_ctrl_enter_sends_but_never_in_the_middle_of_one(self, page: Page, keyboard: CDPSession) -> None:
        fill_in(page, "조합하는 동안")
        select(page, 0, 0)
        compose(keyboard, "하")
        press(keyboard, "Enter", "Enter", 229, control=True)
        page.wait_for_timeout(300)
        assert page.url.endswith("/guides/write")
        keyboard.send("Input.insertText", {"text": "하"})
        press(keyboard, "Enter", "Enter", 13, control=True)
        expect(page.locator(".messages")).to_contain_text("글을 올렸어요")
        expect(page.locator(".article__body")).to_contain_text("하첫 번째 방")

    def test_a_question_looks_for_others_like_it_between_syllables(
        self, new_page: NewPage, librarian: StorageState
    ) -> None:
        page = new_page(storage_state=librarian)
        asked: list[str] = []

        def answer(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(content_type="text/html", body="<p>비슷한 글이 있어요</p><a href='/qa/1'>먼저 물은 것</a>")

        page.route("**/search/similar*", answer)
        page.goto("/qa/write")
        session = page.context.new_cdp_session(page)
        page.get_by_label("제목", exact=True).focus()
        compose(session, "보")
        page.wait_for_timeout(800)
        assert asked == []
        session.send("Input.insertText", {"text": "보스"})
        box = page.locator("[data-editor-similar]")
        expect(box.get_by_role("link")).to_have_text("먼저 물은 것")
        assert len(asked) == 1
        assert "board=qa&title=%EB%B3%B4%EC%8A%A4" in asked[0]
        assert box.get_attribute("role") == "status"
        page.get_by_label("제목", exact=True).fill("")
        expect(box.get_by_role("link")).to_have_count(0)


def _answering(page: Page, held: list[Route]) -> bool:
    page.wait_for_timeout(20)  # lets Playwright hand over what the browser asks
    return bool(held)


class TestDrafts:
    def test_a_draft_saves_itself(self, page: Page, complaints: Complaints) -> None:
        fill_in(page, "저절로 저장되는 공략")
        expect(status(page)).to_have_text(SAVED, timeout=PATIENCE_MS)
        page.goto("/guides/drafts")
        page.get_by_role("link", name="저절로 저장되는 공략").click()
        expect(text(page)).to_have_value(re.compile("^첫 번째 방"))
        expect(page.locator("[data-editor-kept]")).to_be_hidden()
        assert complaints == []

    def test_what_was_just_typed_is_saved_when_the_page_is_left(self, page: Page) -> None:
        fill_in(page, "떠나면서 저장되는 공략")
        page.goto("/guides")
        wait_for(lambda: _in_drafts(page, "떠나면서 저장되는 공략"), "the draft")

    def test_what_is_published_is_no_draft_any_more_and_no_copy_is_left(self, page: Page) -> None:
        """Though it was typed a moment ago, and is saved as the page is left."""
        fill_in(page, "바로 올린 공략")
        assert len(page.evaluate(COPIES)) == 1
        page.get_by_role("button", name="올리기", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("바로 올린 공략")
        assert page.evaluate(COPIES) == []
        assert not _in_drafts(page, "바로 올린 공략")
        page.goto("/guides/write")
        expect(page.locator("[data-editor-kept]")).to_be_hidden()

    def test_a_form_that_did_not_arrive_leaves_its_copy(self, page: Page) -> None:
        def lose(route: Route) -> None:
            if route.request.method == "POST":
                route.fulfill(status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")
            else:
                route.continue_()

        page.route("**/guides/write", lose)
        fill_in(page, "길을 잃은 공략")
        page.get_by_role("button", name="올리기", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Bad Gateway")
        page.goto("/guides/write")
        page.get_by_role("button", name="불러오기").click()
        expect(page.get_by_label("제목", exact=True)).to_have_value("길을 잃은 공략")


def _in_drafts(page: Page, title: str) -> bool:
    return title in page.request.get("/guides/drafts").text()


class TestNothingIsLost:
    def test_a_log_in_that_ended_leaves_a_copy_which_is_offered_on_return(
        self, community: Community, new_page: NewPage
    ) -> None:
        page = new_page()
        log_in(page, community.administrator, "/guides/write")
        for name in (ACCESS_COOKIE, REFRESH_COOKIE, SESSION_COOKIE):
            page.context.clear_cookies(name=name)
        fill_in(page, "끊긴 공략", "끊기기 전에 쓴 글")
        expect(status(page)).to_contain_text("로그인이 끝났어요", timeout=PATIENCE_MS)
        picture(page, "editor session ended")

        log_in(page, community.administrator, "/guides/write")
        offer = page.locator("[data-editor-kept]")
        expect(offer).to_be_visible()
        expect(text(page)).to_have_value("")
        picture(page, "editor copy offered")
        offer.get_by_role("button", name="불러오기").click()
        expect(page.get_by_label("제목", exact=True)).to_have_value("끊긴 공략")
        expect(page.get_by_label("난이도")).to_have_value("hard")
        expect(text(page)).to_have_value("끊기기 전에 쓴 글")
        expect(offer).to_be_hidden()
        expect(status(page)).to_have_text(SAVED, timeout=PATIENCE_MS)
        page.reload()
        expect(offer).to_be_hidden()

    def test_a_copy_can_be_thrown_away(self, page: Page) -> None:
        page.context.set_offline(True)
        fill_in(page, "버릴 공략")
        expect(status(page)).to_contain_text("이 브라우저에 보관했어요", timeout=PATIENCE_MS)
        page.context.set_offline(False)
        page.goto("/guides/write")
        page.get_by_role("button", name="버리기").click()
        page.reload()
        expect(page.locator("[data-editor-kept]")).to_be_hidden()
        expect(text(page)).to_have_value("")

    def test_another_members_copy_is_not_shown(self, page: Page) -> None:
        page.evaluate(
            """() => localStorage.setItem("archive.copy:999:/guides/write#",
              JSON.stringify({ at: Date.now(), words: { body: "남의 글" } }))"""
        )
        page.reload()
        expect(page.locator("[data-editor-kept]")).to_be_hidden()

    def test_a_network_that_comes_back_is_used_again(self, page: Page) -> None:
        page.context.set_offline(True)
        fill_in(page, "돌아온 연결")
        expect(status(page)).to_contain_text("이 브라우저에 보관했어요", timeout=PATIENCE_MS)
        page.context.set_offline(False)
        text(page).press_sequentially(" 더")
        expect(status(page)).to_have_text(SAVED, timeout=PATIENCE_MS)

    def test_a_copy_of_what_was_sent_goes_once_it_has_arrived(self, page: Page) -> None:
        """A comment has no drafts on the server: its copy is marked when it is sent."""
        page.goto("/guides")
        page.goto(page.locator(".post-list a[href^='/guides/']").first.get_attribute("href") or "")
        page.get_by_label("댓글 쓰기").fill("고쳐 쓸 댓글")
        page.get_by_role("button", name="댓글 남기기").click()
        page.locator(".comment", has_text="고쳐 쓸 댓글").get_by_role("link", name="수정", exact=True).click()
        text(page).fill("고쳐 쓴 댓글")
        assert len(page.evaluate(COPIES)) == 1
        page.get_by_role("button", name="저장", exact=True).click()
        expect(page.locator(".comment", has_text="고쳐 쓴 댓글")).to_be_visible()
        page.locator(".comment", has_text="고쳐 쓴 댓글").get_by_role("link", name="수정", exact=True).click()
        expect(page.locator("[data-editor-kept]")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", DEVICES)
def test_it_is_fit_to_be_seen(
    new_page: NewPage, librarian: StorageState, photograph: Path, device: str, scheme: str
) -> None:
    page = new_page(color_scheme=scheme, storage_state=librarian, **DEVICES[device])
    page.goto("/guides/write")
    fill_in(page, "성문을 여는 순서", "## 첫 번째 방\n\n왼쪽 벽을 따라가세요.\n")
    page.locator("[data-editor-files]").set_input_files(photograph)
    expect(status(page)).to_have_text("사진을 넣었어요")
    picture(page, f"editor {device} {scheme}")
    assert barriers(page) == []
    assert sideways_overflow(page) == 0
    for size in page.locator("[data-editor-tools] button").evaluate_all(MEASURE):
        assert min(size) >= 44
    page.goto("/guides/images")
    page.get_by_label("사진").set_input_files(photograph)
    page.get_by_role("main").get_by_role("button", name="사진 올리기").click()
    expect(page.get_by_label("사진을 넣을 자리에 붙여 넣으세요")).to_have_value(PICTURE)
    picture(page, f"picture uploaded {device} {scheme}")
    assert barriers(page) == []
    assert sideways_overflow(page) == 0


MEASURE = "(buttons) => buttons.map((button) => [button.offsetWidth, button.offsetHeight])"
