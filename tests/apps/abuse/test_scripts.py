"""Stored and reflected scripts: whatever is written anywhere, pages stay made of what the site itself put there."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from xml.etree import ElementTree

import pytest
from sqlalchemy import update
from tests.apps.abuse.community import ADMIN, BOARDS, Community, forget_limits
from tests.apps.abuse.hostile import SCRIPTS
from tests.apps.abuse.looking import Structure, active, elements

from archive_auth.models import LoginSession, Member
from archive_chassis.database import database, session
from archive_chassis.testing import Client

INNOCENT = "평범한 글"
NUMBERED = list(enumerate(SCRIPTS))
#: Guides have the most to write into, and take all of them; the other boards have the same pages, and take half each.
ON_BOARDS = [("guides", *one) for one in NUMBERED]
ON_BOARDS += [("qa" if number % 2 else "news", number, text) for number, text in NUMBERED]
pytestmark = pytest.mark.slow
_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Generator[Community, None, None]:
    made = Community(tmp_path_factory.mktemp("community"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def structure(community: Community) -> Structure:
    """What every page is made of when only innocent words are written everywhere."""
    learnt = Structure()
    for round_number, words in enumerate((INNOCENT, "다른 글", "\x01쓸 수 없는 글")):
        for board in BOARDS:
            for page in write_everywhere(community, board, words, 900 + round_number).values():
                learnt.learn(page)
        for page in account_pages(community, words).values():
            learnt.learn(page)
        for page in site_pages(community, words).values():
            learnt.learn(page)
    return learnt


def write_everywhere(community: Community, board: str, words: str, number: int) -> dict[str, str]:
    """Write `words` into everything that a board takes, as member `number` of that name, and read every page of it."""
    site = community.boards[board]
    role = "admin" if site.board.writers == "editors" else "member"
    writer = community.member(board, number, storable(words)[:40], role)
    own = {field.name: words[: field.max_length] for field in site.board.fields if field.kind == "line"}
    line = " ".join(words.split())[:100] or "제목"
    pages: dict[str, str] = {}

    def kept(name: str, answer: object) -> None:
        pages[name] = answer.text  # type: ignore[attr-defined]

    # What is refused is shown again, with every word that was typed.
    kept("refused", writer.post(f"/{board}/write", data=site.form(title=line, body=words, **everywhere(words))))
    words, line = storable(words), storable(line)
    own = {name: storable(value) for name, value in own.items()}
    draft = {"title": line, "body": f"{words}\n\n## 하나\n\n### 둘\n\n## 셋\n\n{words}"} | own
    kept("preview", writer.post(f"/{board}/write", data=site.form(**draft, preview="1")))
    kept("saved", writer.post(f"/{board}/write", data=site.form(**draft, save="1"), follow_redirects=True))
    series = {"series": line[:80]} if site.board.guides else {}
    post_id = site.write(writer, **draft, **series, tags="태그 a.b-c")
    changed = site.form(**draft | {"title": f"{line[:96]} 2"}, **series, revision="1", tags="둘")
    assert writer.post(f"/{board}/{post_id}/edit", data=changed).status_code == 303
    comment_id = site.comment(writer, post_id, words)
    site.comment(writer, post_id, words, parent=str(comment_id))
    writer.post(f"/{board}/comments/{comment_id}/edit", data={"body": f"{words} 2"})
    kept("refused comment", writer.post(f"/{board}/{post_id}/comments", data={"body": words * 3_000}))
    if site.board.answers:
        answer_id = site.comment(writer, post_id, words, "answers")
        writer.post(f"/{board}/{post_id}/accept", data={"answer": str(answer_id)})
    if site.board.guides:
        writer.post(f"/{board}/{post_id}/confirm", data={"version": line[:40], "works": "1"})
        kept("series", writer.get(f"/{board}/series/{series_of(community, board, post_id)}"))
    reader = community.member(board, 500_000 + number, words[:40])
    for path in (f"/{board}/{post_id}/report", f"/{board}/comments/{comment_id}/report"):
        kept(f"report {path}", reader.post(path, data={"reason": line[:16], "note": words}))
        reader.post(path, data={"reason": "spam", "note": words[:500]})
    keeper = community.member(board, ADMIN, "운영자", "admin")
    for path in ("moderation", "moderation/log", "moderation/held", f"moderation/members/{number}"):
        kept(path, keeper.get(f"/{board}/{path}"))
    visitor = community.visitor(board)
    for name, path in {
        "read": f"/{post_id}",
        "history": f"/{post_id}/history",
        "comment history": f"/comments/{comment_id}/history",
        "edit": f"/{post_id}/edit",
        "delete": f"/{post_id}/delete",
        "comment edit": f"/comments/{comment_id}/edit",
        "comment delete": f"/comments/{comment_id}/delete",
        "drafts": "/drafts",
        "list": "/",
        "author": f"/?author={number}",
        "tags": "/tags",
    }.items():
        kept(name, writer.get(f"/{board}{path}"))
        if name in ("read", "list", "author", "tags"):
            kept(f"visitor: {name}", visitor.get(f"/{board}{path}"))
    for name in ("tag", "category", "author", "cursor", "sort"):
        kept(f"?{name}", visitor.get(f"/{board}/", query_string={name: words}))
    for name in ("category", "draft"):
        kept(f"write ?{name}", writer.get(f"/{board}/write", query_string={name: words}))
    kept("not found", visitor.get(f"/{board}/{line[:40]}"))
    pages["feed"] = visitor.get(f"/{board}/feed.atom").text
    return pages


def storable(words: str) -> str:
    """Without the control characters that no text may have: with them it is refused, and nothing is kept."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f]", "", words)


