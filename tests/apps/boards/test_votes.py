"""Votes: one per member, changed and taken back at will, never about one's own; the score is their sum."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update
from tests.apps.boards.site import OTHER, Site
from tests.apps.boards.test_races import TOGETHER, at_once, post

from archive_boards import limits, votes


def vote(site: Site, number: int, post_id: int, value: str) -> int:
    return site.member(number).post(f"/{site.name}/{post_id}/vote", data={"vote": value}).status_code


def sum_of_votes(site: Site, subject: str, subject_id: int) -> int:
    t = site.board.tables.vote
    with site.database() as store, store.engine.connect() as connection:
        query = select(func.coalesce(func.sum(t.c.value), 0)).where(
            t.c.subject == subject, t.c.subject_id == subject_id
        )
        return int(connection.execute(query).scalar_one())


def test_a_vote_is_changed_and_taken_back(guides: Site) -> None:
    post_id = guides.write(guides.member())
    for value, score in (("1", 1), ("1", 1), ("-1", -1), ("0", 0), ("0", 0), ("1", 1)):
        assert vote(guides, OTHER, post_id, value) == 303
        assert guides.column("score", post_id) == sum_of_votes(guides, "post", post_id) == score
    vote(guides, 3, post_id, "1")
    assert guides.column("score", post_id) == 2
    assert guides.events("post.changed")[-1]["data"]["score"] == 2


def test_the_buttons_say_which_vote_is_the_readers(guides: Site) -> None:
    post_id = guides.write(guides.member())
    reader = guides.member(OTHER)
    reader.post(f"/guides/{post_id}/vote", data={"vote": "1"})
    page = reader.get(f"/guides/{post_id}").text
    assert 'name="vote" value="0" aria-pressed="true" aria-label="추천하기"' in page
    assert 'name="vote" value="-1" aria-pressed="false" aria-label="비추천하기"' in page
    assert 'name="vote"' not in guides.member().get(f"/guides/{post_id}").text  # its author has no vote
    assert 'name="vote"' not in guides.visitor.get(f"/guides/{post_id}").text


def test_nobody_votes_about_their_own(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client)
    comment_id = guides.comment(client, post_id)
    assert client.post(f"/guides/{post_id}/vote", data={"vote": "1"}).status_code == 403
    assert client.post(f"/guides/comments/{comment_id}/vote", data={"vote": "1"}).status_code == 403
    assert guides.count("vote") == guides.column("score", post_id) == 0


@pytest.mark.parametrize("value", ["2", "-2", "", "eins", "1.0", "١"])
def test_a_vote_is_up_down_or_none(lite: Site, value: str) -> None:
    post_id = lite.write(lite.member())
    assert vote(lite, OTHER, post_id, value) == 422
    assert lite.column("score", post_id) == 0


def test_who_may_not_write_has_no_vote(lite: Site) -> None:
    post_id = lite.write(lite.member())
    assert "/auth/login" in lite.visitor.post(f"/guides/{post_id}/vote", data={"vote": "1"}).location
    unverified = lite.member(5, verified=False)
    assert unverified.post(f"/guides/{post_id}/vote", data={"vote": "1"}).status_code == 403
    lite.consume(("member.suspended", {"id": 6, "until": None}))
    assert vote(lite, 6, post_id, "1") == 403
    assert vote(lite, OTHER, 999, "1") == 404
    lite.member().post(f"/guides/{post_id}/delete")
    assert vote(lite, OTHER, post_id, "1") == 410


def test_comments_and_answers_are_voted_about_and_the_best_answer_comes_first(qa: Site) -> None:
    post_id = qa.write(qa.member())
    first = qa.comment(qa.member(OTHER), post_id, "먼저 온 답변", kind="answers")
    second = qa.comment(qa.member(3), post_id, "나중에 온 답변", kind="answers")
    for number in (4, 5):
        answer = qa.member(number).post(f"/qa/comments/{second}/vote", data={"vote": "1"})
        assert answer.location == f"/qa/{post_id}#comment-{second}"
    assert sum_of_votes(qa, "comment", second) == 2
    page = qa.visitor.get(f"/qa/{post_id}").text
    assert page.index("나중에 온 답변") < page.index("먼저 온 답변")
    qa.member().post(f"/qa/{post_id}/accept", data={"answer": str(first)})
    page = qa.visitor.get(f"/qa/{post_id}").text
    assert page.index("먼저 온 답변") < page.index("나중에 온 답변")
    qa.member(3).post(f"/qa/comments/{second}/delete")
    assert qa.member(4).post(f"/qa/comments/{second}/vote", data={"vote": "-1"}).status_code == 410


def test_votes_at_once_are_all_counted(guides: Site) -> None:
    post_id = guides.write(guides.member(99))
    assert at_once(*(post(guides, n, f"/{post_id}/vote", vote="1") for n in range(1, TOGETHER + 1))) == [303] * TOGETHER
    assert guides.column("score", post_id) == TOGETHER
    again = [post(guides, 1, f"/{post_id}/vote", vote="-1") for _ in range(TOGETHER)]
    assert at_once(*again) == [303] * TOGETHER
    assert guides.column("score", post_id) == sum_of_votes(guides, "post", post_id) == TOGETHER - 2


def test_a_checker_would_see_a_score_that_is_not_the_sum(guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: nobody locks the post, so two votes of one member are both counted, or one is refused."""
    post_id = guides.write(guides.member(99))
    monkeypatch.setattr(votes, "_replace", lambda current, _board, scored, *_rest: _add_only(current, scored, post_id))
    vote(guides, 1, post_id, "1")
    vote(guides, 1, post_id, "1")
    assert guides.column("score", post_id) != sum_of_votes(guides, "post", post_id)


def _add_only(current: object, scored: object, post_id: int) -> None:
    current.execute(update(scored).where(scored.c.id == post_id).values(score=scored.c.score + 1))  # type: ignore[attr-defined]


def test_votes_are_limited(lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "vote", limits.Limit(member=2, address=9, seconds=600))
    post_id = lite.write(lite.member())
    assert [vote(lite, OTHER, post_id, value) for value in ("1", "0", "1")] == [303, 303, 429]
