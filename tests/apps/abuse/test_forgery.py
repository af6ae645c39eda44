"""Forged requests: every route that changes something refuses what one of our own pages did not send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from tests.apps.abuse.community import Community, Route, form_fields, rows
from tests.apps.abuse.conftest import Filled

from archive_chassis import csrf
from archive_chassis.testing import Client, new_client

pytestmark = pytest.mark.slow

HERE = "http://localhost"
#: Routes that need no form token, each with the reason. An API has its own rule: no token, no change.
EXEMPT: dict[str, str] = {}
SERVICES = ("home", "auth", "news", "guides", "qa")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Forgery:
    """What another site can make a member's browser send."""

    name: str
    headers: Callable[[Client, Client], dict[str, str | None]]
    form: Callable[[Client, Client], dict[str, str]] = lambda _victim, _attacker: {}


def _with_own_token(**headers: str | None) -> Callable[[Client, Client], dict[str, str | None]]:
    """The victim's own good token (say, it leaked), with headers that tell where the request comes from."""
    return lambda victim, _attacker: {csrf.HEADER: victim.csrf_token()} | headers


FORGERIES = (
    Forgery("no token", lambda *_: {"Origin": HERE, csrf.HEADER: None}),
    Forgery("an empty token", lambda *_: {"Origin": HERE, csrf.HEADER: ""}),
    Forgery("a made-up token", lambda *_: {"Origin": HERE, csrf.HEADER: "0" * 64}),
    Forgery("a token that is not ASCII", lambda *_: {"Origin": HERE, csrf.HEADER: "\u00e9" * 64}),
    Forgery("the attacker's own token", lambda _v, attacker: {"Origin": HERE, csrf.HEADER: attacker.csrf_token()}),
    Forgery(
        "the attacker's own token as a field",
        lambda *_: {"Origin": HERE, csrf.HEADER: None},
        lambda _v, attacker: {csrf.FIELD: attacker.csrf_token()},
    ),
    Forgery("another site's origin", _with_own_token(Origin="https://evil.example")),
    Forgery("an origin that begins like ours", _with_own_token(Origin="http://localhost.evil.example")),
    Forgery("an origin that ends like ours", _with_own_token(Origin="http://evil-localhost")),
    Forgery("an origin with our name as user", _with_own_token(Origin="http://localhost@evil.example")),
    Forgery("an origin with another port", _with_own_token(Origin="http://localhost:8081")),
    Forgery("an origin that is none", _with_own_token(Origin="null")),
    Forgery("an empty origin", _with_own_token(Origin="")),
    Forgery("no word of where it comes from", _with_own_token(Origin=None)),
    Forgery("cross-site by fetch metadata", _with_own_token(Origin=None, **{"Sec-Fetch-Site": "cross-site"})),
    Forgery("same-site by fetch metadata", _with_own_token(Origin=None, **{"Sec-Fetch-Site": "same-site"})),
    Forgery("typed by fetch metadata", _with_own_token(Origin=None, **{"Sec-Fetch-Site": "none"})),
    Forgery("another site's page", _with_own_token(Origin=None, Referer="https://evil.example/http://localhost/")),
    Forgery(
        "a page of our name within theirs", _with_own_token(Origin=None, Referer="https://evil.example/?localhost")
    ),
)


def unsafe_routes(community: Community, service: str) -> list[Route]:
    found = community.routes(service, methods=UNSAFE)
    return [route for route in found if not route.is_for_programs and str(route) not in EXEMPT]


def send(client: Client, route: Route, address: str, form: dict[str, str], headers: dict[str, str | None]) -> int:
    """The answer's status. A header of None is not sent, where the client would by itself."""
    given = {name: value for name, value in headers.items() if value is not None}
    given.setdefault("Accept", "text/html")
    plain = super(Client, client).open(address, method=route.method, data=form, headers=given)
    return plain.status_code