def everywhere(words: str) -> dict[str, str]:
    """The words in fields that take no such thing."""
    names = ("category", "tags", "submission", "revision", "publish_at", "image", "difficulty", "source", "parent")
    return dict.fromkeys(names, words)


def series_of(community: Community, board: str, post_id: int) -> int:
    found = community.boards[board].column("series_id", post_id)
    return int(found or 0)


def account_pages(community: Community, words: str) -> dict[str, str]:
    """The words in every form of auth, and where members and staff are shown."""
    visitor = community.visitor("auth")
    visitor_form = {"nickname": words, "email": words, "password": "x", "name": words, "token": words, "next": words}
    pages = {
        path: visitor.post(f"/auth/{path}", data=visitor_form, headers={"User-Agent": _line(words)}).text
        for path in ("register", "login", "reset", "register/resend", "register/finish", "reset/new", "email/confirm")
    }
    pages |= {
        f"{path}?": visitor.get(f"/auth/{path}", query_string={"token": words, "next": words, "q": words}).text
        for path in ("login", "register/finish", "reset/new", "email/confirm", "refresh")
    }
    admin = _admin(community)
    for path in ("nickname", "email", "password", "language", "delete", "tokens"):
        form = {"nickname": words, "email": words, "language": words, "name": words, "scopes": words, "days": words}
        pages[f"me/{path}"] = admin.post(f"/auth/me/{path}", data=form).text
    target = f"/auth/admin/members/{_somebody(community, words)}"
    pages["suspend"] = admin.post(f"{target}/suspend", data={"term": words, "reason": words}).text
    admin.post(f"{target}/suspend", data={"term": "7", "reason": words[:500]})
    for path in (target, "/auth/admin", "/auth/admin/audit", "/auth/me", "/auth/me/devices", "/auth/me/account"):
        pages[path] = admin.get(path).text
    pages["search"] = admin.get("/auth/admin", query_string={"q": words, "cursor": words}).text
    admin.post(f"{target}/lift")
    return pages


def _admin(community: Community) -> Client:
    """One log-in for the module: hashing a password takes its time."""
    known: Client | None = community.kept.get("admin")
    if known is None:
        known = community.kept["admin"] = community.auth.join("잃어버린책", "admin@example.com", role="admin")
        community.auth.join("지나가던이", "passing@example.com")
        community.kept["somebody"] = community.auth.member("지나가던이").id
    return known


def _somebody(community: Community, words: str) -> int:
    """A member who (somehow) has these words as nickname and user agent."""
    member_id: int = community.kept["somebody"]
    with community.apps["auth"].app_context():
        current = session()
        current.execute(update(Member).where(Member.id == member_id).values(nickname=words[:32]))
        current.execute(update(LoginSession).values(user_agent=words[:255]))
        current.commit()
    return member_id


