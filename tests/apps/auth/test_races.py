"""What the database decides when two are equally fast."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from sqlalchemy import func, select
from tests.apps.auth.site import PASSWORD, Site, token_of
from werkzeug.test import TestResponse

from archive_auth.models import LoginSession, Member, NicknameClaim


def at_once(*calls: Callable[[], TestResponse]) -> list[int]:
    """Make all calls in threads that start together; the sorted statuses of their answers."""
    barrier = threading.Barrier(len(calls))
    statuses: list[int] = []

    def run(call: Callable[[], TestResponse]) -> None:
        barrier.wait()
        statuses.append(call().status_code)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(statuses)


def test_one_nickname_registered_twice_at_once_has_one_owner(site: Site) -> None:
    browsers = [site.visitor() for _ in range(4)]
    nicknames = ("새벽토끼", "새벽_토끼", "새벽토끼_", "새벽토끼")
    calls = [
        partial(site.register, browser, nicknames[number], f"r{number}@example.com")
        for number, browser in enumerate(browsers)
    ]
    assert at_once(*calls) == [303, 422, 422, 422]
    assert site.rows(select(func.count()).select_from(NicknameClaim))[0][0] == 1


def test_one_link_opened_twice_at_once_makes_one_member_and_one_log_in(site: Site) -> None:
    site.register(site.visitor(), "새벽토끼", "rabbit@example.com")
    form = {"token": token_of(site.link("rabbit@example.com", "/register/finish")), "password": PASSWORD}
    statuses = at_once(*(partial(site.visitor().post, "/auth/register/finish", data=form) for _ in range(3)))
    assert statuses[0] == 303
    assert set(statuses[1:]) <= {409, 410}
    assert site.rows(select(func.count()).select_from(Member))[0][0] == 1
    assert site.rows(select(func.count()).select_from(LoginSession))[0][0] == 1


def test_two_members_who_take_one_nickname_at_once(site: Site) -> None:
    first, second = site.join("낮토끼", "day@example.com"), site.join("밤토끼", "night@example.com")
    form = {"nickname": "저녁토끼"}
    calls = [partial(browser.post, "/auth/me/nickname", data=form) for browser in (first, second)]
    assert at_once(*calls) == [303, 422]
    names = sorted(row.nickname for row in site.rows(select(Member.nickname)))
    assert names in (["낮토끼", "저녁토끼"], ["밤토끼", "저녁토끼"])


def test_a_reset_link_used_twice_at_once_works_once(site: Site) -> None:
    site.join()
    site.visitor().post("/auth/reset", data={"email": "rabbit@example.com"})
    token = token_of(site.link("rabbit@example.com", "/reset/new"))
    forms = [{"token": token, "new_password": f"새로 정한 비밀번호 {number}"} for number in range(3)]
    calls = [partial(site.visitor().post, "/auth/reset/new", data=form) for form in forms]
    assert at_once(*calls) == [303, 410, 410]


def test_two_admins_who_demote_each_other_at_once_do_not_both_succeed(site: Site) -> None:
    first = site.join("낮토끼", "day@example.com", role="admin")
    second = site.join("밤토끼", "night@example.com", role="admin")
    ids = {name: site.member(name).id for name in ("낮토끼", "밤토끼")}
    calls = [
        partial(browser.post, f"/auth/admin/members/{subject}/role", data={"role": "member"})
        for browser, subject in ((first, ids["밤토끼"]), (second, ids["낮토끼"]))
    ]
    # The loser is refused, or sent to the log-in page when it came a moment later.
    assert set(at_once(*calls)) <= {303, 403}
    assert sorted(row.role for row in site.rows(select(Member.role))) == ["admin", "member"]
