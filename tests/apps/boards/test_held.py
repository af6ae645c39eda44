"""New members' links wait for a moderator; everything else of theirs does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.apps.boards.site import OTHER, Site

from archive_boards import comments, placing
from archive_boards.rows import find
from archive_chassis.database import session
from archive_chassis.testing import Client

LINK = "여기 보세요 https://elsewhere.example/deal"


def new_member(site: Site, number: int = 50, days: int = 0) -> Client:
    joined = (datetime.now(UTC) - timedelta(days=days)).date() - datetime(1970, 1, 1).date()  # noqa: DTZ001
    return site.member(number, joined=joined.days)


def let_pass(site: Site, post_id: int) -> None:
    with site.app.test_request_context():
        placing.bring_back(session(), site.board, find(site.board, post_id))
        session().commit()


def test_a_new_members_link_waits(guides: Site) -> None:
    client = new_member(guides)
    post_id = guides.write(client, title="첫 글", body=LINK)
    assert "운영진이 살펴보고 있어요" in client.get(f"/guides/{post_id}").text
    assert guides.visitor.get(f"/guides/{post_id}").status_code == 410
    assert guides.member(OTHER).get(f"/guides/{post_id}").status_code == 410
    assert guides.moderator().get(f"/guides/{post_id}").status_code == 200
    assert guides.events("post.published") == []
    let_pass(guides, post_id)
    assert "첫 글" in guides.visitor.get("/guides/").text
    assert guides.events("post.published")[0]["data"]["id"] == post_id


def test_words_and_own_pages_do_not_wait_and_neither_do_members_of_old(guides: Site) -> None:
    client = new_member(guides)
    for body in ("링크 없는 글", "[규칙](/rules)", "http://localhost/guides/1", "`https://elsewhere.example`"):
        assert guides.visitor.get(f"/guides/{guides.write(client, body=body)}").status_code == 200, body
    assert guides.visitor.get(f"/guides/{guides.write(new_member(guides, 51, days=8), body=LINK)}").status_code == 200
    assert guides.visitor.get(f"/guides/{guides.write(guides.moderator(), body=LINK)}").status_code == 200


def test_an_edit_does_not_smuggle_a_link_in(guides: Site) -> None:
    client = new_member(guides)
    post_id = guides.write(client, body="처음에는 얌전히", tags="보스")
    client.post(f"/guides/{post_id}/edit", data=guides.form(body=LINK, tags="보스", revision="1"))
    assert guides.visitor.get(f"/guides/{post_id}").status_code == 410
    assert guides.events("post.removed")[-1]["data"]["id"] == post_id
    assert ">보스<" not in guides.visitor.get("/guides/tags").text
    let_pass(guides, post_id)
    client.post(f"/guides/{post_id}/edit", data=guides.form(body=LINK + " 덧붙임", revision="2"))
    assert guides.visitor.get(f"/guides/{post_id}").status_code == 200


def test_a_comment_with_a_link_waits_and_is_not_counted(guides: Site) -> None:
    post_id = guides.write(guides.member())
    client = new_member(guides)
    answer = client.post(f"/guides/{post_id}/comments", data={"body": LINK})
    assert answer.location == f"/guides/{post_id}#comments"
    assert "운영진이 살펴보는 중" in client.get(f"/guides/{post_id}").text
    for reader in (guides.visitor, guides.member(OTHER)):
        assert "elsewhere.example" not in reader.get(f"/guides/{post_id}").text
    assert guides.column("comments", post_id) == 0
    assert guides.events("comment.added") == []
    with guides.app.test_request_context():
        comments.bring_back(session(), guides.board, comments.find_any(guides.board, 1))
        session().commit()
    assert "elsewhere.example" in guides.visitor.get(f"/guides/{post_id}").text
    assert guides.column("comments", post_id) == 1
    assert guides.events("comment.added")[0]["data"]["author"]["id"] == 50


def test_its_author_withdraws_what_waits(guides: Site) -> None:
    client = new_member(guides)
    post_id = guides.write(client, body=LINK)
    assert client.post(f"/guides/{post_id}/delete").status_code == 303
    assert "글 복원" in client.get(f"/guides/{post_id}").text
