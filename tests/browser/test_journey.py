"""A member's whole way through the community, which must work just the same without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.community import Account, Community
from tests.browser.looking import Complaints, picture
from tests.browser.visiting import NewPage, log_in, notice

pytestmark = [pytest.mark.slow, pytest.mark.alone]

QUESTION = "마지막 층의 문은 어떻게 여나요?"
BETTER_QUESTION = "마지막 층의 문을 여는 순서가 궁금해요"
COMMENT = "열쇠 세 개를 모두 모았어요."
BETTER_COMMENT = "열쇠 세 개를 모두 모았고, 등불도 켰어요."


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_visitor_becomes_a_member_writes_and_leaves(
    community: Community, new_page: NewPage, complaints: Complaints, script: bool
) -> None:
    page = new_page(java_script_enabled=script)
    kind = "script" if script else "no-script"
    account = Account(
        "길잡이등불" if script else "조용한등불", f"{kind}@example.com", "등불 아래에서 오래 읽는 두꺼운 책"
    )

    _register(page, community, account)
    picture(page, f"journey-{kind}-1-member")
    _log_out(page)
    log_in(page, account)
    expect(page.locator("details[data-menu] summary")).to_contain_text(account.nickname)

    address = _ask(page)
    picture(page, f"journey-{kind}-2-asked")
    _comment(page)
    picture(page, f"journey-{kind}-3-commented")
    _edit(page)
    picture(page, f"journey-{kind}-4-edited")
    _delete(page, address)
    picture(page, f"journey-{kind}-5-deleted")
    _log_out(page)

    gone = page.goto(address)
    assert gone is not None
    assert gone.status == 410
    picture(page, f"journey-{kind}-6-gone")
    assert [line for line in complaints if "410" not in line] == []


def _register(page: Page, community: Community, account: Account) -> None:
    page.goto("/")
    page.get_by_role("link", name="회원가입").first.click()
    page.get_by_label("닉네임").fill(account.nickname)
    page.get_by_label("이메일").fill(account.email)
    page.get_by_label("비밀번호", exact=True).fill(account.password)
    page.get_by_label("커뮤니티 규칙을 읽었고 동의해요").check()
    page.get_by_role("button", name="가입하기").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("메일을 확인해 주세요")

    page.goto(community.link_mailed_to(account.email))
    expect(page.get_by_label("닉네임")).to_have_value(account.nickname)
    page.get_by_label("비밀번호", exact=True).fill(account.password)
    page.get_by_role("button", name="가입 마치기").click()
    expect(notice(page)).to_contain_text("가입을 마쳤어요")
    expect(page.locator("details[data-menu] summary")).to_contain_text(account.nickname)


def _log_out(page: Page) -> None:
    page.locator("details[data-menu] summary").click()
    page.get_by_role("button", name="로그아웃").click()
    expect(page.get_by_role("banner").get_by_role("link", name="로그인")).to_be_visible()
    expect(page.locator("details[data-menu]")).to_have_count(0)


def _ask(page: Page) -> str:
    page.get_by_role("navigation", name="게시판").get_by_role("link", name="Q&A").click()
    page.get_by_role("link", name="질문하기").first.click()
    page.get_by_label("제목", exact=True).fill(QUESTION)
    page.get_by_label("분류").select_option("stuck")
    page.get_by_label("질문 내용").fill("문 앞에 등불이 **세 개** 있는데(모두 꺼져 있어요) 무엇부터 해야 하나요?")
    page.get_by_role("button", name="올리기", exact=True).click()
    expect(notice(page)).to_contain_text("글을 올렸어요")
    expect(page.get_by_role("heading", level=1)).to_have_text(QUESTION)
    expect(page.locator(".article__body strong")).to_have_text("세 개")
    assert _width(page, "article") == _width(page, "#comments"), "a short post's page is as wide as what is said to it"
    return page.url


def _comment(page: Page) -> None:
    page.get_by_label("댓글 쓰기").fill(COMMENT)
    page.get_by_role("button", name="댓글 남기기").click()
    expect(notice(page)).to_contain_text("댓글을 남겼어요")
    comments = page.get_by_role("region", name="댓글 1")
    expect(comments).to_contain_text(COMMENT)

    comments.get_by_role("link", name="수정", exact=True).click()
    page.get_by_label("내용", exact=True).fill(BETTER_COMMENT)
    page.get_by_role("button", name="저장", exact=True).click()
    expect(notice(page)).to_contain_text("수정했어요")
    expect(page.get_by_role("region", name="댓글 1")).to_contain_text(BETTER_COMMENT)

    page.get_by_role("region", name="댓글 1").get_by_role("link", name="삭제").click()
    page.get_by_role("button", name="삭제하기").click()
    expect(notice(page)).to_contain_text("삭제했어요")
    expect(page.get_by_role("main")).not_to_contain_text(BETTER_COMMENT)


def _edit(page: Page) -> None:
    page.locator(".article__foot").get_by_role("link", name="수정", exact=True).click()
    expect(page.get_by_label("제목", exact=True)).to_have_value(QUESTION)
    page.get_by_label("제목", exact=True).fill(BETTER_QUESTION)
    page.get_by_role("button", name="저장", exact=True).click()
    expect(notice(page)).to_contain_text("글을 수정했어요")
    expect(page.get_by_role("heading", level=1)).to_have_text(BETTER_QUESTION)


def _delete(page: Page, address: str) -> None:
    page.goto("/qa/")
    expect(page.get_by_role("link", name=BETTER_QUESTION)).to_be_visible()
    page.goto(address)
    page.locator(".article__foot").get_by_role("link", name="삭제").click()
    page.get_by_role("button", name="삭제하기").click()
    expect(notice(page)).to_contain_text("글을 삭제했어요")
    expect(page.get_by_role("link", name=BETTER_QUESTION)).to_have_count(0)


def _width(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["width"]
