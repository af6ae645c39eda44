"""What waits for moderators: reports by their subject, and links of new members."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert
from tests.apps.boards.moderation.desk import LINK, newcomer, order, report
from tests.apps.boards.site import OTHER, Site

from archive_chassis import clock


def many_reports(site: Site, subjects: int, each: int) -> None:
    """`each` reports about every post from 1 to `subjects`, those about later posts later."""
    begin = clock.naive_now() - timedelta(hours=1)
    values = [
        {
            "subject": "post",
            "subject_id": subject,
            "post_id": subject,
            "reporter_id": 1000 + member,
            "reporter_name": f"회원{member}",
            "reason": ("spam", "abuse")[member % 2],
            "note": f"{subject}번 글의 {member}번째 말",
            "at": begin + timedelta(seconds=subject * each + member),
            "outcome": "",
        }
        for subject in range(1, subjects + 1)
        for member in range(each)
    ]
    with site.database() as store, store.engine.begin() as connection:
        connection.execute(insert(site.board.tables.report), values)


def test_reports_of_one_subject_come_together(guides: Site) -> None:
    post_id = guides.write(guides.member(nickname="글쓴토끼"), title="말썽 글", body="본문 **그대로**")
    comment_id = guides.comment(guides.member(), post_id, "말썽 댓글")
    report(guides, 2, "post", post_id, "spam", "광고예요")
    report(guides, 3, "post", post_id, "abuse", "<script>alert(1)</script>")
    report(guides, 4, "post", post_id, "spam")
    report(guides, 5, "comment", comment_id, "spoiler")
    page = guides.moderator().get("/guides/moderation").text
    assert page.index("말썽 댓글") < page.index("신고 3건"), "the one that was reported last comes first"
    assert "신고 1건" in page
    assert "광고나 도배 2" in page
    assert "욕설이나 괴롭힘 1" in page
    assert "광고예요" in page
    assert "글쓴토끼" in page
    assert "회원3" in page
    assert "본문 그대로" in page
    assert "<script>alert" not in page
    assert f'href="/guides/{post_id}#comment-{comment_id}"' in page
    assert "/auth/admin/members/1" in page


def test_the_queue_comes_in_pages_that_hold_every_subject_once(guides: Site) -> None:
    guides.many(45)
    many_reports(guides, 45, 2)
    seen: list[str] = []
    moderator, address = guides.moderator(), "/guides/moderation"
    for _ in range(3):
        page = moderator.get(address).text
        seen += re.findall(r'action="/guides/moderation/posts/(\d+)"', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == [str(number) for number in range(45, 0, -1)]
    assert address == ""
    assert moderator.get("/guides/moderation?cursor=nonsense").status_code == 422


@pytest.mark.parametrize("amount", [(10, 1), (40, 25)])
def test_pages_take_a_fixed_number_of_statements(guides: Site, amount: tuple[int, int]) -> None:
    subjects, each = amount
    guides.many(40)
    many_reports(guides, subjects, each)
    moderator = guides.moderator()
    order(moderator, guides, "post", 1, "hide")
    for place, most in (("", 6), ("/held", 5), ("/log", 6), ("/posts/2", 6), ("/members/100", 6)):
        with guides.statements() as sent:
            assert moderator.get(f"/guides/moderation{place}").status_code == 200
        assert len(sent) <= most, (place, [statement for statement, _values in sent])


def test_the_tabs_count_what_waits(guides: Site) -> None:
    post_id = guides.write(guides.member())
    guides.write(newcomer(guides), body=LINK)
    report(guides, 2, "post", post_id)
    report(guides, 3, "post", post_id)
    page = guides.moderator().get("/guides/moderation").text
    assert re.search(r'aria-current="page">신고 1</a>', page)
    assert ">보류 1</a>" in page


def test_held_things_show_what_they_say_and_where_they_lead(guides: Site) -> None:
    post_id = guides.write(guides.member())
    client = newcomer(guides)
    held_id = guides.write(client, title="첫 글이에요", body=LINK)
    client.post(f"/guides/{post_id}/comments", data={"body": "댓글의 링크 http://other.example/"})
    page = guides.moderator().get("/guides/moderation/held").text
    assert "첫 글이에요" in page
    assert "<code>https://elsewhere.example/deal?a=1&amp;b=2</code>" in page
    assert "<code>http://other.example/</code>" in page
    assert 'href="https://elsewhere.example' not in page, "nobody clicks it by mistake"
    assert page.index("other.example") < page.index(f"/moderation/posts/{held_id}")
    assert "이 회원을 믿기" in page


def test_a_held_comment_waits_while_its_post_is_gone(guides: Site) -> None:
    author = guides.member()
    post_id = guides.write(author)
    newcomer(guides).post(f"/guides/{post_id}/comments", data={"body": LINK})
    author.post(f"/guides/{post_id}/delete")
    assert "elsewhere.example" not in guides.moderator().get("/guides/moderation/held").text
    author.post(f"/guides/{post_id}/restore")
    assert "elsewhere.example" in guides.moderator().get("/guides/moderation/held").text


WHO = ("visitor", "unverified", "other", "author", "moderator", "admin")
PLACES = {
    "queue": ("GET", "/moderation", {}),
    "held": ("GET", "/moderation/held", {}),
    "log": ("GET", "/moderation/log", {}),
    "post's desk": ("GET", "/moderation/posts/1", {}),
    "comment's desk": ("GET", "/moderation/comments/1", {}),
    "member": ("GET", "/moderation/members/100", {}),
    "act on post": ("POST", "/moderation/posts/1", {"action": "hide", "standing": "shown"}),
    "act on comment": ("POST", "/moderation/comments/1", {"action": "hide", "standing": "shown"}),
    "erase post's": ("POST", "/1/history/1/erase", {}),
    "erase comment's": ("POST", "/comments/1/history/1/erase", {}),
    "take": ("POST", "/moderation/members/100", {"span": "day", "sure": "1"}),
    "give back": ("POST", "/moderation/log/1/give-back", {}),
}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("place", PLACES)
def test_only_moderators_come_in(tmp_path_factory: pytest.TempPathFactory, place: str, who: str) -> None:
    site = Site("guides", tmp_path_factory.mktemp("board"))
    author = site.member(100, "소식여우")
    site.write(author)
    site.comment(author, 1, "한 말")
    author.post("/guides/1/edit", data=site.form(title="새 제목", revision="1"))
    author.post("/guides/comments/1/edit", data={"body": "고친 말"})
    if place == "give back":
        site.moderator().post("/guides/moderation/members/100", data={"span": "day", "sure": "1"})
    clients = {
        "visitor": lambda: site.visitor,
        "unverified": lambda: site.member(3, role="moderator", verified=False),
        "other": lambda: site.member(OTHER),
        "author": lambda: author,
        "moderator": site.moderator,
        "admin": site.admin,
    }
    method, path, data = PLACES[place]
    before = (len(site.events()), site.count("moderation_log"))
    allowed = who in ("moderator", "admin")
    answer = clients[who]().open(f"/guides{path}", method=method, data=data)
    expected = (200 if method == "GET" else 303) if allowed else 303 if who == "visitor" else 403
    assert answer.status_code == expected
    if who == "visitor":
        assert answer.location.startswith("/auth/login")
        program = site.visitor.open(f"/guides{path}", method=method, data=data, headers={"Accept": "application/json"})
        assert program.status_code == 401
    if method == "POST":
        assert (site.count("moderation_log") > before[1]) == allowed
        forged = site.admin().open(f"/guides{path}", method=method, data=data, headers={"X-CSRF-Token": "forged"})
        assert forged.status_code == 403
    if not allowed:
        assert (len(site.events()), site.count("moderation_log")) == before
    site.close()


def test_a_suspended_moderator_and_one_who_is_none_any_more_stay_out(guides: Site) -> None:
    guides.write(guides.member())
    client = guides.moderator()
    guides.consume(("member.suspended", {"id": 8, "until": None}))
    assert client.get("/guides/moderation").status_code == 403
    guides.consume(("member.reinstated", {"id": 8}), ("member.role_changed", {"id": 8, "role": "member"}))
    assert client.get("/guides/moderation").status_code == 403
    assert order(client, guides, "post", 1, "hide").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/moderation/posts/999",
        "/moderation/comments/999",
        "/moderation/members/1/2",
        "/moderation/drafts/1",
        "/moderation/log?action=none-of-these",
        "/moderation/log?member=1%27",
        "/moderation/log?moderator=" + "9" * 30,
    ],
)
def test_what_there_is_not_is_not_found(lite: Site, path: str) -> None:
    assert lite.moderator().get(f"/guides{path}").status_code == 404


def test_times_and_spans_that_are_none_are_refused(lite: Site) -> None:
    client = lite.moderator()
    assert client.get("/guides/moderation/members/1?span=century").status_code == 422
    data = {"span": "day", "begin": "not a time", "sure": "1"}
    assert client.post("/guides/moderation/members/1", data=data).status_code == 422
