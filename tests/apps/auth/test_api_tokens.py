"""API tokens: made, shown once, listed, revoked; and the events by which the other services know."""

from __future__ import annotations

import json
import re
import threading
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import event, func, select
from tests.apps.auth.site import OTHER_PASSWORD, PASSWORD, Site, cookie, log_in, token_of
from tests.apps.auth.test_races import at_once
from werkzeug.test import TestResponse

from archive_auth.models import ApiToken
from archive_auth.services import expiry
from archive_chassis import clock, csrf
from archive_chassis.database import database
from archive_chassis.testing import KEYS, Client, public_key_set
from archive_chassis.tokens import Verifier, day_number

MOST = 10
VERIFIER = Verifier(json.dumps(public_key_set(KEYS)))


def make(client: Client, name: str = "내 봇", **changes: str) -> TestResponse:
    """Fill the form in and send it."""
    page = client.get("/auth/me/tokens").text
    found = re.search(r'name="submission" value="([0-9a-f]{32})"', page)
    form = {
        "name": name,
        "scopes": "read write",
        "days": "30",
        "submission": found[1] if found else "0" * 32,
        "token_password": PASSWORD,
    }
    return client.post("/auth/me/tokens", data=form | changes)


def token_in(answer: TestResponse) -> str:
    """The token that a page shows."""
    assert answer.status_code == 200
    found = re.search(r'value="(ga_[\w.-]+)"', answer.text)
    assert found is not None
    return found[1]


def count(site: Site) -> int:
    return site.rows(select(func.count()).select_from(ApiToken))[0][0]