def accepted(filled: Filled, service: str, forgery: Forgery) -> list[str]:
    """The routes that took a forged request, by a member whose browser carries their cookies."""
    victim, attacker = filled.victims[service], new_client(filled.community.apps[service])
    attacker.set_cookie(csrf.COOKIE, "a-seed-of-the-attackers-own-browser")
    form = form_fields(filled.community, service) | forgery.form(victim, attacker)
    headers = forgery.headers(victim, attacker)
    taken: list[str] = []
    for route in unsafe_routes(filled.community, service):
        status = send(victim, route, filled.things[service].address(route), form, headers)
        if status != 403:
            taken.append(f"{route}: {status}")
    return taken


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda one: one.name)
def test_no_route_takes_a_forged_request(filled: Filled, service: str, forgery: Forgery) -> None:
    before = rows(filled.community.apps[service])
    assert accepted(filled, service, forgery) == []
    assert rows(filled.community.apps[service]) == before


def test_every_service_has_routes_to_attack(filled: Filled) -> None:
    counts = {service: len(unsafe_routes(filled.community, service)) for service in SERVICES}
    assert counts["auth"] >= 20
    assert all(counts[board] >= 15 for board in ("news", "guides", "qa"))
    assert counts["home"] >= 1


def test_a_visitor_is_protected_too(filled: Filled) -> None:
    """Logging somebody in as the attacker is worth something too."""
    form = {"name": "x", "password": "x", "nickname": "x", "email": "x@example.com"}
    for route in unsafe_routes(filled.community, "auth"):
        visitor = filled.community.visitor("auth")
        headers = {"Origin": "https://evil.example", csrf.HEADER: visitor.csrf_token()}
        assert send(visitor, route, filled.things["auth"].address(route), form, headers) == 403, route


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_not_forged_is_looked_at(filled: Filled, service: str) -> None:
    """The same requests with this browser's token and origin get beyond the check: other answers than 403 show it."""
    client = filled.attackers[service]
    headers: dict[str, str | None] = {"Origin": HERE, csrf.HEADER: client.csrf_token()}
    form = {"title": "", "nickname": ""}
    beyond = {
        str(route)
        for route in unsafe_routes(filled.community, service)
        if send(client, route, filled.things[service].address(route), form, headers) != 403
    }
    assert beyond


def _without_check(app: Flask) -> Callable[[], None]:
    """Plant the bug: the check is not installed. What is returned brings it back."""
    functions: list[Any] = app.before_request_funcs[None]
    kept = list(functions)
    functions[:] = [function for function in kept if function.__module__ != csrf.__name__]
    assert len(functions) == len(kept) - 1

    def mend() -> None:
        functions[:] = kept

    return mend


def test_a_missing_check_would_be_seen(fresh: Filled) -> None:
    mend = _without_check(fresh.community.apps["guides"])
    assert accepted(fresh, "guides", FORGERIES[0])
    mend()
    assert accepted(fresh, "guides", FORGERIES[0]) == []


@pytest.mark.parametrize("service", SERVICES)
def test_operations_of_an_api_want_their_token_and_look_at_no_cookie(filled: Filled, service: str) -> None:
    victim = filled.victims[service]
    before = rows(filled.community.apps[service])
    for route in filled.community.routes(service, methods=UNSAFE):
        if not route.is_for_programs:
            continue
        for extra in ({}, {csrf.HEADER: victim.csrf_token(), "Origin": HERE}):
            headers = {"Content-Type": "application/json", "Accept": "application/json"} | extra
            address = filled.things[service].address(route)
            answer = super(Client, victim).open(address, method=route.method, data="{}", headers=headers)
            assert answer.status_code == 401, route
    assert rows(filled.community.apps[service]) == before


@pytest.mark.parametrize("service", SERVICES)
def test_looking_changes_nothing(fresh: Filled, service: str) -> None:
    """A GET can be sent by any picture on any page: none of them changes what is kept.

    Left out: `/refresh` gives the browser its next token; a notification that was opened counts as read, a front page
    remembers the visit; both are what looking means there, and nobody else learns of it.
    """
    looked_at = {"notification", "member_visit", "refresh_token", "login_session"}
    before = rows(fresh.community.apps[service], without=looked_at)
    client = fresh.victims[service]
    for route in fresh.community.routes(service, methods=("GET",)):
        if route.rule == "/refresh":
            continue
        for address in fresh.things[service].addresses(route):
            client.get(address)
    assert rows(fresh.community.apps[service], without=looked_at) == before
