"""How often: one member, and one address, whatever the account."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.apps.boards.site import Site

from archive_boards import limits
from archive_boards.limits import Limit, network
from archive_boards.writers import Writer
from archive_chassis.errors import RateLimited
from archive_chassis.testing import Client

USES: dict[str, Callable[[Site, Client, str], int]] = {
    "post": lambda site, client, there: (
        client.post("/guides/write", data=site.form(), environ_base={"REMOTE_ADDR": there}).status_code
    ),
    "comment": lambda _site, client, there: (
        client.post("/guides/1/comments", data={"body": "말"}, environ_base={"REMOTE_ADDR": there}).status_code
    ),
    "vote": lambda _site, client, there: (
        client.post("/guides/1/vote", data={"vote": "1"}, environ_base={"REMOTE_ADDR": there}).status_code
    ),
    "draft": lambda site, client, there: (
        client.post(
            "/guides/write", data=site.form(save="1", submission="form"), environ_base={"REMOTE_ADDR": there}
        ).status_code
    ),
    "report": lambda _site, client, there: (
        client.post("/guides/1/report", data={"reason": "spam"}, environ_base={"REMOTE_ADDR": there}).status_code
    ),
}


@pytest.mark.parametrize("kind", USES)
def test_each_use_is_limited_by_member_and_by_address(guides: Site, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    guides.write(guides.member(99))
    monkeypatch.setitem(limits.LIMITS, kind, Limit(member=2, address=3, seconds=86_400))
    use = USES[kind]
    first = guides.member(1)
    assert [use(guides, first, "203.0.113.1") for _ in range(3)] == [303, 303, 429]
    assert use(guides, guides.member(2), "203.0.113.1") == 303
    assert use(guides, guides.member(3), "203.0.113.1") == 429, "the third account at one address"
    assert use(guides, guides.member(4), "203.0.113.2") == 303


def test_an_address_may_do_much_more_than_a_member() -> None:
    assert all(limit.address >= 5 * limit.member for limit in limits.LIMITS.values())


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("a unix socket", "a unix socket"),
    ],
)
def test_an_address_is_what_one_household_has(address: str, counted: str) -> None:
    assert network(address) == counted


def test_work_without_a_request_has_no_address(lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "post", Limit(member=2, address=1, seconds=86_400))
    writer = Writer(1, "새벽토끼", "", "member")
    with lite.app.app_context():
        limits.spend("post", writer)
        limits.spend("post", writer)
        with pytest.raises(RateLimited):
            limits.spend("post", writer)
