"""Questions, answers, and the accepted one."""

from __future__ import annotations

from tests.apps.boards.site import OTHER, Site, shown


def test_an_answer_is_no_comment(qa: Site) -> None:
    asker = qa.member()
    post_id = qa.write(asker, title="어디로 가나요?")
    assert "답변 대기" in qa.visitor.get("/qa/").text
    answer = qa.comment(qa.member(OTHER), post_id, "왼쪽이요", kind="answers")
    qa.comment(asker, post_id, "고마워요", parent=answer)
    qa.comment(asker, post_id, "질문에 다는 댓글")
    assert qa.column("answers", post_id) == 1
    assert qa.column("comments", post_id) == 2
    page = qa.visitor.get(f"/qa/{post_id}").text
    assert page.index("왼쪽이요") < page.index("고마워요") < page.index("질문에 다는 댓글")
    assert "답변 1" in qa.visitor.get("/qa/").text
    assert qa.events("post.changed")[-1]["data"]["comments"] == 3


def test_the_asker_accepts_one_answer_and_may_change_their_mind(qa: Site) -> None:
    asker = qa.member()
    post_id = qa.write(asker)
    first = qa.comment(qa.member(OTHER), post_id, "첫 답", kind="answers")
    second = qa.comment(qa.member(3), post_id, "둘째 답", kind="answers")
    assert asker.post(f"/qa/{post_id}/accept", data={"answer": second}).status_code == 303
    page = shown(qa, post_id)
    assert page.index("채택된 답변") < page.index("둘째 답") < page.index("첫 답")
    assert "해결" in qa.visitor.get("/qa/").text
    asker.post(f"/qa/{post_id}/accept", data={"answer": first})
    assert qa.column("accepted_id", post_id) == first
    asker.post(f"/qa/{post_id}/accept", data={"answer": ""})
    assert qa.column("accepted_id", post_id) is None


def test_only_a_standing_answer_to_this_question_can_be_accepted(qa: Site) -> None:
    asker = qa.member()
    post_id, other_id = qa.write(asker), qa.write(asker)
    comment = qa.comment(asker, post_id)
    elsewhere = qa.comment(asker, other_id, kind="answers")
    removed = qa.comment(asker, post_id, kind="answers")
    asker.post(f"/qa/comments/{removed}/delete")
    for wrong in (comment, elsewhere, removed, 999):
        assert asker.post(f"/qa/{post_id}/accept", data={"answer": wrong}).status_code == 409
    assert qa.column("accepted_id", post_id) is None


def test_a_deleted_accepted_answer_leaves_the_question_open(qa: Site) -> None:
    asker, helper = qa.member(), qa.member(OTHER)
    post_id = qa.write(asker)
    answer = qa.comment(helper, post_id, "답", kind="answers")
    asker.post(f"/qa/{post_id}/accept", data={"answer": answer})
    helper.post(f"/qa/comments/{answer}/delete")
    assert qa.column("accepted_id", post_id) is None
    assert qa.column("answers", post_id) == 0


def test_unanswered_questions_can_be_found(qa: Site) -> None:
    answered = {"author": {"id": 5, "nickname": "파도소리"}, "body": "답", "at": "-PT1M"}
    qa.fill([qa.line("답 있음", answers=[answered]), qa.line("답 없음"), qa.line("딴 분류", category="system")])
    page = qa.visitor.get("/qa/?unanswered=1").text
    assert "답 없음" in page
    assert "딴 분류" in page
    assert "답 있음" not in page
    assert "딴 분류" not in qa.visitor.get("/qa/?unanswered=1&category=stuck").text


def test_the_accepted_answer_is_on_every_page_of_a_long_discussion(qa: Site) -> None:
    said = {"author": {"id": 5, "nickname": "파도소리"}, "at": "-PT1M"}
    answers = [{**said, "body": f"{n}번 답", "accepted": n == 60} for n in range(1, 61)]
    qa.fill([qa.line("긴 질문", answers=answers)])
    first = qa.visitor.get("/qa/1").text
    assert first.index("60번 답") < first.index(">1번 답")
    assert "60번 답" in qa.visitor.get("/qa/1?after=50").text


def test_other_boards_have_no_answers(lite: Site) -> None:
    client = lite.member()
    post_id = lite.write(client)
    assert client.post(f"/guides/{post_id}/answers", data={"body": "답"}).status_code == 404
    assert client.post(f"/guides/{post_id}/accept", data={"answer": "1"}).status_code == 404
