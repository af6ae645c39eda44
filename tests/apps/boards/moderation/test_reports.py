"""Reports: one of each member about a post or a comment, nobody's own, and nobody learns of others'."""

from __future__ import annotations

import pytest
from tests.apps.boards.moderation.desk import LINK, newcomer, open_reports, order, report, rows
from tests.apps.boards.site import OTHER, Site
from tests.apps.boards.test_races import at_once, post

from archive_boards import limits


@pytest.mark.parametrize("kind", ["post", "comment"])
def test_a_report_is_taken_with_its_reason_and_note(guides: Site, kind: str) -> None:
    post_id = guides.write(guides.member())
    comment_id = guides.comment(guides.member(), post_id)
    subject_id, place = (post_id, f"/{post_id}") if kind == "post" else (comment_id, f"/comments/{comment_id}")
    form = guides.member(OTHER).get(f"/guides{place}/report").text
    assert "어떤 점이 문제인가요?" in form
    assert f'action="/guides{place}/report"' in form
    reader = guides.member(OTHER)
    answer = reader.post(f"/guides{place}/report", data={"reason": "abuse", "note": "심한 말이 있어요"})
    assert answer.location == f"/guides/{post_id}" + ("" if kind == "post" else f"#comment-{comment_id}")
    assert "신고를 받았어요" in reader.get(f"/guides/{post_id}").text
    (kept,) = rows(guides, "report")
    assert (kept["subject"], kept["subject_id"], kept["post_id"]) == (kind, subject_id, post_id)
    assert (kept["reporter_id"], kept["reason"], kept["note"]) == (OTHER, "abuse", "심한 말이 있어요")
    assert kept["handled_at"] is None


def test_the_same_member_reports_once(guides: Site) -> None:
    post_id = guides.write(guides.member())
    comment_id = guides.comment(guides.member(), post_id)
    again = [post(guides, OTHER, f"/{post_id}/report", reason="spam") for _ in range(6)]
    assert at_once(*again) == [303] * 6
    assert guides.count("report") == 1
    assert report(guides, OTHER, "comment", comment_id).status_code == 303
    assert report(guides, 3, "post", post_id).status_code == 303
    assert guides.count("report") == 3
    reader = guides.member(OTHER)
    reader.post(f"/guides/{post_id}/report", data={"reason": "abuse"})
    assert "이미 신고했어요" in reader.get(f"/guides/{post_id}").text
    assert rows(guides, "report")[0]["reason"] == "spam"


def test_a_report_that_was_dismissed_does_not_come_back(guides: Site) -> None:
    post_id = guides.write(guides.member())
    report(guides, OTHER, "post", post_id)
    assert order(guides.moderator(), guides, "post", post_id, "dismiss", reports=1).status_code == 303
    assert report(guides, OTHER, "post", post_id, "abuse").status_code == 303
    assert open_reports(guides) == []
    report(guides, 3, "post", post_id)
    assert len(open_reports(guides)) == 1


def test_what_one_wrote_oneself_and_what_nobody_sees_cannot_be_reported(guides: Site) -> None:
    author = guides.member()
    post_id = guides.write(author)
    comment_id = guides.comment(author, post_id)
    held_id = guides.write(newcomer(guides), body=LINK)
    assert report(guides, 1, "post", post_id).status_code == 403
    assert report(guides, 1, "comment", comment_id).status_code == 403
    assert author.get(f"/guides/{post_id}/report").status_code == 403
    assert report(guides, OTHER, "post", 999).status_code == 404
    assert report(guides, OTHER, "comment", 999).status_code == 404
    assert report(guides, OTHER, "post", held_id).status_code == 410
    author.post(f"/guides/{post_id}/delete")
    assert report(guides, OTHER, "post", post_id).status_code == 410
    assert report(guides, OTHER, "comment", comment_id).status_code == 410
    assert guides.member(OTHER).get(f"/guides/comments/{comment_id}/report").status_code == 410
    assert guides.count("report") == 0


def test_only_members_who_may_write_report(guides: Site) -> None:
    post_id = guides.write(guides.member())
    assert guides.visitor.get(f"/guides/{post_id}/report").location.startswith("/auth/login?next=")
    assert guides.visitor.post(f"/guides/{post_id}/report", data={"reason": "spam"}).status_code == 303
    program = guides.visitor.post(f"/guides/{post_id}/report", headers={"Accept": "application/json"})
    assert program.status_code == 401
    unverified = guides.member(OTHER, verified=False)
    assert unverified.post(f"/guides/{post_id}/report", data={"reason": "spam"}).status_code == 403
    forged = guides.member(OTHER).post(
        f"/guides/{post_id}/report", data={"reason": "spam"}, headers={"X-CSRF-Token": "forged"}
    )
    assert forged.status_code == 403
    guides.consume(("member.suspended", {"id": OTHER, "until": None}))
    assert report(guides, OTHER, "post", post_id).status_code == 403
    assert guides.count("report") == 0


@pytest.mark.parametrize(
    ("reason", "note", "message"),
    [
        ("", "", "신고하는 이유를 골라 주세요"),
        ("none of these", "말", "신고하는 이유를 골라 주세요"),
        ("other", "", "어떤 점이 문제인지 적어 주세요"),
        ("spam", "긴 " * 251 + "말", "500자까지 쓸 수 있어요"),
        ("spam", "널\0문자", "쓸 수 없는 문자가 들어 있어요"),
    ],
)
def test_a_refused_report_is_shown_again_with_what_was_typed(lite: Site, reason: str, note: str, message: str) -> None:
    post_id = lite.write(lite.member())
    answer = report(lite, OTHER, "post", post_id, reason, note)
    assert answer.status_code == 422
    assert message in answer.text
    assert "\0" in note or note in answer.text
    assert lite.count("report") == 0


def test_reports_are_limited_by_member_and_by_address(lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [lite.write(lite.member()) for _ in range(4)]
    monkeypatch.setitem(limits.LIMITS, "report", limits.Limit(member=2, address=3, seconds=86_400))
    assert [report(lite, OTHER, "post", number).status_code for number in posts[:3]] == [303, 303, 429]
    assert report(lite, 3, "post", posts[0]).status_code == 303
    assert report(lite, 4, "post", posts[0]).status_code == 429
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert report(lite, 4, "post", posts[0], environ_base=elsewhere).status_code == 303


def test_a_reporter_learns_nothing_of_others(lite: Site) -> None:
    post_id = lite.write(lite.member())
    report(lite, 3, "post", post_id, "other", "첫 신고의 말")
    for reader in (lite.member(OTHER), lite.member(1), lite.visitor):
        for place in (f"/guides/{post_id}", f"/guides/{post_id}/report"):
            assert "첫 신고의 말" not in reader.get(place).text
    assert all("report" not in one["type"] for one in lite.events())


def test_the_way_to_report_is_offered_to_those_who_can(lite: Site) -> None:
    post_id = lite.write(lite.member())
    lite.comment(lite.member(), post_id)

    def offered(page: str) -> set[str]:
        return {place for place in (f"/guides/{post_id}/report", "/guides/comments/1/report") if f'"{place}"' in page}

    assert offered(lite.visitor.get(f"/guides/{post_id}").text) == {f"/guides/{post_id}/report"}
    assert offered(lite.member(OTHER).get(f"/guides/{post_id}").text) == {
        f"/guides/{post_id}/report",
        "/guides/comments/1/report",
    }
    assert offered(lite.member(1).get(f"/guides/{post_id}").text) == set()
