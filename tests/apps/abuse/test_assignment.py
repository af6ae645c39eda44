"""Mass assignment: a field that a form does not have sets nothing, whatever column it is called after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.apps.abuse.community import ATTACKER, ATTACKER_NAME, BOARDS, Community, columns, form_fields, rows
from tests.apps.abuse.conftest import Filled
from tests.apps.abuse.looking import elements
from tests.apps.auth.site import PASSWORD

pytestmark = pytest.mark.slow

#: What differs between two rows that were written the same way.
OWN = frozenset(
    {"id", "submission", "published_at", "active_at", "created_at", "saved_at", "at", "edited_at", "post_id", "views"}
)
VALUES = ("1", "9", "admin", "2", "true", "2020-01-01T00:00:00", "hidden", "[]")


def strange_fields(community: Community, service: str, forms: set[str]) -> Iterator[dict[str, str]]:
    """Every column of the service as a field, in the spellings that frameworks bind, with each of VALUES."""
    names = columns(community.apps[service]) - forms
    spellings = [*sorted(names)]
    spellings += [f"{prefix}{name}" for prefix in ("post.", "comment.", "member.", "_") for name in sorted(names)]
    spellings += [f"post[{name}]" for name in sorted(names)]
    spellings += ["is_admin", "is_moderator", "admin", "__class__", "__proto__", "constructor", "_method", "method"]
    for value in VALUES:
        yield dict.fromkeys(spellings, value)


def form_names(page: str) -> set[str]:
    """The names of the controls on a page."""
    controls = [e for e in elements(page) if e.name in ("input", "select", "textarea", "button")]
    return {name for control in controls if (name := control.get("name"))}


def newest(content: list[dict[str, Any]]) -> dict[str, Any]:
    row = max(content, key=lambda one: one["id"])
    return {name: value for name, value in row.items() if name not in OWN}


@pytest.mark.parametrize("board", BOARDS)
def test_a_post_takes_what_its_form_has(fresh: Filled, board: str) -> None:
    community, site = fresh.community, fresh.community.boards[board]
    role = "moderator" if site.board.writers == "editors" else "member"
    number = 4_000
    wanted: dict[str, Any] | None = None
    writer = community.member(board, number, "글쓴이", role)
    forms = form_names(writer.get(f"/{board}/write").text) | {"draft", "image", "save", "preview", "upload", "picture"}
    assert {"title", "body", "category"} <= forms
    for extra in ({}, *strange_fields(community, board, forms)):
        answer = writer.post(f"/{board}/write", data=extra | site.form(), query_string=_few(extra))
        assert answer.status_code == 303, answer.text
        content = rows(community.apps[board])
        post = newest(content["post"])
        wanted = wanted or post
        assert post == wanted
    assert wanted is not None
    assert (wanted["author_id"], wanted["placement"], wanted["score"], wanted["locked"]) == (number, 1, 0, False)


@pytest.mark.parametrize("board", BOARDS)
def test_an_edit_changes_what_its_form_has(fresh: Filled, board: str) -> None:
    community, site = fresh.community, fresh.community.boards[board]
    role = "moderator" if site.board.writers == "editors" else "member"
    writer = community.member(board, 4_000, "글쓴이", role)
    post_id = site.write(writer)
    forms = form_names(writer.get(f"/{board}/{post_id}/edit").text) | {"draft", "image", "save", "preview", "upload"}
    forms |= {"picture", "publish_at"}

    def post() -> dict[str, Any]:
        (row,) = [one for one in rows(community.apps[board])["post"] if one["id"] == post_id]
        return {name: value for name, value in row.items() if name not in {"edited_at", "revision"}}

    before = post()
    for revision, extra in enumerate(strange_fields(community, board, forms), 1):
        form = extra | site.form(revision=str(revision))
        answer = writer.post(f"/{board}/{post_id}/edit", data=form, query_string=_few(extra))
        assert answer.status_code == 303, answer.text
        assert post() == before


@pytest.mark.parametrize("board", BOARDS)
def test_a_comment_takes_what_its_form_has(fresh: Filled, board: str) -> None:
    community, site = fresh.community, fresh.community.boards[board]
    post_id = fresh.things[board].ids["post_id"][0]
    writer = fresh.attackers[board]
    wanted: dict[str, Any] | None = None
    for extra in ({}, *strange_fields(community, board, {"body", "parent", "submission"})):
        answer = writer.post(f"/{board}/{post_id}/comments", data=extra | {"body": "말"}, query_string=_few(extra))
        assert answer.status_code == 303, answer.text
        comment = newest(rows(community.apps[board])["comment"])
        wanted = wanted or comment
        assert comment == wanted
    assert wanted is not None
    assert (wanted["author_id"], wanted["author_name"], wanted["author_role"]) == (ATTACKER, ATTACKER_NAME, "member")
    assert site.column("placement", int(str(post_id))) == 1


def test_who_joins_is_a_member_and_no_more(fresh: Filled) -> None:
    community = fresh.community
    forms = {"nickname", "email", "password", "agreed", "token", "name", "next"}
    for number, extra in enumerate(strange_fields(community, "auth", forms)):
        visitor, email = community.visitor("auth"), f"joins{number}@example.com"
        form = {"nickname": f"새사람{'가나다라마바사아'[number]}", "email": email, "password": PASSWORD, "agreed": "1"}
        assert visitor.post("/auth/register", data=extra | form).status_code == 303
        token = community.auth.link(email, "/register/finish").partition("token=")[2]
        finish = extra | {"token": token, "password": PASSWORD}
        assert visitor.post("/auth/register/finish", data=finish).status_code == 303
    joined = [row for row in rows(community.apps["auth"])["member"] if str(row["email"]).startswith("joins")]
    assert len(joined) == len(VALUES)
    assert {row["role"] for row in joined} == {"member"}
    assert {row["avatar"] for row in joined} == {""}
    assert {row["suspended_at"] for row in joined} == {None}
    assert len({row["id"] for row in joined}) == len(VALUES)


def test_a_members_own_forms_change_what_they_have(fresh: Filled) -> None:
    """Every form of the account pages, with every column beside its own fields: the role stays, and so does the id."""
    community, attacker = fresh.community, fresh.attackers["auth"]
    legitimate = {"nickname", "email", "email_password", "current_password", "new_password", "language", "name"}
    legitimate |= {"scopes", "days", "submission", "token_password", "delete_password", "csrf_token", "avatar", "next"}
    kept = ("id", "role", "verified_at", "created_at", "suspended_at", "deleted_at", "password_hash", "email")

    def member() -> tuple[Any, ...]:
        (row,) = [one for one in rows(community.apps["auth"])["member"] if one["id"] == ATTACKER]
        return tuple(row[name] for name in kept)

    before = member()
    others = [row for row in rows(community.apps["auth"])["member"] if row["id"] != ATTACKER]
    for extra in strange_fields(community, "auth", legitimate):
        for route in community.routes("auth", methods=("POST",)):
            if (
                route.rule.startswith("/me/")
                and not route.places
                and route.rule not in ("/me/delete", "/me/devices/end")
            ):
                form = extra | {"nickname": ATTACKER_NAME, "language": "ko"}
                assert attacker.post(f"/auth{route.rule}", data=form).status_code < 500
        assert member() == before
    assert [row for row in rows(community.apps["auth"])["member"] if row["id"] != ATTACKER] == others


def test_a_bound_column_would_be_seen(fresh: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant the bug: the form's fields are bound to columns of the same name."""
    from flask import request

    from archive_boards.writers import Writer

    def bound(self: Writer) -> dict[str, Any]:
        own = {"author_id": self.id, "author_name": self.nickname, "author_avatar": "", "author_role": self.role}
        return {name: request.form.get(name, value) for name, value in own.items()}

    monkeypatch.setattr(Writer, "columns", property(bound))
    with pytest.raises(AssertionError):
        test_a_comment_takes_what_its_form_has(fresh, "guides")


def _few(extra: dict[str, str]) -> dict[str, str]:
    """The plain spellings, for the address as well."""
    return {name: value for name, value in extra.items() if name.isidentifier() and name not in ("draft", "lang")}


def test_there_are_fields_to_try(filled: Filled) -> None:
    for service in (*BOARDS, "auth"):
        (first, *_rest) = strange_fields(filled.community, service, set(form_fields(filled.community, service)))
        assert len(first) > 150
