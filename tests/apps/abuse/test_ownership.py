"""Somebody else's things: every route with an id in it, asked with each id of another member's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.apps.abuse.community import ATTACKER, SECRET, VICTIM, Route, form_fields, rows
from tests.apps.abuse.conftest import Filled

from archive_boards import comments, writers
from archive_chassis.testing import Client

pytestmark = pytest.mark.slow

SERVICES = ("home", "auth", "news", "guides", "qa")
OWNERS = ("author_id", "member_id", "reporter_id", "actor_id", "editor_id")
#: What others may move: what they think of it, and that they answered.
OTHERS_MOVE = frozenset(
    {"score", "views", "comments", "answers", "active_at", "works", "works_version", "last_used_at"}
)
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def owned(content: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The victim's rows, without what others may move; what is told of them to other services is no thing of theirs."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table, all_rows in content.items():
        if table in ("outbox", "outbox_sequence", "event_offset", "notification", "front_post", "search_document"):
            continue
        key = "id" if table == "member" else next((name for name in OWNERS if all_rows and name in all_rows[0]), "")
        mine = [row for row in all_rows if key and row[key] == VICTIM]
        if table == "post_text":
            mine = all_rows
        found[table] = [{name: value for name, value in row.items() if name not in OTHERS_MOVE} for row in mine]
    return found


def with_ids(filled: Filled, service: str, *methods: str) -> Iterator[tuple[Route, str]]:
    for route in filled.community.routes(service, methods=methods):
        if route.places and not route.rule.startswith("/static/"):
            for address in filled.things[service].addresses(route):
                yield route, address


def shown_secrets(filled: Filled, service: str, client: Client) -> list[str]:
    """The addresses at which somebody is shown what is not for them."""
    found: list[str] = []
    addresses = [address for _route, address in with_ids(filled, service, "GET")]
    addresses += [filled.things[service].address(r) for r in filled.community.routes(service, methods=("GET",))]
    for address in dict.fromkeys(addresses):
        for accept in ("text/html", "application/json"):
            answer = client.get(address, headers={"Accept": accept})
            if SECRET in answer.text:
                found.append(f"{address} ({accept}): {answer.status_code}")
    return found


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("who", ["another member", "a visitor"])
def test_what_is_withheld_is_shown_to_nobody_else(filled: Filled, service: str, who: str) -> None:
    client = filled.attackers[service] if who == "another member" else filled.community.visitor(service)
    assert shown_secrets(filled, service, client) == []


def test_its_owner_is_shown_some_of_it(filled: Filled) -> None:
    """So what was looked for is there to be found."""
    victim = filled.victims["guides"]
    assert len(shown_secrets(filled, "guides", victim)) > 5


def changed(filled: Filled, service: str, client: Client) -> list[str]:
    """The requests by which a client changed a thing of the victim's."""
    app, form = filled.community.apps[service], form_fields(filled.community, service)
    found: list[str] = []
    before = owned(rows(app))
    for route, address in with_ids(filled, service, *UNSAFE):
        if route.is_for_programs:
            continue
        answer = client.open(address, method=route.method, data=form)
        assert answer.status_code < 500, f"{route} {address}: {answer.status_code}"
        after = owned(rows(app))
        if after != before:
            tables = [table for table in after if after[table] != before.get(table)]
            found.append(f"{route.method} {address}: {answer.status_code}, changed {', '.join(tables)}")
            before = after
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_another_member_changes_nothing_of_it(fresh: Filled, service: str) -> None:
    assert changed(fresh, service, fresh.attackers[service]) == []


@pytest.mark.parametrize("service", ["guides", "qa", "auth"])
def test_its_owner_changes_some_of_it(fresh: Filled, service: str) -> None:
    """The same requests do something when their sender may."""
    assert len(changed(fresh, service, fresh.victims[service])) >= (1 if service == "auth" else 4)


@pytest.mark.parametrize("hole", ["edits", "comments"])
def test_a_hole_would_be_seen(fresh: Filled, monkeypatch: pytest.MonkeyPatch, hole: str) -> None:
    if hole == "edits":
        monkeypatch.setattr(writers, "may_edit", lambda *_: True)
    else:
        monkeypatch.setattr(comments, "require_author", lambda *_: None)
    assert changed(fresh, "guides", fresh.attackers["guides"])


def test_nothing_is_done_in_the_victims_name(fresh: Filled) -> None:
    """Whatever the attacker sends is the attacker's: forms name nobody."""
    for service in ("news", "guides", "qa"):
        app, client = fresh.community.apps[service], fresh.attackers[service]
        before = {table: len(found) for table, found in owned(rows(app)).items()}
        names = dict.fromkeys(
            (*OWNERS, "author", "author_name", "member", "user", "user_id", "owner", "by"), str(VICTIM)
        )
        form = form_fields(fresh.community, service) | names
        for route, address in with_ids(fresh, service, *UNSAFE):
            if not route.is_for_programs:
                client.open(address, method=route.method, data=form, query_string=names)
        after = rows(app)
        assert {table: len(found) for table, found in owned(after).items()} == before
        mine = [row for row in after["comment"] if row["author_id"] == ATTACKER]
        assert mine, service


def test_the_staffs_pages_are_closed_to_members(filled: Filled) -> None:
    for service in SERVICES:
        for route in filled.community.routes(service):
            if route.rule.startswith(("/admin", "/moderation")):
                for address in filled.things[service].addresses(route):
                    client = filled.attackers[service]
                    answer = client.open(address, method=route.method, data=form_fields(filled.community, service))
                    assert answer.status_code == 403, f"{route}: {answer.status_code}"
                    visitor = filled.community.visitor(service).open(address, method=route.method)
                    assert (visitor.status_code, "/auth/login" in visitor.headers.get("Location", "")) == (303, True)


def test_what_services_tell_each_other_is_closed_to_members(filled: Filled) -> None:
    for service in SERVICES:
        prefix = filled.community.apps[service].extensions["archive_settings"].path
        for path in ("/internal/events", "/internal/events?after=0", "/internal/", "/metrics", "/metrics/"):
            for client in (filled.attackers[service], filled.community.visitor(service)):
                for header in ("", "Bearer ", "Bearer x", "Basic eDp4", "bearer an-internal-token"):
                    answer = client.get(prefix + path, headers={"Authorization": header} if header else {})
                    assert answer.status_code == 403, f"{service}{path}"