class TestMaking:
    def test_a_token_says_who_its_member_is_and_what_it_is_for(self, site: Site) -> None:
        client = site.join()
        token = VERIFIER.verify_api_token(token_in(make(client)))
        assert token is not None
        row = site.member("새벽토끼")
        member = token.member
        assert (member.id, member.nickname, member.role, member.verified) == (row.id, "새벽토끼", "member", True)
        assert member.joined == day_number(row.created_at) == day_number(clock.now())
        assert token.scopes == ("read", "write")
        assert timedelta(days=29) < token.expires - clock.now() <= timedelta(days=30)
        assert site.rows(select(ApiToken.jti))[0].jti == token.jti

    def test_it_is_shown_once_and_kept_nowhere(self, site: Site) -> None:
        client = site.join()
        answer = make(client)
        text = token_in(answer)
        assert "no-store" in answer.headers["Cache-Control"]
        assert "ga_" not in client.get("/auth/me/tokens").text
        row = site.rows(select(ApiToken.__table__))[0]
        assert not [value for value in row if isinstance(value, str) and value in text and len(value) > 20]
        assert text not in json.dumps(site.events("api_token.revoked"))
        assert all(text not in mail.body for mail in site.mails("rabbit@example.com"))

    def test_its_owner_is_told_by_mail(self, site: Site) -> None:
        make(site.join(), "내 봇")
        mail = site.mails("rabbit@example.com")[-1]
        assert "새 API 토큰을 만들었어요" in mail.subject
        assert "‘내 봇’" in mail.body

    @pytest.mark.parametrize("days", ["7", "30", "90", "365"])
    def test_it_lives_as_long_as_was_chosen(self, lite: Site, days: str) -> None:
        text = token_in(make(lite.join(), days=days, scopes="read"))
        with clock.moved(timedelta(days=int(days)) - timedelta(minutes=1)):
            token = VERIFIER.verify_api_token(text)
            assert token is not None
            assert token.scopes == ("read",)
        with clock.moved(timedelta(days=int(days), minutes=1)):
            assert VERIFIER.verify_api_token(text) is None

    def test_the_password_is_asked_for_and_guessing_it_is_limited(self, lite: Site) -> None:
        client = lite.join()
        with clock.moved(timedelta(seconds=900 - clock.now().timestamp() % 900)):  # a window has just begun
            log_in(client, "새벽토끼")
            answers = [make(client, token_password="wrong") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [422] * 10 + [429]
        assert "비밀번호가 맞지 않아요" in answers[0].text
        assert 'value="내 봇"' in answers[0].text
        assert count(lite) == 0

    @pytest.mark.parametrize(
        "changes",
        [
            {"name": ""},
            {"name": "   "},
            {"name": "가" * 41},
            {"name": "가" * 100_000},
            {"name": "nul\x00"},
            {"name": "bell\x07"},
            {"name": "\u202efdp.exe"},
            {"name": "zero\u200bwidth"},
            {"scopes": "admin"},
            {"scopes": "write read"},
            {"scopes": "read write admin"},
            {"scopes": ""},
            {"days": "9999"},
            {"days": "-1"},
            {"days": "７"},
            {"days": ""},
            {"submission": ""},
            {"submission": "x" * 32},
        ],
    )
    def test_what_was_not_offered_is_refused(self, lite: Site, changes: dict[str, str]) -> None:
        assert make(lite.join(), **changes).status_code == 422
        assert count(lite) == 0

    def test_a_name_cannot_leave_its_line_in_headers_mails_or_pages(self, site: Site) -> None:
        client = site.join()
        name = "봇\r\nSet-Cookie: a=b <script>"
        answer = make(client, name)
        assert answer.status_code == 200
        assert "a=b" not in "".join(answer.headers.getlist("Set-Cookie"))
        assert site.rows(select(ApiToken.name))[0].name == "봇 Set-Cookie: a=b <script>"
        assert "<script>\n" not in answer.text
        assert "&lt;script&gt;" in answer.text
        mail = site.mails("rabbit@example.com")[-1]
        assert "Set-Cookie" not in mail.subject
        assert "\nSet-Cookie" not in mail.body

    def test_the_same_form_sent_twice_makes_one_token(self, site: Site) -> None:
        client = site.join()
        assert make(client, submission="a" * 32).status_code == 200
        again = make(client, submission="a" * 32)
        assert again.status_code == 409
        assert "이미 만들었어요" in again.text
        assert count(site) == 1

    def test_a_role_does_not_go_into_it(self, lite: Site) -> None:
        token = VERIFIER.verify_api_token(token_in(make(lite.join(role="admin"))))
        assert token is not None
        assert (token.member.role, token.member.is_moderator, token.member.by_program) == ("member", False, True)

    def test_it_opens_no_page_of_the_account(self, lite: Site) -> None:
        text = token_in(make(lite.join()))
        for cookie_text in (text, text.removeprefix("ga_")):
            thief = lite.visitor()
            thief.set_cookie("archive_access", cookie_text)
            assert thief.get("/auth/me").status_code == 303
        headers = {"Authorization": f"Bearer {text}"}
        assert lite.visitor().get("/auth/me", headers=headers).status_code == 303
        assert lite.visitor().post("/auth/me/tokens", data={}, headers=headers).status_code == 303

    def test_the_access_token_says_when_the_member_joined(self, lite: Site) -> None:
        known = VERIFIER.verify(cookie(lite.join(), "archive_access") or "")
        assert known is not None
        assert known[0].joined == day_number(clock.now())
        assert known[0].is_new(7)


class TestHowMany:
    def test_the_eleventh_is_refused_until_one_goes(self, site: Site) -> None:
        client = site.join()
        with clock.moved(timedelta(minutes=20)):
            log_in(client, "새벽토끼")
            assert [make(client, f"봇 {number}").status_code for number in range(9)] == [200] * 9
        with clock.moved(timedelta(minutes=40)):
            log_in(client, "새벽토끼")
            assert make(client).status_code == 200
            refused = make(client)
            assert refused.status_code == 409
            assert "10개까지" in refused.text
            jti = site.rows(select(ApiToken.jti))[0].jti
            assert client.post(f"/auth/me/tokens/{jti}/revoke").status_code == 303
            assert make(client).status_code == 200

    def test_expired_ones_do_not_count_and_are_forgotten(self, site: Site) -> None:
        client = site.join()
        with clock.moved(timedelta(minutes=20)):
            log_in(client, "새벽토끼")
            for number in range(MOST):
                make(client, f"봇 {number}", days="7")
        with clock.moved(timedelta(days=8)):
            log_in(client, "새벽토끼")
            assert "봇 1" not in client.get("/auth/me/tokens").text
            assert make(client, "새 봇").status_code == 200
            assert count(site) == 1
        with clock.moved(timedelta(days=40)), site.app.app_context():
            expiry.forget_expired()
        assert count(site) == 0

    def test_two_who_ask_for_the_last_one_at_once(self, site: Site) -> None:
        """Each waits, just before its row is added, for the other to come as far: neither may."""
        client = site.join()
        with clock.moved(timedelta(minutes=20)):
            log_in(client, "새벽토끼")
            for number in range(MOST - 1):
                assert make(client, f"봇 {number}").status_code == 200
        both_add = threading.Barrier(2)

        def wait(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if statement.startswith("INSERT INTO api_token"):
                with suppress(threading.BrokenBarrierError):
                    both_add.wait(timeout=5)

        with site.app.app_context():
            event.listen(database().engine, "before_cursor_execute", wait)
        with clock.moved(timedelta(minutes=40)):
            browsers = [site.visitor() for _ in range(2)]
            for browser in browsers:
                log_in(browser, "새벽토끼")
            assert at_once(*(partial(make, browser) for browser in browsers)) == [200, 409]
        assert count(site) == MOST

    def test_the_same_form_sent_twice_at_once(self, site: Site) -> None:
        browsers = [site.join(), site.visitor()]
        log_in(browsers[1], "새벽토끼")
        calls = [partial(make, browser, submission="b" * 32) for browser in browsers]
        assert at_once(*calls) == [200, 409]
        assert count(site) == 1


class TestRevoking:
    def test_a_revoked_token_goes_from_the_list_and_the_others_are_told(self, site: Site) -> None:
        client = site.join()
        token = VERIFIER.verify_api_token(token_in(make(client)))
        assert token is not None
        assert f"/auth/me/tokens/{token.jti}/revoke" in client.get("/auth/me/tokens").text
        assert client.post(f"/auth/me/tokens/{token.jti}/revoke").status_code == 303
        assert "아직 만든 토큰이 없어요" in client.get("/auth/me/tokens").text
        expires = token.expires.strftime("%Y-%m-%dT%H:%M:%SZ")
        told = [{"jti": token.jti, "id": site.member("새벽토끼").id, "expires": expires}]
        assert site.events("api_token.revoked") == told
        assert client.post(f"/auth/me/tokens/{token.jti}/revoke").status_code == 404
        assert site.events("api_token.revoked") == told

    def test_nobody_revokes_or_sees_somebody_elses(self, site: Site) -> None:
        owner, other = site.join(), site.join("낮토끼", "day@example.com")
        make(owner, "남의 봇")
        jti = site.rows(select(ApiToken.jti))[0].jti
        assert "남의 봇" not in other.get("/auth/me/tokens").text
        assert other.post(f"/auth/me/tokens/{jti}/revoke").status_code == 404
        assert other.post(f"/auth/me/tokens/{jti.upper()}/revoke").status_code == 404
        assert other.post("/auth/me/tokens/%00/revoke").status_code == 404
        assert count(site) == 1
        assert site.events("api_token.revoked") == []

    def revoked(self, site: Site) -> int:
        assert count(site) == 0
        return len(site.events("api_token.revoked"))

    def test_a_new_password_revokes_all(self, site: Site) -> None:
        client = site.join()
        make(client, "하나")
        make(client, "둘")
        client.post("/auth/me/password", data={"current_password": PASSWORD, "new_password": OTHER_PASSWORD})
        assert self.revoked(site) == 2

    def test_a_reset_revokes_all(self, site: Site) -> None:
        make(site.join())
        visitor = site.visitor()
        visitor.post("/auth/reset", data={"email": "rabbit@example.com"})
        form = {"token": token_of(site.link("rabbit@example.com", "/reset/new")), "new_password": OTHER_PASSWORD}
        assert visitor.post("/auth/reset/new", data=form).status_code == 303
        assert self.revoked(site) == 1

    def test_leaving_revokes_all(self, site: Site) -> None:
        client = site.join()
        make(client)
        assert client.post("/auth/me/delete", data={"delete_password": PASSWORD}).status_code == 303
        assert self.revoked(site) == 1

    def test_a_suspension_revokes_all_of_that_member_alone(self, site: Site) -> None:
        make(site.join())
        moderator = site.join("반달곰", "bear@example.com", role="moderator")
        make(moderator)
        form = {"term": "7", "reason": "광고 글을 여러 번 올림"}
        member_id = site.member("새벽토끼").id
        assert moderator.post(f"/auth/admin/members/{member_id}/suspend", data=form).status_code == 303
        assert [told["id"] for told in site.events("api_token.revoked")] == [member_id]
        assert count(site) == 1

    def test_no_token_is_made_while_a_new_password_revokes_them_all(self, site: Site) -> None:
        """Whoever comes first: afterwards there is no token that the new password's owner did not ask for."""
        for number in range(5):
            nickname, email = f"토끼{number}", f"rabbit{number}@example.com"
            owner, thief = site.join(nickname, email), site.visitor()
            log_in(thief, nickname)
            form = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
            at_once(partial(make, thief), partial(owner.post, "/auth/me/password", data=form))
            assert count(site) == 0, f"attempt {number}"


class TestPages:
    def test_they_are_for_members(self, lite: Site) -> None:
        assert lite.visitor().get("/auth/me/tokens").location == "/auth/login?next=/auth/me/tokens"
        assert lite.visitor().post("/auth/me/tokens", data={}).status_code == 303
        assert lite.visitor().post(f"/auth/me/tokens/{'a' * 32}/revoke").status_code == 303

    def test_they_are_closed_to_a_log_in_that_was_ended(self, site: Site) -> None:
        client = site.join()
        make(client)
        access = cookie(client, "archive_access")
        client.post("/auth/logout")
        client.set_cookie("archive_access", access or "")
        jti = site.rows(select(ApiToken.jti))[0].jti
        assert client.get("/auth/me/tokens").status_code == 303
        client.post(f"/auth/me/tokens/{jti}/revoke")
        assert count(site) == 1

    def test_another_site_makes_and_revokes_nothing(self, lite: Site) -> None:
        client = lite.join()
        make(client)
        jti = lite.rows(select(ApiToken.jti))[0].jti
        for headers in ({csrf.HEADER: ""}, {"Origin": "https://evil.example"}):
            form = {"name": "x", "scopes": "read", "days": "7", "submission": "c" * 32, "token_password": PASSWORD}
            assert client.post("/auth/me/tokens", data=form, headers=headers).status_code == 403
            assert client.post(f"/auth/me/tokens/{jti}/revoke", headers=headers).status_code == 403
        assert client.get(f"/auth/me/tokens/{jti}/revoke").status_code == 405
        assert count(lite) == 1

    def test_they_speak_english_too(self, lite: Site) -> None:
        client = lite.join()
        client.get("/auth/me?lang=en")
        page = make(client).text
        assert "The token was made." in page
        assert "Read and write" in page

    def test_the_export_has_them(self, lite: Site) -> None:
        client = lite.join()
        make(client, "내 봇", scopes="read")
        exported = client.get("/auth/me/export").get_json()["api"]
        assert [(entry["name"], entry["scopes"]) for entry in exported] == [("내 봇", ["read"])]
