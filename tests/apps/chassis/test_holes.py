"""One page for all members whom it shows the same: rendered for nobody, and filled in for each."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from flask import Flask, abort, request
from flask.typing import ResponseReturnValue
from markupsafe import escape
from tests.apps.chassis import sample

from archive_chassis import holes
from archive_chassis.cache import cached_page, everybody
from archive_chassis.csrf import csrf_field
from archive_chassis.identity import current_member
from archive_chassis.templating import notice, render
from archive_chassis.testing import Client, make_app, make_settings, new_client

made: list[str] = []
version: list[int] = [1]
number = holes.Hole("test-number", lambda _argument: str(_member_id()))


def _member_id() -> int:
    member = current_member()
    assert member
    return member.id


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    made.clear()
    version[0] = 1
    site = make_app(sample.service, make_settings("news", tmp_path))

    @cached_page(lambda: version[0], alike=everybody)
    def shared() -> ResponseReturnValue:
        member = current_member()
        made.append(member.nickname if member else "nobody")
        return f"{escape(str(member))} {number() if member else ''} {csrf_field() if member else ''}"

    @cached_page(lambda: version[0], alike=lambda: _member_id() != 7)
    def own_for_one() -> ResponseReturnValue:
        member = current_member()
        made.append(member.nickname if member else "nobody")
        return member.nickname if member else "nobody"

    @cached_page(lambda: version[0], alike=everybody)
    def whole() -> ResponseReturnValue:
        made.append("whole")
        return render("error.html", status=200, heading="제목", detail="", errors={}, request_id="")

    @cached_page(lambda: version[0], alike=everybody)
    def missing() -> ResponseReturnValue:
        made.append("missing")
        return abort(404)

    @cached_page(lambda: version[0], alike=everybody)
    def elsewhere() -> ResponseReturnValue:
        return f"as {current_member()}", 202

    def tell() -> ResponseReturnValue:
        notice("info", request.args["text"])
        return ""

    for view in (shared, own_for_one, whole, missing, elsewhere, tell):
        site.add_url_rule(f"/{view.__name__}", view_func=view)
    return site


def member(app: Flask, member_id: int, nickname: str, role: str = "member", *, verified: bool = True) -> Client:
    client = new_client(app)
    client.login(member_id, nickname, role, verified=verified)
    client.csrf_token()
    return client


def test_it_is_rendered_once_for_nobody(app: Flask) -> None:
    first, second = member(app, 7, "새벽토끼"), member(app, 8, "반달곰")
    pages = [client.get("/news/shared").text for client in (first, second, first)]
    assert made == [""]
    assert all("새벽토끼" not in page and "반달곰" not in page and "id=0" in page for page in pages)


def test_its_holes_are_filled_for_each(app: Flask) -> None:
    for client, own in ((member(app, 7, "새벽토끼"), "7"), (member(app, 8, "반달곰"), "8")):
        for _twice in range(2):
            page = client.get("/news/shared").text
            assert f" {own} " in page
            assert client.csrf_token() in page


def test_no_mark_leaves_the_process(app: Flask) -> None:
    mark = re.compile(r"[0-9a-f]{32}[a-z-]+:[0-9a-z-]*\.")
    with app.test_request_context(), holes.left_open():
        assert mark.fullmatch(number())  # the check can see one
    for path in ("shared", "whole", "own_for_one", "elsewhere", "missing"):
        for client in (member(app, 7, "새벽토끼"), member(app, 8, "반달곰"), new_client(app)):
            assert not mark.search(client.get(f"/news/{path}").text), path


def test_who_looks_different_gets_a_page_of_their_own(app: Flask) -> None:
    same, other = member(app, 8, "반달곰"), member(app, 7, "새벽토끼")
    assert [same.get("/news/own_for_one").text, other.get("/news/own_for_one").text] == ["", "새벽토끼"]
    assert made == ["", "새벽토끼"]


@pytest.mark.parametrize(("role", "verified"), [("moderator", True), ("admin", True), ("member", False)])
def test_staff_and_who_is_not_verified_have_their_own(app: Flask, role: str, verified: bool) -> None:
    for _twice in range(2):
        assert "새벽토끼" in member(app, 7, "새벽토끼", role, verified=verified).get("/news/shared").text
    assert made == ["새벽토끼"] * 2


def test_visitors_and_members_share_nothing(app: Flask) -> None:
    visitor, client = new_client(app), member(app, 7, "새벽토끼")
    for _twice in range(2):
        assert visitor.get("/news/shared").text == "None  "
        assert client.get("/news/shared").text.startswith("Member(id=0")
    assert made == ["nobody", ""]


@pytest.mark.parametrize("query", ["|members|ko||/shared?", "members|ko||/shared", "x|members"])
def test_no_address_asks_for_the_page_of_members(app: Flask, query: str) -> None:
    member(app, 7, "새벽토끼").get("/news/shared")
    assert new_client(app).get(f"/news/shared?{query}").text == "None  "


def test_a_change_makes_it_anew(app: Flask) -> None:
    client = member(app, 7, "새벽토끼")
    client.get("/news/shared")
    version[0] = 2
    client.get("/news/shared")
    assert made == ["", ""]


def test_a_message_is_for_one_reader(app: Flask) -> None:
    told, other = member(app, 7, "새벽토끼"), member(app, 8, "반달곰")
    told.get("/news/tell?text=저장했어요")
    assert "저장했어요" in told.get("/news/whole").text
    assert "저장했어요" not in other.get("/news/whole").text
    assert "저장했어요" not in told.get("/news/whole").text


def test_what_is_no_page_is_made_for_who_asks(app: Flask) -> None:
    client = member(app, 7, "새벽토끼")
    for _twice in range(2):
        assert client.get("/news/missing").status_code == 404
        assert "새벽토끼" in client.get("/news/missing").text
        assert "새벽토끼" in client.get("/news/elsewhere").text


def test_the_layout_shows_each_reader_as_themselves(app: Flask) -> None:
    for member_id, nickname in ((7, "새벽토끼"), (8, "<b>곰</b>")):
        page = member(app, member_id, nickname).get("/news/whole").text
        assert f'<span class="menu__name">{escape(nickname)}</span>' in page
        assert re.search(r'data-session-expires="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"', page)
    assert made == ["whole"]


def test_who_has_no_form_token_yet_is_given_one_that_holds(app: Flask) -> None:
    member(app, 7, "새벽토끼").get("/news/shared")
    fresh = new_client(app)
    fresh.login(8, "반달곰")
    answer = fresh.get("/news/shared")
    assert "archive_csrf=" in answer.headers["Set-Cookie"]
    assert fresh.csrf_token() in answer.text


def test_side_by_side_nobody_gets_anothers_page(app: Flask) -> None:
    wrong: list[str] = []

    def read(own: int) -> None:
        client = member(app, own, f"회원{own}")
        for turn in range(50):
            if turn % 10 == 0:
                version[0] += 1
            page = client.get("/news/shared").text
            if f" {own} " not in page or client.csrf_token() not in page:
                wrong.append(page)

    threads = [threading.Thread(target=read, args=(own,)) for own in range(11, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
