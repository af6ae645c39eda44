"""Deleting is soft: who may see what is gone, and who may bring it back."""

from __future__ import annotations

from tests.apps.boards.site import OTHER, Site


def test_deletion_asks_first_and_hides_the_post(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client, title="지울 글")
    question = client.get(f"/guides/{post_id}/delete")
    assert "이 글을 삭제할까요?" in question.text
    assert guides.visitor.get(f"/guides/{post_id}").status_code == 200
    assert client.post(f"/guides/{post_id}/delete").location == "/guides/"
    assert "지울 글" not in guides.visitor.get("/guides/").text
    for reader in (guides.visitor, guides.member(OTHER)):
        answer = reader.get(f"/guides/{post_id}")
        assert answer.status_code == 410
        assert "본문입니다" not in answer.text
    assert guides.events("post.removed")[0]["data"] == {"id": post_id, "board": "guides"}


def test_an_author_restores_what_they_removed(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client, title="돌아올 글")
    client.post(f"/guides/{post_id}/delete")
    assert "글 복원" in client.get(f"/guides/{post_id}").text
    assert client.post(f"/guides/{post_id}/restore").status_code == 303
    assert "돌아올 글" in guides.visitor.get("/guides/").text
    assert guides.events("post.changed")[-1]["data"]["id"] == post_id
    assert client.post(f"/guides/{post_id}/restore").status_code in (403, 409)


def test_what_a_moderator_removed_only_a_moderator_restores(guides: Site) -> None:
    author, moderator = guides.member(), guides.moderator()
    post_id = guides.write(author)
    moderator.post(f"/guides/{post_id}/delete")
    assert author.get(f"/guides/{post_id}").status_code == 410
    assert author.post(f"/guides/{post_id}/restore").status_code == 403
    assert moderator.post(f"/guides/{post_id}/restore").status_code == 303
    assert moderator.post(f"/guides/{post_id}/restore").status_code == 409


def test_a_removed_post_takes_nothing_more(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client)
    client.post(f"/guides/{post_id}/delete")
    assert client.post(f"/guides/{post_id}/comments", data={"body": "늦은 말"}).status_code == 410
    assert client.post(f"/guides/{post_id}/edit", data=guides.form(revision="1")).status_code == 410
    assert client.post(f"/guides/{post_id}/delete").status_code == 410
    assert client.get(f"/guides/{post_id}/delete").status_code == 410
    assert guides.count("comment") == 0


def test_a_pinned_post_stands_on_top_of_the_first_page_alone(guides: Site) -> None:
    guides.many(25)
    moderator = guides.moderator()
    assert moderator.post("/guides/3/pin", data={"pinned": "1"}).status_code == 303
    first = guides.visitor.get("/guides/").text
    assert first.index(">글 3<") < first.index(">글 25<")
    assert first.count(">글 3<") == 1
    moderator.post("/guides/3/pin")
    assert ">글 3<" not in guides.visitor.get("/guides/").text
