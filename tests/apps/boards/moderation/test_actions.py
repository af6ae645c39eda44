"""What moderators do with one post or comment, on what they saw of it, and what everybody else sees then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.apps.boards.moderation.desk import (
    LINK,
    actions,
    colleague,
    newcomer,
    open_reports,
    order,
    report,
    row,
    rows,
)
from tests.apps.boards.site import OTHER, Site
from tests.apps.boards.test_outlets import OUTLETS, shows, write
from tests.apps.boards.test_races import at_once

from archive_boards.moderation import actions as moderation_actions
from archive_chassis.testing import Client


def reported(site: Site) -> int:
    """A post by member 1 that members 2 and 3 have reported."""
    post_id = site.write(site.member())
    report(site, 2, "post", post_id)
    report(site, 3, "post", post_id)
    return post_id


@pytest.mark.parametrize("outlet", OUTLETS)
def test_what_a_moderator_hid_is_in_no_outlet(news: Site, outlet: str) -> None:
    post_id = write(news)
    news.member(OTHER).post(f"/news/{post_id}/bookmark", data={"keep": "1"})
    if outlet == "history":
        edit = news.form(title="보이면 안 되는 제목", body="또", tags="비밀", revision="1")
        news.moderator().post(f"/news/{post_id}/edit", data=edit)
    assert order(colleague(news), news, "post", post_id, "hide").status_code == 303
    assert not shows(news, outlet, post_id)
    if outlet == "tags":
        assert "비밀" not in news.visitor.get("/news/tags").text
    assert news.events("post.removed")[-1]["data"]["id"] == post_id


def test_hiding_closes_the_reports_tells_the_author_and_is_logged(guides: Site) -> None:
    post_id = reported(guides)
    answer = order(guides.moderator(), guides, "post", post_id, "hide", reports=2, reason="광고라서요", back="post")
    assert answer.location == f"/guides/{post_id}"
    assert row(guides, "post", post_id)["withheld"] == "hidden"
    assert "운영진이 숨긴 글이에요" in guides.member().get(f"/guides/{post_id}").text
    assert guides.visitor.get(f"/guides/{post_id}").status_code == 410
    assert open_reports(guides) == []
    assert {(one["handled_by"], one["outcome"]) for one in rows(guides, "report")} == {(8, "hidden")}
    (told,) = guides.events("moderated")
    assert told["data"] == {
        "board": "guides",
        "action": "hide",
        "member_id": 1,
        "subject": "post",
        "post": {"id": post_id, "title": "제목입니다"},
        "reason": "광고라서요",
        "url": f"/guides/{post_id}",
    }
    (logged,) = rows(guides, "moderation_log")
    assert (logged["action"], logged["subject"], logged["subject_id"]) == ("hide", "post", post_id)
    assert (logged["actor_id"], logged["actor_name"], logged["member_id"]) == (8, "지킴이", 1)
    assert logged["detail"] == {"reason": "광고라서요", "reports": [1, 2]}
    recorded = guides.events("moderation.logged")[0]["data"]
    assert recorded == {"board": "guides", "id": 1, "digest": logged["digest"]}


def test_what_was_hidden_is_shown_again(guides: Site) -> None:
    post_id = guides.write(guides.member(), title="돌아올 글", tags="보스")
    moderator = guides.moderator()
    order(moderator, guides, "post", post_id, "hide")
    assert guides.member().post(f"/guides/{post_id}/restore").status_code == 403
    desk = moderator.get(f"/guides/moderation/posts/{post_id}").text
    assert "다시 보이기" in desk
    assert "숨김" in desk
    assert order(moderator, guides, "post", post_id, "unhide", "hidden").status_code == 303
    assert "돌아올 글" in guides.visitor.get("/guides/?tag=보스").text
    assert actions(guides) == ["hide", "unhide"]


def test_a_comment_is_hidden_and_shown_again(qa: Site) -> None:
    post_id = qa.write(qa.member())
    answer_id = qa.comment(qa.member(2), post_id, "숨길 답변", kind="answers")
    qa.member().post(f"/qa/{post_id}/accept", data={"answer": answer_id})
    moderator = qa.moderator()
    assert order(moderator, qa, "comment", answer_id, "hide", reason="틀린 말", back="post").status_code == 303
    assert "숨길 답변" not in qa.visitor.get(f"/qa/{post_id}").text
    assert (qa.column("answers", post_id), qa.column("accepted_id", post_id)) == (0, None)
    assert qa.events("comment.removed")[-1]["data"]["id"] == answer_id
    assert qa.events("moderated")[-1]["data"]["member_id"] == 2
    assert order(moderator, qa, "comment", answer_id, "unhide", "hidden").status_code == 303
    assert "숨길 답변" in qa.visitor.get(f"/qa/{post_id}").text
    assert qa.column("answers", post_id) == 1


def test_what_a_moderator_deleted_its_author_does_not_see(guides: Site) -> None:
    post_id = reported(guides)
    comment_id = guides.comment(guides.member(2), post_id)
    moderator = guides.moderator()
    assert order(moderator, guides, "comment", comment_id, "delete").status_code == 303
    assert order(moderator, guides, "post", post_id, "hide").status_code == 303
    assert order(moderator, guides, "post", post_id, "delete", "hidden").status_code == 303
    assert guides.member().get(f"/guides/{post_id}").status_code == 410
    assert guides.member().post(f"/guides/{post_id}/restore").status_code == 403
    assert guides.column("comments", post_id) == 0
    assert actions(guides) == ["delete", "hide", "delete"]


def test_a_locked_post_takes_no_more_comments(guides: Site) -> None:
    post_id = reported(guides)
    moderator = guides.moderator()
    assert order(moderator, guides, "post", post_id, "lock", reports=2).status_code == 303
    assert guides.member(2).post(f"/guides/{post_id}/comments", data={"body": "말"}).status_code == 403
    assert "잠긴 글이에요" in guides.visitor.get(f"/guides/{post_id}").text
    assert open_reports(guides) == []
    assert order(colleague(guides), guides, "post", post_id, "lock").status_code == 409
    assert order(moderator, guides, "post", post_id, "unlock").status_code == 303
    assert guides.member(2).post(f"/guides/{post_id}/comments", data={"body": "말"}).status_code == 303


def test_a_post_is_moved_to_another_category(guides: Site) -> None:
    post_id = guides.write(guides.member())
    first, second, third = [one.key for one in guides.board.categories][:3]
    moderator = guides.moderator()
    assert order(moderator, guides, "post", post_id, "move", category=second, category_seen=first).status_code == 303
    assert guides.column("category", post_id) == second
    assert guides.events("post.changed")[-1]["data"]["id"] == post_id
    late = order(colleague(guides), guides, "post", post_id, "move", category=third, category_seen=first)
    assert late.status_code == 409
    for wrong in ("none-of-these", "", second):
        answer = order(moderator, guides, "post", post_id, "move", category=wrong, category_seen=second)
        assert answer.status_code == 422
    assert rows(guides, "moderation_log")[-1]["detail"] == {"from": first, "to": second}


def test_a_link_is_released_and_its_author_trusted(guides: Site) -> None:
    client = newcomer(guides)
    post_id = guides.write(client, title="기다리던 글", body=LINK)
    assert guides.visitor.get(f"/guides/{post_id}").status_code == 410
    moderator = guides.moderator()
    answer = order(moderator, guides, "post", post_id, "approve", "held", revision=1, back="held", trust="1")
    assert answer.location == "/guides/moderation/held"
    assert "기다리던 글" in guides.visitor.get("/guides/").text
    assert guides.events("post.published")[-1]["data"]["id"] == post_id
    assert rows(guides, "moderation_log")[0]["detail"] == {"trusted": True}
    next_id = guides.write(client, body=LINK)
    assert guides.visitor.get(f"/guides/{next_id}").status_code == 200
    guides.consume(("member.suspended", {"id": 50, "until": None}))  # what auth says finds the row that is there
    assert client.post("/guides/write", data=guides.form()).status_code == 403


def test_without_trust_the_next_link_waits_again(guides: Site) -> None:
    about = guides.write(guides.member())
    client = newcomer(guides)
    client.post(f"/guides/{about}/comments", data={"body": LINK})
    assert order(guides.moderator(), guides, "comment", 1, "approve", "held").status_code == 303
    assert "elsewhere.example" in guides.visitor.get(f"/guides/{about}").text
    assert guides.column("comments", about) == 1
    assert guides.events("comment.added")[-1]["data"]["id"] == 1
    post_id = guides.write(client, body=LINK)
    assert guides.visitor.get(f"/guides/{post_id}").status_code == 410


def test_a_refused_link_is_hidden(guides: Site) -> None:
    client = newcomer(guides)
    post_id = guides.write(client, body=LINK)
    assert order(guides.moderator(), guides, "post", post_id, "reject", "held", reason="광고예요").status_code == 303
    assert "운영진이 숨긴 글이에요" in client.get(f"/guides/{post_id}").text
    assert "보류한 것이 없어요" in guides.moderator().get("/guides/moderation/held").text
    assert guides.events("moderated")[-1]["data"]["reason"] == "광고예요"
    assert guides.events("post.published") == []


def test_what_was_edited_after_the_look_is_not_released(guides: Site) -> None:
    """Else a harmless link would let another one pass."""
    client = newcomer(guides)
    post_id = guides.write(client, body=LINK)
    edit = guides.form(body="이제 https://worse.example/", revision="1")
    assert client.post(f"/guides/{post_id}/edit", data=edit).status_code == 303
    moderator = guides.moderator()
    assert order(moderator, guides, "post", post_id, "approve", "held", revision=1).status_code == 409
    assert guides.visitor.get(f"/guides/{post_id}").status_code == 410
    assert 'name="revision" value="2"' in moderator.get("/guides/moderation/held").text
    assert order(moderator, guides, "post", post_id, "approve", "held", revision=2).status_code == 303


def test_dismissing_leaves_later_reports_open(guides: Site) -> None:
    post_id = reported(guides)
    report(guides, 4, "post", post_id, "illegal")
    assert order(guides.moderator(), guides, "post", post_id, "dismiss", reports=2).status_code == 303
    assert open_reports(guides) == [3]
    assert rows(guides, "report")[0]["outcome"] == "dismissed"
    assert guides.visitor.get(f"/guides/{post_id}").status_code == 200
    assert guides.events("moderated") == [], "the author need not know of reports without reason"
    assert order(guides.moderator(), guides, "post", post_id, "dismiss").status_code == 409


def test_later_reports_do_not_hold_up_a_moderator(guides: Site) -> None:
    post_id = reported(guides)
    report(guides, 4, "post", post_id)
    assert order(guides.moderator(), guides, "post", post_id, "hide", reports=2).status_code == 303
    assert open_reports(guides) == []


BOTH: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "hide and hide": ({"action": "hide"}, {"action": "hide"}),
    "hide and dismiss": ({"action": "hide", "reports": 2}, {"action": "dismiss", "reports": 2}),
    "dismiss and dismiss": ({"action": "dismiss", "reports": 2}, {"action": "dismiss", "reports": 2}),
    "dismiss and delete": ({"action": "dismiss", "reports": 2}, {"action": "delete", "reports": 2}),
    "lock and lock": ({"action": "lock"}, {"action": "lock"}),
    "delete and hide": ({"action": "delete"}, {"action": "hide"}),
}


@pytest.mark.parametrize("pair", BOTH)
def test_of_two_moderators_at_once_the_second_is_told(guides: Site, pair: str) -> None:
    post_id = reported(guides)
    clients = (guides.moderator(), colleague(guides))
    answers = at_once(
        *(_ordering(client, guides, post_id, what) for client, what in zip(clients, BOTH[pair], strict=True))
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [303, 409]
    late = next(answer for answer in answers if answer.status_code == 409)
    assert "그사이에 다른 운영진이 처리했거나" in late.text
    assert guides.count("moderation_log") == 1


def _ordering(client: Client, site: Site, post_id: int, what: dict[str, Any]) -> Callable[[], Any]:
    client.csrf_token()
    return lambda: order(client, site, "post", post_id, **what)


def test_without_the_comparison_both_would_be_done(guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the planted fault is that nobody compares the subject with what the moderator saw."""
    post_id = reported(guides)
    monkeypatch.setattr(moderation_actions, "_require_as_seen", lambda *_arguments: None)
    assert order(guides.moderator(), guides, "post", post_id, "hide").status_code == 303
    assert order(colleague(guides), guides, "post", post_id, "hide").status_code == 303
    assert guides.count("moderation_log") == 2


