"""Looking after members, and the log of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.apps.auth.site import Site, cookie, is_logged_in, log_in

from archive_auth.models import AuditEntry
from archive_auth.services import members
from archive_chassis import clock
from archive_chassis.testing import Client


def suspend(client: Client, member_id: int, term: str = "7", reason: str = "광고 글을 여러 번 올림") -> int:
    form = {"term": term, "reason": reason}
    return client.post(f"/auth/admin/members/{member_id}/suspend", data=form).status_code


def test_the_pages_are_for_the_staff(site: Site) -> None:
    member = site.join()
    for page in ("/auth/admin", "/auth/admin/members/1", "/auth/admin/audit"):
        assert member.get(page).status_code == 403
        assert site.visitor().get(page).status_code == 303
    assert suspend(member, 1) == 403
    moderator = site.join("반달곰", "bear@example.com", role="moderator")
    for page in ("/auth/admin", f"/auth/admin/members/{site.member('새벽토끼').id}", "/auth/admin/audit"):
        assert moderator.get(page).status_code == 200


def test_a_role_that_was_taken_away_counts_for_nothing_at_once(site: Site) -> None:
    moderator = site.join("반달곰", "bear@example.com", role="moderator")
    admin = site.join("호랑이", "tiger@example.com", role="admin")
    access = cookie(moderator, "archive_access")
    admin.post(f"/auth/admin/members/{site.member('반달곰').id}/role", data={"role": "member"})
    log_in(moderator, "반달곰")
    moderator.set_cookie("archive_access", access or "")
    assert moderator.get("/auth/admin").status_code in (303, 403)


def test_a_suspended_member_is_out_and_learns_why_and_until_when(site: Site) -> None:
    member, moderator = site.join(), site.join("반달곰", "bear@example.com", role="moderator")
    member_id = site.member("새벽토끼").id
    assert suspend(moderator, member_id) == 303
    assert not is_logged_in(member)
    assert member.post("/auth/refresh", headers={"Accept": "application/json"}).status_code == 401
    told = log_in(site.visitor(), "새벽토끼")
    assert told.status_code == 403
    assert "광고 글을 여러 번 올림" in told.text
    assert "까지" in told.text
    assert "archive_access" not in str(told.headers)
    wrong = log_in(site.visitor(), "새벽토끼", "a wrong password")
    assert "광고" not in wrong.text
    assert "계정 이용이 정지됐어요" in site.mails("rabbit@example.com")[-1].subject
    (event,) = site.events("member.suspended")
    assert event["id"] == member_id
    assert event["until"] is not None
    with clock.moved(timedelta(days=7, seconds=1)):
        assert log_in(site.visitor(), "새벽토끼").status_code == 303


def test_a_suspension_for_good_ends_only_when_it_is_lifted(site: Site) -> None:
    site.join()
    moderator = site.join("반달곰", "bear@example.com", role="moderator")
    member_id = site.member("새벽토끼").id
    assert suspend(moderator, member_id, "forever") == 303
    assert site.events("member.suspended") == [{"id": member_id, "until": None}]
    with clock.moved(timedelta(days=4000)):
        assert "기한 없음" in log_in(site.visitor(), "새벽토끼").text
    assert moderator.post(f"/auth/admin/members/{member_id}/lift").status_code == 303
    assert log_in(site.visitor(), "새벽토끼").status_code == 303
    assert site.events("member.reinstated") == [{"id": member_id}]


@pytest.mark.parametrize(("term", "reason"), [("5", "이유"), ("", "이유"), ("7", ""), ("7", "가" * 501)])
def test_a_suspension_needs_a_term_and_a_reason(lite: Site, term: str, reason: str) -> None:
    lite.join()
    moderator = lite.join("반달곰", "bear@example.com", role="moderator")
    assert suspend(moderator, lite.member("새벽토끼").id, term, reason) == 422
    assert lite.rows(select(AuditEntry.__table__)) == []


def test_who_may_suspend_whom(site: Site) -> None:
    browsers = {
        "반달곰": site.join("반달곰", "bear@example.com", role="moderator"),
        "불곰": site.join("불곰", "brown@example.com", role="moderator"),
        "호랑이": site.join("호랑이", "tiger@example.com", role="admin"),
    }
    ids = {name: site.member(name).id for name in browsers}
    assert suspend(browsers["반달곰"], ids["불곰"]) == 403
    assert suspend(browsers["반달곰"], ids["호랑이"]) == 403
    assert suspend(browsers["반달곰"], ids["반달곰"]) == 403
    assert suspend(browsers["호랑이"], ids["호랑이"]) == 403
    assert suspend(browsers["호랑이"], ids["불곰"]) == 303
    assert suspend(browsers["호랑이"], 9999) == 404


def test_roles_are_changed_by_admins_and_never_ones_own(site: Site) -> None:
    member = site.join()
    moderator = site.join("반달곰", "bear@example.com", role="moderator")
    admin = site.join("호랑이", "tiger@example.com", role="admin")
    ids = {name: site.member(name).id for name in ("새벽토끼", "호랑이")}
    page = f"/auth/admin/members/{ids['새벽토끼']}/role"
    assert member.post(page, data={"role": "admin"}).status_code == 403
    assert moderator.post(page, data={"role": "moderator"}).status_code == 403
    assert admin.post(page, data={"role": "king"}).status_code == 422
    assert admin.post(f"/auth/admin/members/{ids['호랑이']}/role", data={"role": "member"}).status_code == 403
    assert admin.post(page, data={"role": "moderator"}).status_code == 303
    assert site.events("member.role_changed") == [{"id": ids["새벽토끼"], "role": "moderator"}]
    assert not is_logged_in(member)  # a new token tells the new role
    log_in(member, "새벽토끼")
    assert member.get("/auth/admin").status_code == 200


def test_everything_is_in_the_log_with_who_did_it(site: Site) -> None:
    site.join()
    admin = site.join("호랑이", "tiger@example.com", role="admin")
    ids = {name: site.member(name).id for name in ("새벽토끼", "호랑이")}
    suspend(admin, ids["새벽토끼"])
    admin.post(f"/auth/admin/members/{ids['새벽토끼']}/lift")
    admin.post(f"/auth/admin/members/{ids['새벽토끼']}/lift")  # nothing to lift: nothing to log
    admin.post(f"/auth/admin/members/{ids['새벽토끼']}/role", data={"role": "moderator"})
    table = AuditEntry
    rows = site.rows(select(table.actor_id, table.subject_id, table.action, table.detail).order_by(table.id))
    assert {(row.actor_id, row.subject_id) for row in rows} == {(ids["호랑이"], ids["새벽토끼"])}
    assert [row.action for row in rows] == ["suspend", "lift", "role"]
    assert rows[2].detail == {"before": "member", "after": "moderator"}
    page = admin.get("/auth/admin/audit").text
    for text in ("이용 정지", "정지 해제", "역할 변경", "광고 글을 여러 번 올림", "호랑이", "새벽토끼"):
        assert text in page


def test_members_are_found_by_the_beginning_of_a_nickname(site: Site) -> None:
    site.join("새벽토끼", "rabbit@example.com")
    site.join("새벽곰", "bear_1@example.com")
    admin = site.join("호랑이", "tiger@example.com", role="admin")
    found = admin.get("/auth/admin/members?q=새벽").text
    assert "새벽토끼" in found
    assert "새벽곰" in found
    assert "tiger@example.com" not in found
    assert "새벽곰" not in admin.get("/auth/admin/members?q=새벽토").text
    assert "찾는 회원이 없어요" in admin.get("/auth/admin/members?q=%25").text  # no wildcard


def test_the_form_leads_to_a_page_for_a_nickname_and_shows_whom_an_address_belongs_to(site: Site) -> None:
    """An address in a query would stay in the logs of proxies and in the browser's history."""
    site.join("새벽토끼", "rabbit@example.com")
    site.join("새벽곰", "bear_1@example.com")
    admin = site.join("호랑이", "tiger@example.com", role="admin")
    named = admin.post("/auth/admin/members", data={"q": " 새벽 곰 "})
    assert (named.status_code, named.location) == (303, "/auth/admin/members?q=%EC%83%88%EB%B2%BD+%EA%B3%B0")
    found = admin.post("/auth/admin/members", data={"q": "BEAR_1@"})
    assert found.status_code == 200
    assert "새벽곰" in found.text
    assert "새벽토끼" not in found.text
    assert "찾는 회원이 없어요" in admin.get("/auth/admin/members?q=bear_1@").text


def test_moderators_see_no_addresses(lite: Site) -> None:
    lite.join()
    moderator = lite.join("반달곰", "bear@example.com", role="moderator")
    assert "rabbit@example.com" not in moderator.get("/auth/admin/members").text
    assert "rabbit@example.com" not in moderator.get(f"/auth/admin/members/{lite.member('새벽토끼').id}").text
    assert moderator.post("/auth/admin/members", data={"q": "rabbit@"}).status_code == 403


def test_the_list_goes_on_page_by_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "PAGE", 2)
    for number in range(4):
        site.join(f"토끼{number}호", f"r{number}@example.com")
    admin = site.join("호랑이", "tiger@example.com", role="admin")
    seen: list[str] = []
    page: str | None = "/auth/admin/members"
    while page:
        text = admin.get(page).text
        seen += [name for name in ("호랑이", "토끼3호", "토끼2호", "토끼1호", "토끼0호") if f">{name}</a>" in text]
        before, found, _rest = text.partition('" rel="next"')
        page = before.rpartition('href="')[2].replace("&amp;", "&") if found else None
    assert seen == ["호랑이", "토끼3호", "토끼2호", "토끼1호", "토끼0호"]
