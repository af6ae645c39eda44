"""The board's API: the same rules as its pages, as a member's own program meets them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.apps.boards.site import OTHER, WRITER, Site
from tests.apps.chassis.programs import Program, new_token, problem, revoked

from archive_boards import members
from archive_chassis import clock
from archive_chassis.database import database

NEW = {"title": "프로그램이 쓴 글", "body": "**본문**입니다"}


def program(site: Site, number: int = WRITER, **token: Any) -> Program:
    return Program(site.app, new_token(number, f"회원{number}", **token), root=f"/{site.name}/api/v1")


def stranger(site: Site) -> Program:
    return Program(site.app, "", root=f"/{site.name}/api/v1")


def new(site: Site, **changes: Any) -> dict[str, Any]:
    form = site.form()
    own = {own.name: form[own.name] for own in site.board.fields if own.name in form}
    return NEW | {"category": form["category"]} | own | changes


def test_a_post_from_beginning_to_end(guides: Site) -> None:
    mine = program(guides)
    made = mine.post("/posts", new(guides, tags=["보스", "초보"]))
    post = made.get_json()
    assert (made.status_code, post["title"], post["tags"], post["game"]) == (
        201,
        NEW["title"],
        ["보스", "초보"],
        "잿빛 왕관",
    )
    assert post["html"] == "<p><strong>본문</strong>입니다</p>\n"
    assert made.headers["Location"] == f"/guides/api/v1/posts/{post['id']}"
    assert NEW["title"] in guides.visitor.get("/guides/").text
    assert guides.events("post.published")[0]["data"]["id"] == post["id"]
    path = f"/posts/{post['id']}"
    changed = mine.patch(path, {"title": "고친 제목"}, headers={"If-Match": made.headers["ETag"]})
    assert (changed.status_code, changed.get_json()["title"]) == (200, "고친 제목")
    assert (changed.get_json()["body"], changed.get_json()["tags"]) == (NEW["body"], ["보스", "초보"])
    assert mine.patch(path, {"title": "늦은 제목"}, headers={"If-Match": made.headers["ETag"]}).status_code == 412
    assert mine.patch(path, {"title": "모르는 채"}).status_code == 428
    assert mine.delete(path).status_code == 204
    assert stranger(guides).get(path).status_code == 410
    assert mine.get(path).get_json()["withheld"] == "deleted"
    assert mine.post(f"{path}/restore", None).status_code == 204
    assert stranger(guides).get(path).get_json()["withheld"] == ""


def test_the_same_key_is_one_post(guides: Site) -> None:
    keys = {"Idempotency-Key": "the-same-request"}
    first, second = (program(guides).post("/posts", new(guides), headers=keys).get_json()["id"] for _ in range(2))
    assert first == second
    assert guides.count("post") == 1


def test_lists_are_those_of_the_pages(guides: Site) -> None:
    guides.many(25, tags=["짝"], category="boss")
    page = stranger(guides).get("/posts?category=boss&tag=짝&sort=newest").get_json()
    assert [one["title"] for one in page["items"]][:2] == ["글 25", "글 24"]
    rest = stranger(guides).get(f"/posts?category=boss&tag=짝&cursor={page['next']}").get_json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (20, 5, None)
    assert stranger(guides).get("/tags").get_json()["items"] == [{"name": "짝", "posts": 25}]
    assert stranger(guides).get("/categories").get_json()["items"][0] == {"key": "beginner", "title": "입문"}
    for wrong in ("category=nowhere", "sort=hottest", "author=0", "cursor=x", "colour=red"):
        assert stranger(guides).get(f"/posts?{wrong}").status_code == 422, wrong


def test_comments_answers_and_the_accepted_one(qa: Site) -> None:
    asker, helper = program(qa), program(qa, OTHER)
    post_id = asker.post("/posts", new(qa)).get_json()["id"]
    answer = helper.post(f"/posts/{post_id}/answers", {"body": "이렇게 해 보세요"}).get_json()
    comment = asker.post(f"/posts/{post_id}/comments", {"body": "고마워요"}).get_json()
    helper.post(f"/posts/{post_id}/comments", {"body": "별말씀을", "parent_id": comment["id"]})
    assert helper.send("PUT", f"/posts/{post_id}/accepted", json={"answer_id": answer["id"]}).status_code == 403
    assert asker.send("PUT", f"/posts/{post_id}/accepted", json={"answer_id": answer["id"]}).status_code == 204
    assert asker.send("PUT", f"/comments/{answer['id']}/vote", json={"value": 1}).status_code == 204
    talk = stranger(qa).get(f"/posts/{post_id}/comments").get_json()
    assert [(one["html"], one["score"]) for one in talk["answers"]] == [("<p>이렇게 해 보세요</p>\n", 1)]
    assert talk["comments"][0]["replies"][0]["author"]["nickname"] == f"회원{OTHER}"
    assert stranger(qa).get(f"/posts/{post_id}").get_json()["accepted_id"] == answer["id"]
    changed = helper.patch(f"/comments/{answer['id']}", {"body": "아니, 이렇게"})
    assert changed.get_json()["body"] == "아니, 이렇게"
    assert asker.patch(f"/comments/{answer['id']}", {"body": "남의 말"}).status_code == 403
    assert helper.delete(f"/comments/{answer['id']}").status_code == 204
    assert stranger(qa).get(f"/comments/{answer['id']}").status_code == 410
    assert helper.post(f"/comments/{answer['id']}/restore", None).status_code == 204


def test_the_rules_are_those_of_the_pages(guides: Site, news: Site) -> None:
    mine = program(guides)
    post_id = mine.post("/posts", new(guides)).get_json()["id"]
    assert mine.send("PUT", f"/posts/{post_id}/vote", json={"value": 1}).status_code == 403
    assert program(guides, OTHER).delete(f"/posts/{post_id}").status_code == 403
    refused = mine.post("/posts", new(guides, title="\u200b"))
    assert problem(refused)["errors"] == {"title": "올바른 값이 아니에요"}
    assert program(news).post("/posts", new(news)).status_code == 403
    guides.consume(("member.suspended", {"id": WRITER, "until": None}))
    assert mine.post("/posts", new(guides)).status_code == 403


def test_a_program_never_acts_as_a_moderator(guides: Site) -> None:
    guides.consume(("member.role_changed", {"id": 8, "role": "moderator"}))
    post_id = program(guides).post("/posts", new(guides)).get_json()["id"]
    assert program(guides, 8).delete(f"/posts/{post_id}").status_code == 403
    assert guides.moderator().post(f"/guides/{post_id}/delete").status_code == 303


def test_nobody_sets_what_they_were_not_offered(guides: Site) -> None:
    for name, value in {
        "author_id": 9,
        "placement": 2,
        "score": 100,
        "views": 9,
        "published_at": "2020-01-01T00:00:00Z",
    }.items():
        answer = program(guides).post("/posts", new(guides, **{name: value}))
        assert (answer.status_code, list(problem(answer)["errors"])) == (422, [name])
    assert guides.count("post") == 0


def test_tokens_are_asked_for_and_revoked(guides: Site) -> None:
    assert stranger(guides).post("/posts", new(guides)).status_code == 401
    assert program(guides, scopes=("read",)).post("/posts", new(guides)).status_code == 403
    mine = program(guides, jti="a" * 32)
    assert mine.get("/bookmarks").status_code == 200
    with guides.app.app_context(), database().sessions() as current:
        members.consumer(guides.board).apply(current, revoked("a" * 32, clock.now() + timedelta(days=30)))
        current.commit()
    assert mine.get("/bookmarks").status_code == 401


def test_bookmarks(guides: Site) -> None:
    mine = program(guides, OTHER)
    post_id = guides.write(guides.member())
    assert mine.send("PUT", f"/posts/{post_id}/bookmark").status_code == 204
    assert [one["id"] for one in mine.get("/bookmarks").get_json()["items"]] == [post_id]
    assert mine.delete(f"/posts/{post_id}/bookmark").status_code == 204
    assert mine.get("/bookmarks").get_json()["items"] == []


def test_what_is_withheld_is_in_no_answer(guides: Site) -> None:
    post_id = guides.write(guides.member(), title="사라질 글", tags="비밀")
    comment_id = guides.comment(guides.member(), post_id, "사라질 말")
    guides.moderator().post(f"/guides/{post_id}/delete")
    for path in ("/posts", "/posts?tag=비밀", f"/posts?author={WRITER}", "/posts?sort=active", "/tags"):
        answer = stranger(guides).get(path)
        assert answer.get_json()["items"] == [], path
    for path in (f"/posts/{post_id}", f"/posts/{post_id}/comments", f"/comments/{comment_id}"):
        for reader in (stranger(guides), program(guides, OTHER)):
            answer = reader.get(path)
            assert answer.status_code == 410, path
            assert "사라질" not in answer.text


@pytest.mark.parametrize("board", ["news", "guides", "qa"])
def test_each_board_offers_what_it_has(make_site: Any, board: str) -> None:
    site = make_site(board)
    paths = stranger(site).get("/openapi.json").get_json()["paths"]
    assert ("/posts/{post_id}/answers" in paths) == (board == "qa")
    assert ("/posts/{post_id}/confirmation" in paths) == (board == "guides")
    page = site.visitor.get(f"/{board}/api/v1/")
    assert "글 올리기" in page.text