def test_many_moderators_at_once_leave_a_log_without_gaps(guides: Site) -> None:
    guides.many(8)
    clients = [guides.member(20 + n, f"지킴이{n}", "moderator") for n in range(8)]
    ordering = [_ordering(client, guides, n + 1, {"action": "hide"}) for n, client in enumerate(clients)]
    assert [answer.status_code for answer in at_once(*ordering)] == [303] * 8
    assert [one["id"] for one in rows(guides, "moderation_log")] == list(range(1, 9))


def test_nobody_judges_their_own_and_only_admins_an_admins(guides: Site) -> None:
    own_id, admins_id = guides.write(guides.moderator()), guides.write(guides.admin())
    for subject_id in (own_id, admins_id):
        report(guides, 2, "post", subject_id)
    moderator = guides.moderator()
    assert order(moderator, guides, "post", own_id, "dismiss", reports=1).status_code == 403
    assert order(moderator, guides, "post", admins_id, "dismiss", reports=2).status_code == 403
    assert order(moderator, guides, "post", admins_id, "hide").status_code == 403
    assert order(guides.admin(), guides, "post", admins_id, "hide").status_code == 403
    assert order(colleague(guides), guides, "post", own_id, "dismiss", reports=1).status_code == 303
    second = guides.member(10, "둘째운영자", "admin")
    assert order(second, guides, "post", admins_id, "hide").status_code == 303
    assert "다른 운영진이 살펴봐야" in moderator.get(f"/guides/{own_id}").text


