"""Every way that a log-in ends is told to the services that would believe its access token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.apps.auth.site import OTHER_PASSWORD, PASSWORD, Site, cookie, log_in

from archive_auth.models import LoginSession
from archive_chassis import clock, i18n
from archive_chassis.testing import Client
from archive_chassis.tokens import ACCESS_LIFETIME

JSON = {"Accept": "application/json"}


def sids(site: Site) -> set[str]:
    return {row.id for row in site.rows(select(LoginSession.id))}


def told(site: Site) -> list[str]:
    return [event["sid"] for event in site.events("session.ended")]


def logs_out(_site: Site, client: Client) -> None:
    client.post("/auth/logout")


def logs_in_anew(_site: Site, client: Client) -> None:
    log_in(client, "새벽토끼")


def leaves(_site: Site, client: Client) -> None:
    client.post("/auth/me/delete", data={"delete_password": PASSWORD})


def ends_all(_site: Site, client: Client) -> None:
    client.post("/auth/me/devices/end")


def is_robbed(site: Site, client: Client) -> None:
    thief = site.visitor()
    thief.set_cookie("archive_refresh", cookie(client, "archive_refresh") or "", path="/auth")
    client.post("/auth/refresh", headers=JSON)
    with clock.moved(timedelta(minutes=1)):
        thief.post("/auth/refresh", headers=JSON)


def is_suspended(site: Site, _client: Client) -> None:
    admin = site.join("호랑이", "tiger@example.com", role="admin")
    number = site.member("새벽토끼").id
    admin.post(f"/auth/admin/members/{number}/suspend", data={"term": "7", "reason": "광고 글을 여러 번 올림"})


@pytest.mark.parametrize("way", [logs_out, logs_in_anew, leaves, ends_all, is_robbed, is_suspended])
def test_an_end_is_told(site: Site, way: Callable[[Site, Client], None]) -> None:
    client = site.join()
    (own,) = sids(site)
    way(site, client)
    assert told(site).count(own) == 1


def test_it_says_whose_and_how_long_a_token_may_be_out(site: Site) -> None:
    client = site.join()
    (own,) = sids(site)
    before = clock.naive_now()
    client.post("/auth/logout")
    (event,) = site.events("session.ended")
    expected: dict[str, Any] = {"sid": own, "id": site.member("새벽토끼").id, "until": event["until"]}
    assert event == expected
    assert i18n.iso(before + ACCESS_LIFETIME) <= event["until"] <= i18n.iso(clock.naive_now() + ACCESS_LIFETIME)


def test_those_that_go_on_are_not_told(site: Site) -> None:
    client, other = site.join(), site.visitor()
    (own,) = sids(site)
    log_in(other, "새벽토끼")
    (second,) = sids(site) - {own}
    client.post("/auth/me/password", data={"current_password": PASSWORD, "new_password": OTHER_PASSWORD})
    assert told(site) == [second]


def test_an_end_is_told_once(site: Site) -> None:
    client = site.join()
    access = cookie(client, "archive_access")
    for _twice in range(2):
        client.post("/auth/logout")
        client.set_cookie("archive_access", access or "")
    assert len(told(site)) == 1