def site_pages(community: Community, words: str) -> dict[str, str]:
    """The front page, the search and what else home has, after it has learnt of everything."""
    community.deliver()
    with community.apps["home"].app_context():
        database()
    visitor, member = community.visitor("home"), community.member("home", 900, words[:40])
    paths = ("/", "/search", "/notifications", "/notifications/settings", "/members/900", "/about")
    pages = {path: visitor.get(path).text for path in paths}
    pages |= {f"member: {path}": member.get(path).text for path in paths}
    for name in ("q", "tag", "author", "board", "page", "title"):
        pages[f"search ?{name}"] = visitor.get("/search", query_string={"q": "평범한", name: words}).text
        pages[f"similar ?{name}"] = visitor.get("/search/similar", query_string={"board": "qa", name: words}).text
    pages["not found"] = visitor.get(f"/{_line(words)[:40]}").text
    return pages


def _line(words: str) -> str:
    """As a header or an address can hold it."""
    return "".join(character for character in words if " " <= character <= "~").replace("?", "").replace("#", "")


def check(structure: Structure, pages: dict[str, str], words: str) -> None:
    wrong: list[str] = []
    once = {page: name for name, page in pages.items()}
    for page, name in once.items():
        if page.lstrip().startswith(("<?xml", "{")):
            continue
        wrong += [f"{name}: {one}" for one in active(page)]
        wrong += [f"{name}: {one} is on no innocent page" for one in structure.foreign(page)]
    assert not wrong, f"{words!r}:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize(("board", "number", "words"), ON_BOARDS)
def test_nothing_written_on_a_board_runs(
    community: Community, structure: Structure, board: str, number: int, words: str
) -> None:
    pages = write_everywhere(community, board, words, 1_000 + number)
    assert len(pages) > 30
    check(structure, pages, words)
    for page in pages.values():  # what search engines read is whole JSON, whatever a title says
        for found in _DATA.findall(page):
            json.loads(found)
    assert "49{" not in pages["read"]  # {{7*7}} is text


@pytest.mark.parametrize(("board", "number", "words"), ON_BOARDS)
def test_a_feed_holds_it_as_text(community: Community, board: str, number: int, words: str) -> None:
    write = community.boards[board]
    role = "admin" if write.board.writers == "editors" else "member"
    forget_limits(community.apps[board])
    words = storable(words)
    line = " ".join(words.split())[:100]
    write.write(community.member(board, 3_000 + number, words[:40], role), title=f"{line[:96]} 끝", body=words)
    feed = community.visitor(board).get(f"/{board}/feed.atom").text
    read = ElementTree.fromstring(feed)  # noqa: S314 - of the service under test
    (content, *_rest) = read.iter("{http://www.w3.org/2005/Atom}content")
    assert len(content) == 0  # markup is escaped within it, and is sound when it is unescaped
    assert not list(active(content.text or ""))
    assert "<title>" not in feed.partition("<title>")[2].partition("</title>")[0]


@pytest.mark.parametrize(("number", "words"), NUMBERED)
def test_nothing_typed_into_an_account_runs(
    community: Community, structure: Structure, number: int, words: str
) -> None:
    check(structure, account_pages(community, words), words)


@pytest.mark.parametrize(("number", "words"), NUMBERED)
def test_nothing_on_the_front_page_or_in_the_search_runs(
    community: Community, structure: Structure, number: int, words: str
) -> None:
    check(structure, site_pages(community, words), words)


def test_there_are_enough_of_them() -> None:
    assert len(set(SCRIPTS)) == len(SCRIPTS) >= 60


@pytest.mark.parametrize(
    "planted",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="java\nscript:alert(1)">x</a>',
        "<svg onload=alert(1)></svg>",
        "<iframe></iframe>",
        '<p style="x:y">',
        '<form action="https://evil.example/"><input name="csrf_token"></form>',
        "<marquee>x</marquee>",
    ],
)
def test_a_hole_would_be_seen(structure: Structure, planted: str) -> None:
    page = f'<html lang="ko"><body><main class="x" id="main" tabindex="-1">{planted}</main></body></html>'
    with pytest.raises(AssertionError, match=r"is on no innocent page|<|script"):
        check(structure, {"page": page}, planted)


def test_elements_are_told_apart_by_their_attributes() -> None:
    (one,) = elements('<a href="/x" rel=nofollow>x</a>')
    assert one.shape == ("a", frozenset({"href", "rel"}))