@pytest.mark.parametrize(
    ("kind", "action", "standing", "code"),
    [
        ("post", "burn", "shown", 404),
        ("comment", "lock", "shown", 404),
        ("comment", "move", "shown", 404),
        ("post", "unhide", "shown", 409),
        ("post", "approve", "held", 409),
        ("post", "hide", "hidden", 409),
        ("post", "hide", "", 409),
        ("post", "delete", "deleted", 409),
        ("comment", "reject", "held", 409),
    ],
)
def test_orders_that_lead_nowhere_change_nothing(lite: Site, kind: str, action: str, standing: str, code: int) -> None:
    post_id = lite.write(lite.member())
    lite.comment(lite.member(), post_id)
    before = len(lite.events())
    assert order(lite.moderator(), lite, kind, 1, action, standing).status_code == code
    assert len(lite.events()) == before
    assert lite.count("moderation_log") == 0


def test_a_reason_is_bounded_and_back_leads_nowhere_else(lite: Site) -> None:
    post_id = lite.write(lite.member())
    moderator = lite.moderator()
    assert order(moderator, lite, "post", post_id, "hide", reason="말" * 501).status_code == 422
    assert order(moderator, lite, "post", post_id, "hide", reason="널\0문자").status_code == 422
    answer = order(moderator, lite, "post", post_id, "hide", back="//evil.example/")
    assert answer.location == "/guides/moderation"


