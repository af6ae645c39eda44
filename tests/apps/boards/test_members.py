"""What auth says of members reaches what they wrote."""

from __future__ import annotations

from tests.apps.boards.site import Site, shown


def written(site: Site) -> int:
    client = site.member(nickname="새벽토끼")
    post_id = site.write(client)
    site.comment(client, post_id)
    return post_id


def test_a_new_name_reaches_old_posts_and_comments(guides: Site) -> None:
    post_id = written(guides)
    assert shown(guides, post_id).count("새벽토끼") == 2
    guides.consume(("member.renamed", {"id": 1, "nickname": "한낮토끼", "avatar": "/auth/avatars/1.png"}))
    assert "새벽토끼" not in guides.visitor.get(f"/guides/{post_id}").text
    page = shown(guides, post_id)
    assert page.count("한낮토끼") == 2
    assert page.count("/auth/avatars/1.png") == 2
    assert "한낮토끼" in guides.visitor.get("/guides/").text


def test_an_old_token_does_not_bring_the_old_name_back(guides: Site) -> None:
    guides.consume(("member.renamed", {"id": 1, "nickname": "한낮토끼", "avatar": ""}))
    post_id = guides.write(guides.member(nickname="새벽토끼"))
    assert guides.column("author_name", post_id) == "한낮토끼"


def test_a_member_who_left_is_nobody_and_writes_no_more(guides: Site) -> None:
    post_id = written(guides)
    client = guides.member()
    guides.consume(("member.deleted", {"id": 1}))
    assert "새벽토끼" not in guides.visitor.get(f"/guides/{post_id}").text
    page = shown(guides, post_id)
    assert page.count("탈퇴한 회원") == 2
    assert "글쓴이" not in page
    assert "Former member" in guides.visitor.get(f"/guides/{post_id}?lang=en").text
    assert client.post("/guides/write", data=guides.form()).status_code == 403
    guides.consume(("member.renamed", {"id": 1, "nickname": "유령", "avatar": ""}))
    assert "유령" not in guides.visitor.get(f"/guides/{post_id}").text


def test_events_applied_twice_change_nothing_more(guides: Site) -> None:
    post_id = written(guides)
    events = (
        ("member.renamed", {"id": 1, "nickname": "한낮토끼", "avatar": ""}),
        ("member.role_changed", {"id": 1, "role": "moderator"}),
        ("member.suspended", {"id": 1, "until": None}),
        ("member.something_new", {"id": 1}),
        ("member.deleted", {"id": 1}),
    )
    guides.consume(*events)
    once = guides.visitor.get(f"/guides/{post_id}").text
    guides.consume(*events)
    assert guides.visitor.get(f"/guides/{post_id}").text == once
    assert guides.count("member_state") == 1


def test_an_event_about_a_stranger_costs_no_cached_page(guides: Site) -> None:
    written(guides)
    before = len(guides.events())
    guides.consume(("member.renamed", {"id": 77, "nickname": "남", "avatar": ""}))
    assert len(guides.events()) == before
