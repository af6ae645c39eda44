"""Everything of one member is taken back, in batches that survive a crash, and a batch can be given back."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from tests.apps.boards.moderation.desk import LINK, actions, colleague, newcomer, open_reports, order, report, row, rows
from tests.apps.boards.site import OTHER, Site
from tests.apps.boards.test_races import at_once
from werkzeug.test import TestResponse

from archive_boards.moderation import bulk, giving, log, taking
from archive_chassis import clock
from archive_chassis.testing import Client

SPAMMER = 100
POSTS, COMMENTS, VOTES, REPORTS = 250, 71, 30, 3


def take(client: Client, site: Site, span: str = "day", **more: str) -> TestResponse:
    data = {"span": span, "sure": "1", **more}
    return client.post(f"/{site.name}/moderation/members/{SPAMMER}", data=data)


def give_back(client: Client, site: Site, number: int) -> int:
    return client.post(f"/{site.name}/moderation/log/{number}/give-back").status_code


def write_a_lot(site: Site) -> None:
    """What one member left in an afternoon, around a question of somebody else's with an accepted answer of theirs."""
    asked = {"id": OTHER, "nickname": "바람돌이"}
    spammer = {"id": SPAMMER, "nickname": "소식여우"}
    said = [{"author": spammer, "body": f"{n}번째 광고", "at": "-PT30M"} for n in range((COMMENTS - 1) // 2)]
    answers = [{"author": spammer, "body": "이게 답이에요", "at": "-PT20M", "accepted": True}]
    answers.append({"author": asked, "body": "제가 찾은 답", "at": "-PT10M"})
    site.fill([site.line("남의 질문", author=asked, comments=said, answers=answers, published_at="-PT2H")])
    site.fill([site.line("남의 다른 질문", author=asked, comments=said, published_at="-PT2H")])
    site.fill([site.line(f"광고 {n}", tags=["광고", f"꼬리{n % 3}"], published_at="-PT1H") for n in range(POSTS)])
    site.many(VOTES, author={"id": OTHER, "nickname": "바람돌이"})
    client = site.member(SPAMMER)
    others = [one["id"] for one in rows(site, "post") if one["author_id"] == OTHER]
    for place, number in enumerate(others[-VOTES:]):
        assert client.post(f"/{site.name}/{number}/vote", data={"vote": "-1" if place % 2 else "1"}).status_code == 303
    for number in others[:REPORTS]:
        report(site, SPAMMER, "post", number)
    report(site, 3, "post", next(one["id"] for one in rows(site, "post") if one["author_id"] == SPAMMER))


CONTENT = ("post", "comment", "vote", "tag", "post_tag", "report")


def content(site: Site) -> dict[str, list[dict[str, Any]]]:
    return {table: rows(site, table) for table in CONTENT}


def shown_posts(site: Site) -> list[int]:
    return [one["id"] for one in rows(site, "post") if one["author_id"] == SPAMMER and one["placement"]]


def taken(site: Site, action: str) -> list[Any]:
    """What all batches of a kind have taken, in order."""
    batches = [one["detail"]["taken"] for one in rows(site, "moderation_log") if one["action"] == action]
    return [what for batch in batches for what in batch]


def test_everything_goes_and_everything_comes_back(qa: Site) -> None:
    write_a_lot(qa)
    before = content(qa)
    moderator = qa.moderator()
    question = moderator.get(f"/qa/moderation/members/{SPAMMER}").text
    assert f"이 회원이 한 일 {POSTS + COMMENTS + VOTES + REPORTS}개를 되돌릴게요" in question
    answers = [take(moderator, qa)]
    while answers[-1].status_code == 200:  # what is left is said, with a button to go on
        assert "개가 남았어요" in answers[-1].text
        begin = re.search(r'name="begin" value="([^"]+)"', answers[-1].text)
        assert begin is not None
        answers.append(take(moderator, qa, begin=begin[1]))
    assert len(answers) == 2
    assert answers[-1].status_code == 303

    assert shown_posts(qa) == []
    assert qa.visitor.get(f"/qa/?author={SPAMMER}").text.count("광고") == 0
    assert (qa.column("comments", 1), qa.column("answers", 1), qa.column("accepted_id", 1)) == (0, 1, None)
    assert all(one["member_id"] != SPAMMER for one in rows(qa, "vote"))
    assert all(one["score"] == 0 for one in rows(qa, "post"))
    assert all(one["posts"] == 0 for one in rows(qa, "tag"))
    assert open_reports(qa) == []
    page = qa.visitor.get("/qa/1").text
    assert "제가 찾은 답" in page
    assert "번째 광고" not in page
    assert len(qa.events("post.removed")) == POSTS
    assert len(qa.events("comment.removed")) == COMMENTS
    batches = Counter(actions(qa))
    assert batches == {"take_posts": 5, "take_comments": 2, "take_votes": 1, "take_reports": 1}
    assert len(taken(qa, "take_posts")) == POSTS

    for one in reversed(rows(qa, "moderation_log")):
        assert give_back(moderator, qa, one["id"]) == 303
    assert content(qa) == before
    assert "이게 답이에요" in qa.visitor.get("/qa/1").text
    for number in range(1, 10):
        assert give_back(moderator, qa, number) == 409, "given back once"
    assert content(qa) == before


def test_nothing_that_was_removed_otherwise_comes_back(guides: Site) -> None:
    guides.many(6)
    author, moderator = guides.member(SPAMMER), guides.moderator()
    author.post("/guides/1/delete")
    order(moderator, guides, "post", 2, "hide")
    order(moderator, guides, "post", 3, "delete")
    before = content(guides)
    assert take(moderator, guides).status_code == 303
    batch = rows(guides, "moderation_log")[-1]
    assert [number for number, *_ in batch["detail"]["taken"]] == [4, 5, 6]
    order(moderator, guides, "post", 4, "delete", "hidden")
    order(moderator, guides, "post", 5, "unhide", "hidden")
    order(moderator, guides, "post", 5, "hide")
    removed = {number: row(guides, "post", number) for number in (1, 2, 3, 4, 5)}
    assert give_back(moderator, guides, batch["id"]) == 303
    assert {number: row(guides, "post", number) for number in removed} == removed
    assert row(guides, "post", 6) == before["post"][5]
    assert rows(guides, "moderation_log")[-1]["detail"] == {"given": [6], "reports": []}


def test_what_waited_waits_again(guides: Site) -> None:
    about = guides.write(guides.member())
    client = newcomer(guides, SPAMMER)
    held_id = guides.write(client, body=LINK, tags="광고")
    client.post(f"/guides/{about}/comments", data={"body": LINK})
    guides.moderator().post(f"/guides/{guides.write(client, title='공지')}/pin", data={"pinned": "1"})
    before = {table: rows(guides, table) for table in ("post", "tag", "post_tag")}
    moderator = guides.moderator()
    assert take(moderator, guides).status_code == 303
    assert "보류한 것이 없어요" in moderator.get("/guides/moderation/held").text
    for one in rows(guides, "moderation_log"):
        if one["subject"] == log.MEMBER:  # not the pin
            assert give_back(moderator, guides, one["id"]) == 303
    assert {table: rows(guides, table) for table in before} == before
    page = moderator.get("/guides/moderation/held").text
    assert f"/moderation/posts/{held_id}" in page
    assert "/moderation/comments/1" in page
    assert row(guides, "comment", 1)["removed_by"] is None


def test_a_member_who_voted_anew_keeps_the_new_vote(guides: Site) -> None:
    post_id = guides.write(guides.member())
    client, moderator = guides.member(SPAMMER), guides.moderator()
    comment_id = guides.comment(guides.member(), post_id)
    for place in (f"/{post_id}", f"/comments/{comment_id}"):
        client.post(f"/guides{place}/vote", data={"vote": "1"})
    take(moderator, guides)
    assert (guides.column("score", post_id), row(guides, "comment", comment_id)["score"]) == (0, 0)
    client.post(f"/guides/{post_id}/vote", data={"vote": "-1"})
    assert give_back(moderator, guides, 1) == 303
    assert (guides.column("score", post_id), row(guides, "comment", comment_id)["score"]) == (-1, 1)
    assert guides.count("vote") == 2


def test_a_run_that_breaks_off_is_begun_again(guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    guides.many(POSTS)
    append, moderator = log.append, guides.moderator()
    calls: list[str] = []

    def failing(*arguments: Any) -> int:
        calls.append("")
        if len(calls) == 3:
            raise RuntimeError("the process is killed between the change and its commit")
        return append(*arguments)

    monkeypatch.setattr(bulk.log, "append", failing)
    assert take(moderator, guides).status_code == 500
    assert len(shown_posts(guides)) == POSTS - 2 * taking.BATCH
    assert actions(guides) == ["take_posts"] * 2
    assert len(guides.events("post.removed")) == 2 * taking.BATCH
    assert take(moderator, guides).status_code == 303
    assert shown_posts(guides) == []
    numbers = [number for number, *_ in taken(guides, "take_posts")]
    assert sorted(numbers) == list(range(1, POSTS + 1))


def test_two_moderators_at_once_take_nothing_twice(guides: Site) -> None:
    guides.many(120)
    clients = (guides.moderator(), colleague(guides))
    for client in clients:
        client.csrf_token()
    answers = at_once(*(lambda client=client: take(client, guides) for client in clients))
    assert [answer.status_code for answer in answers] == [303, 303]
    numbers = [number for number, *_ in taken(guides, "take_posts")]
    assert sorted(numbers) == list(range(1, 121))
    assert sorted(one["data"]["id"] for one in guides.events("post.removed")) == list(range(1, 121))
    assert [one["id"] for one in rows(guides, "moderation_log")] == list(range(1, guides.count("moderation_log") + 1))


def test_two_moderators_at_once_give_nothing_back_twice(guides: Site) -> None:
    guides.many(20)
    take(guides.moderator(), guides)
    clients = (guides.moderator(), colleague(guides))
    for client in clients:
        client.csrf_token()
    codes = at_once(*(lambda client=client: give_back(client, guides, 1) for client in clients))
    assert sorted(codes) == [303, 409]
    assert len(shown_posts(guides)) == 20


def test_only_what_is_young_enough_is_taken(guides: Site) -> None:
    guides.fill([guides.line(f"글 {age}", published_at=f"-{age}") for age in ("PT30M", "PT5H", "P3D", "P30D")])
    moderator = guides.moderator()
    counts: list[int] = []
    for span in ("hour", "day", "week", "all"):
        page = moderator.get(f"/guides/moderation/members/{SPAMMER}?span={span}").text
        found = re.search(r"<dt>글</dt><dd>(\d+)</dd>", page)
        counts.append(int(found[1]) if found else -1)
    assert counts == [1, 2, 3, 4]
    take(moderator, guides, "day")
    assert shown_posts(guides) == [3, 4]
    begin = (clock.naive_now() - timedelta(days=7)).isoformat()
    take(moderator, guides, "all", begin=begin)
    assert shown_posts(guides) == [4], "what the page showed counts, not what the span is by now"


def test_it_has_to_be_confirmed(lite: Site) -> None:
    lite.many(2)
    moderator = lite.moderator()
    answer = moderator.post(f"/guides/moderation/members/{SPAMMER}", data={"span": "day", "reason": "도배라서요"})
    assert answer.status_code == 422
    assert "확인했다고 표시해 주세요" in answer.text
    assert "도배라서요" in answer.text
    assert take(moderator, lite, reason="말" * 501).status_code == 422
    assert take(moderator, lite, "century").status_code == 422
    assert len(shown_posts(lite)) == 2


def test_conflicts_of_interest(guides: Site) -> None:
    guides.write(guides.member(SPAMMER, "운영하던사람", "admin"))
    moderator = guides.moderator()
    assert take(moderator, guides).status_code == 403
    own = moderator.post("/guides/moderation/members/8", data={"span": "day", "sure": "1"})
    assert own.status_code == 403
    assert take(guides.admin(), guides).status_code == 303
    assert give_back(moderator, guides, 1) == 403
    assert give_back(guides.admin(), guides, 1) == 303


def test_only_batches_are_given_back(guides: Site) -> None:
    post_id = guides.write(guides.member())
    moderator = guides.moderator()
    order(moderator, guides, "post", post_id, "hide")
    assert give_back(moderator, guides, 1) == 404
    assert give_back(moderator, guides, 99) == 404
    assert guides.column("placement", post_id) == 0


def test_a_comment_below_a_hidden_post_is_taken_and_counted_right(guides: Site) -> None:
    """The spam of one member below the spam of the same: the counts are right when either comes back."""
    guides.many(1)
    client, moderator = guides.member(SPAMMER), guides.moderator()
    guides.comment(client, 1)
    guides.comment(guides.member(OTHER), 1, "남의 말")
    take(moderator, guides)
    assert guides.column("comments", 1) == 1
    assert give_back(moderator, guides, 1) == 303
    assert guides.visitor.get("/guides/1").text.count("남의 말") == 1
    assert give_back(moderator, guides, 2) == 303
    assert guides.column("comments", 1) == 2


def test_a_hidden_post_is_announced_no_more(guides: Site) -> None:
    """A reader of the feed that learns of a change would show the post again."""
    guides.many(1)
    guides.comment(guides.member(SPAMMER), 1)
    before = len(guides.events("post.changed"))
    take(guides.moderator(), guides)
    assert len(guides.events("post.changed")) == before


def test_were_a_batch_known_by_its_ids_alone_it_would_bring_back_too_much(
    guides: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of `test_nothing_that_was_removed_otherwise_comes_back`."""
    guides.many(2)
    moderator = guides.moderator()
    take(moderator, guides)
    order(moderator, guides, "post", 1, "delete", "hidden")
    monkeypatch.setattr(giving, "_as_left", lambda t, _row, ids: (t.c.id.in_(ids),))
    assert give_back(moderator, guides, 1) == 303
    assert shown_posts(guides) == [1, 2]