def test_a_comment_below_a_removed_post_waits_with_it(guides: Site) -> None:
    author = guides.member()
    post_id = guides.write(author)
    comment_id = guides.comment(guides.member(2), post_id)
    report(guides, 3, "comment", comment_id)
    author.post(f"/guides/{post_id}/delete")
    moderator = guides.moderator()
    assert "보이지 않는 글의 댓글" in moderator.get("/guides/moderation").text
    assert order(moderator, guides, "comment", comment_id, "hide", reports=1).status_code == 409
    assert order(moderator, guides, "comment", comment_id, "dismiss", reports=1).status_code == 303


def test_the_menu_offers_a_moderator_what_can_be_done(guides: Site) -> None:
    post_id = guides.write(guides.member())
    comment_id = guides.comment(guides.member(), post_id)

    def offered(client: Client) -> list[str]:
        page = client.get(f"/guides/{post_id}").text
        return [name for name in ("hide", "unhide", "lock", "unlock", "move", "delete") if f'value="{name}"' in page]

    assert offered(guides.member(OTHER)) == offered(guides.visitor) == []
    moderator = guides.moderator()
    assert offered(moderator) == ["hide", "lock", "move", "delete"]
    assert f'action="/guides/moderation/comments/{comment_id}"' in moderator.get(f"/guides/{post_id}").text
    order(moderator, guides, "post", post_id, "lock")
    assert offered(moderator) == ["hide", "unlock", "move", "delete"]
    order(moderator, guides, "post", post_id, "hide")
    assert offered(moderator) == ["unhide", "delete"]


def test_a_revision_is_erased_for_good(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client, body="전화번호는 010-0000-0000")
    comment_id = guides.comment(client, post_id, "집 주소는 비밀로 1번지")
    client.post(f"/guides/{post_id}/edit", data=guides.form(body="번호를 뺐어요", revision="1"))
    client.post(f"/guides/comments/{comment_id}/edit", data={"body": "주소를 뺐어요"})
    moderator, reader = guides.moderator(), guides.member(OTHER)
    assert f'action="/guides/{post_id}/history/1/erase"' in moderator.get(f"/guides/{post_id}/history").text
    assert "/erase" not in reader.get(f"/guides/{post_id}/history").text
    for place, secret in ((f"/{post_id}", "010-0000"), (f"/comments/{comment_id}", "비밀로")):
        assert secret in reader.get(f"/guides{place}/history").text
        assert moderator.post(f"/guides{place}/history/1/erase").location == f"/guides{place}/history"
        assert secret not in reader.get(f"/guides{place}/history").text
        assert moderator.post(f"/guides{place}/history/2/erase").status_code == 404
    assert actions(guides) == ["erase", "erase"]
    assert rows(guides, "moderation_log")[0]["detail"] == {"revision": 1}
    admins_id = guides.write(guides.admin())
    guides.admin().post(f"/guides/{admins_id}/edit", data=guides.form(body="바뀜", revision="1"))
    assert moderator.post(f"/guides/{admins_id}/history/1/erase").status_code == 403
