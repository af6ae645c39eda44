"""Members who have nothing to do with a post share its page; who has sees what is theirs; neither can tell."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.apps.boards.site import OTHER, Site

from archive_boards.pages import posts
from archive_chassis import cache
from archive_chassis.testing import Client

AUTHOR, THIRD, MODERATOR = 1, 3, 4
#: What differs from one page to the next, and between two readers who see the same.
OWN = re.compile(r'(?<=name="submission" value=")[\w-]{22}|(?<=name="csrf_token" value=")[0-9a-f]{64}')

FORM = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"><input type="hidden" name="submission" value="([^"]+)"')


def alone(monkeypatch: pytest.MonkeyPatch, client: Client, path: str) -> str:
    """The page as it is made for one member alone."""
    with monkeypatch.context() as patched:
        patched.setattr(cache, "_for_members", lambda _version, view: view())
        return OWN.sub("", client.get(path).text)


def shared(client: Client, path: str) -> str:
    client.get(path)
    return OWN.sub("", client.get(path).text)


def votes(site: Site, client: Client, post_id: int, _comment: int) -> None:
    assert client.post(f"/{site.name}/{post_id}/vote", data={"vote": "1"}).status_code == 303


def votes_on_a_comment(site: Site, client: Client, _post: int, comment_id: int) -> None:
    assert client.post(f"/{site.name}/comments/{comment_id}/vote", data={"vote": "1"}).status_code == 303


def bookmarks(site: Site, client: Client, post_id: int, _comment: int) -> None:
    assert client.post(f"/{site.name}/{post_id}/bookmark", data={"keep": "1"}).status_code == 303


def comments(site: Site, client: Client, post_id: int, _comment: int) -> None:
    site.comment(client, post_id, "내가 단 댓글")


def takes_a_comment_back(site: Site, client: Client, post_id: int, _comment: int) -> None:
    comment_id = site.comment(client, post_id, "지울 댓글")
    assert client.post(f"/{site.name}/comments/{comment_id}/delete").status_code == 303


def nothing(_site: Site, _client: Client, _post: int, _comment: int) -> None:
    pass


Deed = Callable[[Site, Client, int, int], None]
DEEDS = (nothing, votes, votes_on_a_comment, bookmarks, comments, takes_a_comment_back)


@pytest.fixture(params=["news", "guides", "qa"])
def site(request: pytest.FixtureRequest, make_site: Callable[[str], Site]) -> Site:
    return make_site(request.param)


def filled(site: Site) -> tuple[int, int]:
    author = site.member(AUTHOR, role="moderator" if site.name == "news" else "member")
    post_id = site.write(author)
    comment_id = site.comment(site.member(OTHER), post_id, "남이 단 댓글")
    site.comment(site.member(OTHER), post_id, "답글", parent=comment_id)
    return post_id, comment_id


@pytest.mark.parametrize("deed", DEEDS)
def test_a_member_sees_what_they_would_alone(site: Site, deed: Deed, monkeypatch: pytest.MonkeyPatch) -> None:
    post_id, comment_id = filled(site)
    client = site.member(THIRD, nickname="셋째")
    deed(site, client, post_id, comment_id)
    for path in (f"/{site.name}/{post_id}", f"/{site.name}/", f"/{site.name}/tags"):
        client.get(path)  # whatever message there was has been shown
        assert shared(client, path) == alone(monkeypatch, client, path)
        other = site.member(5, nickname="다섯째")
        assert shared(other, path) == alone(monkeypatch, other, path)


@pytest.mark.parametrize("who", [AUTHOR, OTHER, THIRD, MODERATOR])
def test_each_reader_sees_what_is_theirs(site: Site, who: int, monkeypatch: pytest.MonkeyPatch) -> None:
    post_id, _comment = filled(site)
    site.member(6, nickname="먼저").get(f"/{site.name}/{post_id}")
    client = site.member(who, role="moderator" if who == MODERATOR else "member")
    path = f"/{site.name}/{post_id}"
    assert shared(client, path) == alone(monkeypatch, client, path)


def test_a_page_that_forgot_who_has_to_do_with_it_would_be_seen(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted mistake: everybody shares the page of a post."""
    post_id, comment_id = filled(site)
    client, path = site.member(THIRD), f"/{site.name}/{post_id}"
    votes(site, client, post_id, comment_id)
    client.get(path)
    monkeypatch.setattr(posts.votes, "own", lambda *_about: posts.votes.NOTHING)
    wrong = shared(client, path)
    monkeypatch.undo()
    assert wrong != alone(monkeypatch, client, path)


def test_a_shared_page_takes_one_statement_and_renders_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    post_id, _comment = filled(site)
    client, path = site.member(THIRD), f"/{site.name}/{post_id}"
    client.get(path)
    monkeypatch.setattr(posts, "show", lambda *_template, **_values: pytest.fail("rendered again"))
    with site.statements() as sent:
        assert client.get(path).status_code == 200
    assert len(sent) == 1


def test_forms_of_a_shared_page_work(site: Site) -> None:
    """Its form token and its name for what is sent are this reader's, and new with each page."""
    post_id, _comment = filled(site)
    path = f"/{site.name}/{post_id}"
    site.member(5, nickname="다섯째").get(path)
    client = site.member(THIRD)
    names: set[str] = set()
    for _twice in range(2):
        page = client.get(path).text
        field = FORM.search(page)
        assert field
        names.add(field[2])
        data = {"csrf_token": field[1], "submission": field[2], "body": "나눠 쓰는 페이지에서"}
        kind = "answers" if field[2].endswith("-a") else "comments"
        for _sent_twice in range(2):
            assert client.post(f"{path}/{kind}", data=data).status_code == 303
        client.get(path)
    assert len(names) == 2
    assert site.count("comment") == 2 + 2
