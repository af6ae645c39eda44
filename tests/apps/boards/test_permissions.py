"""Who may do what. Each row is an action, each column somebody; the matrix is the rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.apps.boards.site import OTHER, Site

from archive_chassis.testing import Client, new_client

WHO = ("visitor", "unverified", "other", "author", "moderator", "admin")
#: 303 to the log-in page for a visitor, 303 to the result for who may, 403 for who may not.
MATRIX = {
    "guides": {
        "write": (303, 403, 303, 303, 303, 303),
        "edit": (303, 403, 403, 303, 403, 303),
        "delete": (303, 403, 403, 303, 303, 303),
        "pin": (303, 403, 403, 403, 303, 303),
        "comment": (303, 403, 303, 303, 303, 303),
        "edit-comment": (303, 403, 403, 303, 403, 403),
        "delete-comment": (303, 403, 403, 303, 303, 303),
    },
    "news": {
        "write": (303, 403, 403, 403, 303, 303),
        "edit": (303, 403, 403, 303, 303, 303),
        "delete": (303, 403, 403, 303, 303, 303),
        "comment": (303, 403, 303, 303, 303, 303),
    },
    "qa": {
        "answer": (303, 403, 303, 303, 303, 303),
        "accept": (303, 403, 403, 303, 403, 403),
    },
}
CASES = [
    (board, action, who, MATRIX[board][action][place])
    for board in MATRIX
    for action in MATRIX[board]
    for place, who in enumerate(WHO)
]


def browser(site: Site, who: str) -> Client:
    made: dict[str, Callable[[], Client]] = {
        "visitor": lambda: new_client(site.app),
        "unverified": lambda: site.member(100, verified=False),
        "other": lambda: site.member(OTHER),
        "author": lambda: site.member(100),
        "moderator": site.moderator,
        "admin": site.admin,
    }
    return made[who]()


@pytest.mark.parametrize(("name", "action", "who", "expected"), CASES)
def test_the_matrix(tmp_path_factory: pytest.TempPathFactory, name: str, action: str, who: str, expected: int) -> None:
    site = Site(name, tmp_path_factory.mktemp("board"))
    author = {"id": 100, "nickname": "소식여우"}
    said = {"author": author, "body": "했던 말", "at": "-PT1M"}
    site.fill([site.line("글", comments=[said], **({"answers": [said]} if name == "qa" else {}))])
    path, data = {
        "write": ("/write", site.form()),
        "edit": ("/1/edit", site.form(revision="1")),
        "delete": ("/1/delete", {}),
        "pin": ("/1/pin", {"pinned": "1"}),
        "comment": ("/1/comments", {"body": "말"}),
        "edit-comment": ("/comments/1/edit", {"body": "고친 말"}),
        "delete-comment": ("/comments/1/delete", {}),
        "answer": ("/1/answers", {"body": "답"}),
        "accept": ("/1/accept", {"answer": "2"}),
    }[action]
    before = len(site.events())
    answer = browser(site, who).post(f"/{name}{path}", data=data)
    assert answer.status_code == expected
    to_login = answer.status_code == 303 and answer.location.startswith("/auth/login")
    assert to_login == (who == "visitor")
    allowed = expected == 303 and who != "visitor"
    assert (len(site.events()) > before) == allowed
    site.close()


@pytest.mark.parametrize(
    ("until", "code"),
    [(None, 403), ("2999-01-01T00:00:00Z", 403), ("2020-01-01T00:00:00+09:00", 303)],
)
def test_a_suspended_member_cannot_write(guides: Site, until: str | None, code: int) -> None:
    client = guides.member()
    post_id = guides.write(client)
    guides.consume(("member.suspended", {"id": 1, "until": until}))
    assert client.post("/guides/write", data=guides.form()).status_code == code
    assert client.post(f"/guides/{post_id}/comments", data={"body": "말"}).status_code == code
    guides.consume(("member.reinstated", {"id": 1}))
    assert client.post("/guides/write", data=guides.form()).status_code == 303


def test_a_new_role_counts_before_the_token_knows(guides: Site) -> None:
    post_id = guides.write(guides.member(OTHER))
    client = guides.member()
    assert client.post(f"/guides/{post_id}/delete").status_code == 403
    guides.consume(("member.role_changed", {"id": 1, "role": "moderator"}))
    assert client.post(f"/guides/{post_id}/delete").status_code == 303
    stale = guides.moderator()
    guides.consume(("member.role_changed", {"id": 8, "role": "member"}))
    assert stale.post(f"/guides/{post_id}/restore").status_code == 403


def test_forms_need_this_sites_token(lite: Site) -> None:
    client = lite.member()
    answer = client.post("/guides/write", data=lite.form(), headers={"X-CSRF-Token": "forged"})
    assert answer.status_code == 403
    assert lite.count("post") == 0


def test_a_member_is_offered_only_what_they_may_do(lite: Site) -> None:
    post_id = lite.write(lite.member())
    lite.comment(lite.member(), post_id)
    offers = {"edit": f"/{post_id}/edit", "delete": f"/{post_id}/delete", "pin": f"/{post_id}/pin"}
    offers |= {"comment": f'action="/guides/{post_id}/comments"', "edit-comment": "/comments/1/edit"}

    def offered(client: Client) -> set[str]:
        page = client.get(f"/guides/{post_id}").text
        return {name for name, mark in offers.items() if mark in page}

    assert offered(lite.visitor) == set()
    assert offered(lite.member(OTHER, verified=False)) == set()
    assert offered(lite.member(OTHER)) == {"comment"}
    assert offered(lite.member()) == {"edit", "delete", "comment", "edit-comment"}
    assert offered(lite.moderator()) == {"delete", "pin", "comment"}
    assert offered(lite.admin()) == {"edit", "delete", "pin", "comment"}
