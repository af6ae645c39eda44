"""Comments: two levels, soft deletion, counts, pages of many."""

from __future__ import annotations

import re

from tests.apps.boards.site import OTHER, Site


def test_comments_and_replies_are_counted_and_shown_in_place(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client)
    first = guides.comment(client, post_id, "첫째 댓글")
    guides.comment(client, post_id, "둘째 댓글")
    guides.comment(guides.member(OTHER), post_id, "첫째의 답글", parent=first)
    page = guides.visitor.get(f"/guides/{post_id}").text
    assert page.index("첫째 댓글") < page.index("첫째의 답글") < page.index("둘째 댓글")
    assert "댓글 3" in page
    assert guides.column("comments", post_id) == 3
    assert [one["data"]["comments"] for one in guides.events("post.changed")] == [1, 2, 3]


def test_there_are_two_levels(guides: Site) -> None:
    client = guides.member()
    post_id, other_id = guides.write(client), guides.write(client)
    first = guides.comment(client, post_id)
    reply = guides.comment(client, post_id, parent=first)
    for parent, where in ((reply, post_id), (first, other_id), (999, post_id)):
        answer = client.post(f"/guides/{where}/comments", data={"body": "여기 말고", "parent": parent})
        assert answer.status_code == 409
        assert "여기 말고" in answer.text
    assert guides.column("comments", post_id) == 2
    assert guides.column("comments", other_id) == 0


def test_a_deleted_comment_leaves_its_place_to_its_replies(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client)
    first = guides.comment(client, post_id, "사라질 말")
    reply = guides.comment(client, post_id, "남을 답글", parent=first)
    assert "사라질 말" in client.get(f"/guides/comments/{first}/delete").text
    assert client.post(f"/guides/comments/{first}/delete").status_code == 303
    page = guides.visitor.get(f"/guides/{post_id}").text
    assert "삭제된 댓글이에요" in page
    assert "남을 답글" in page
    assert "사라질 말" not in page
    assert guides.column("comments", post_id) == 1
    client.post(f"/guides/comments/{reply}/delete")
    assert "삭제된 댓글이에요" not in guides.visitor.get(f"/guides/{post_id}").text
    assert client.post(f"/guides/comments/{reply}/delete").status_code == 410
    assert client.post(f"/guides/{post_id}/comments", data={"body": "말", "parent": first}).status_code == 409
    assert guides.column("comments", post_id) == 0


def test_an_edited_comment_says_so(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client)
    comment_id = guides.comment(client, post_id, "처음 말")
    assert "처음 말" in client.get(f"/guides/comments/{comment_id}/edit").text
    answer = client.post(f"/guides/comments/{comment_id}/edit", data={"body": "고친 말"})
    assert answer.location == f"/guides/{post_id}#comment-{comment_id}"
    page = guides.visitor.get(f"/guides/{post_id}").text
    assert "고친 말" in page
    assert "수정됨" in page


def test_a_refused_comment_is_shown_again_with_what_was_typed(lite: Site) -> None:
    client = lite.member()
    post_id = lite.write(client)
    answer = client.post(f"/guides/{post_id}/comments", data={"body": "말" * 5001})
    assert answer.status_code == 422
    assert "댓글은 5,000자까지 쓸 수 있어요" in answer.text
    assert "말" * 5001 in answer.text


def test_a_comment_sent_twice_is_one(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client)
    first = guides.comment(client, post_id, submission="same")
    assert guides.comment(client, post_id, submission="same") == first
    assert guides.column("comments", post_id) == guides.count("comment") == 1


def test_many_comments_come_in_pages(guides: Site) -> None:
    said = {"author": {"id": 5, "nickname": "파도소리"}, "at": "-PT1M"}
    replied = [{**said, "body": "답글"}]
    comments = [{**said, "body": f"{n}번째 말", "replies": replied} for n in range(1, 121)]
    guides.fill([guides.line("글", comments=comments)])
    seen: list[str] = []
    address = "/guides/1"
    for _ in range(3):
        page = guides.visitor.get(address).text
        seen += re.findall(r"(\d+)번째 말", page)
        assert page.count("<p>답글</p>") == len(re.findall(r"번째 말", page))
        following = re.search(r'href="(/guides/1\?after=\d+)#comments"', page)
        address = following[1] if following else ""
    assert seen == [str(n) for n in range(1, 121)]
    assert address == ""
    client = guides.member()
    answer = client.post("/guides/1/comments", data={"body": "마지막 말"})
    assert "마지막 말" in client.get(answer.location.partition("#")[0]).text


def test_a_comment_has_an_address_that_leads_to_its_page_of_the_discussion(guides: Site) -> None:
    said = {"author": {"id": 5, "nickname": "파도소리"}, "body": "말", "at": "-PT1M"}
    guides.fill([guides.line("글", comments=[said] * 60)])
    assert guides.visitor.get("/guides/comments/1").location == "/guides/1#comment-1"
    late = guides.visitor.get("/guides/comments/60").location
    assert late == "/guides/1?after=59#comment-60"
    assert 'id="comment-60"' in guides.visitor.get(late).text
    guides.moderator().post("/guides/comments/60/delete")
    assert guides.visitor.get("/guides/comments/60").status_code == 410
