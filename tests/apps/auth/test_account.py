"""My page: nickname, password, e-mail, devices, language, export, leaving."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import select
from tests.apps.auth.site import OTHER_PASSWORD, PASSWORD, Site, cookie, is_logged_in, log_in, token_of

from archive_auth.models import LoginSession, MailedLink, RefreshToken
from archive_auth.services import nicknames
from archive_chassis import clock
from archive_chassis.testing import KEYS, public_key_set
from archive_chassis.tokens import Verifier


def test_the_pages_are_for_members(lite: Site) -> None:
    for page in ("/auth/me", "/auth/me/security", "/auth/me/devices", "/auth/me/account", "/auth/me/export"):
        answer = lite.visitor().get(page)
        assert (answer.status_code, answer.location) == (303, f"/auth/login?next={page}")


def test_an_access_token_of_an_ended_log_in_opens_nothing_here(site: Site) -> None:
    client = site.join()
    access = cookie(client, "archive_access")
    client.post("/auth/logout")
    client.set_cookie("archive_access", access or "")
    assert client.get("/auth/me").status_code == 303
    assert client.get("/auth/login").status_code == 200  # and the log-in page does not send it back in a circle


def test_a_new_nickname_shows_at_once_and_is_told_to_the_other_services(site: Site) -> None:
    client = site.join()
    assert client.post("/auth/me/nickname", data={"nickname": "저녁토끼"}).status_code == 303
    member = site.member("저녁토끼")
    known = Verifier(json.dumps(public_key_set(KEYS))).verify(cookie(client, "archive_access") or "")
    assert known is not None
    assert (known[0].nickname, known[0].id) == ("저녁토끼", member.id)
    assert site.events("member.renamed") == [{"id": member.id, "nickname": "저녁토끼", "avatar": ""}]
    assert log_in(site.visitor(), "저녁토끼").status_code == 303
    assert log_in(site.visitor(), "새벽토끼").status_code == 422


def test_a_nickname_that_was_given_up_rests_before_anybody_else_may_have_it(site: Site) -> None:
    site.join().post("/auth/me/nickname", data={"nickname": "저녁토끼"})
    other = site.join("낮토끼", "day@example.com")
    refused = other.post("/auth/me/nickname", data={"nickname": "새벽토끼"})
    assert refused.status_code == 422
    assert nicknames.TAKEN in refused.text
    with clock.moved(timedelta(days=31)):
        log_in(other, "낮토끼")
        assert other.post("/auth/me/nickname", data={"nickname": "새벽토끼"}).status_code == 303


def test_only_the_writing_of_ones_own_nickname_can_change_at_once(site: Site) -> None:
    client = site.join("SilverRabbit", "rabbit@example.com")
    assert client.post("/auth/me/nickname", data={"nickname": "Silver_rabbit"}).status_code == 303
    assert client.post("/auth/me/nickname", data={"nickname": "운영자"}).status_code == 422
    assert site.member("Silver_rabbit").email == "rabbit@example.com"


def test_renaming_is_limited(lite: Site) -> None:
    client = lite.join()
    statuses = [
        client.post("/auth/me/nickname", data={"nickname": f"토끼{number}"}).status_code for number in range(2, 8)
    ]
    assert statuses == [303] * 5 + [429]


def test_a_new_password_ends_the_other_log_ins_and_is_told_by_mail(site: Site) -> None:
    client, other = site.join(), site.visitor()
    log_in(other, "새벽토끼")
    form = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert client.post("/auth/me/password", data=form).status_code == 303
    assert is_logged_in(client)
    assert not is_logged_in(other)
    assert log_in(site.visitor(), "새벽토끼").status_code == 422
    assert log_in(site.visitor(), "새벽토끼", OTHER_PASSWORD).status_code == 303
    assert "비밀번호가 바뀌었어요" in site.mails("rabbit@example.com")[-1].subject


def test_a_new_password_needs_the_old_one_and_follows_the_rules(site: Site) -> None:
    client = site.join()
    wrong = client.post("/auth/me/password", data={"current_password": "wrong", "new_password": OTHER_PASSWORD})
    assert wrong.status_code == 422
    assert "비밀번호가 맞지 않아요" in wrong.text
    weak = client.post("/auth/me/password", data={"current_password": PASSWORD, "new_password": "1234567890"})
    assert weak.status_code == 422
    assert log_in(site.visitor(), "새벽토끼").status_code == 303


def test_guessing_the_password_in_a_members_browser_is_limited(lite: Site) -> None:
    client = lite.join()
    form = {"current_password": "wrong", "new_password": OTHER_PASSWORD}
    with clock.moved(timedelta(minutes=5)):
        log_in(client, "새벽토끼")
        statuses = [client.post("/auth/me/password", data=form).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


def change_email(site: Site, new: str) -> str:
    """Ask for a change as 새벽토끼; returns the link that went to the new address."""
    client = site.visitor()
    log_in(client, "새벽토끼")
    assert client.post("/auth/me/email", data={"email": new, "email_password": PASSWORD}).status_code == 303
    return site.link(new, "/email/confirm")


def test_an_email_changes_when_the_new_address_confirms_it(site: Site) -> None:
    site.join()
    link = change_email(site, "New.Rabbit@example.com")
    assert site.member("새벽토끼").email == "rabbit@example.com"
    assert "바꾸려는 요청" in site.mails("rabbit@example.com")[-1].subject
    visitor = site.visitor()
    assert "New.Rabbit@example.com" in visitor.get(link).text
    assert visitor.post("/auth/email/confirm", data={"token": token_of(link)}).status_code == 303
    assert site.member("새벽토끼").email == "New.Rabbit@example.com"
    assert "이메일이 바뀌었어요" in site.mails("rabbit@example.com")[-1].subject
    assert log_in(site.visitor(), "new.rabbit@example.com").status_code == 303
    assert log_in(site.visitor(), "rabbit@example.com").status_code == 422
    assert visitor.post("/auth/email/confirm", data={"token": token_of(link)}).status_code == 410


def test_changing_to_a_members_address_looks_the_same_and_tells_only_that_member(site: Site) -> None:
    client = site.join()
    site.join("낮토끼", "day@example.com")
    answers = [
        client.post("/auth/me/email", data={"email": email, "email_password": PASSWORD})
        for email in ("free@example.com", "day@example.com")
    ]
    assert [(a.status_code, a.location) for a in answers] == [(303, "/auth/me/security")] * 2
    assert "이미 가입한 이메일이에요" in site.mails("day@example.com")[-1].subject
    assert "token=" not in site.mails("day@example.com")[-1].body


def test_an_address_that_became_a_members_meanwhile_is_refused(site: Site) -> None:
    site.join()
    link = change_email(site, "day@example.com")
    site.join("낮토끼", "day@example.com")
    assert site.visitor().post("/auth/email/confirm", data={"token": token_of(link)}).status_code == 409
    assert site.member("새벽토끼").email == "rabbit@example.com"


def test_an_email_change_needs_the_password_and_another_address(site: Site) -> None:
    client = site.join()
    for form in (
        {"email": "new@example.com", "email_password": "wrong"},
        {"email": "RABBIT@example.com", "email_password": PASSWORD},
        {"email": "nonsense", "email_password": PASSWORD},
    ):
        assert client.post("/auth/me/email", data=form).status_code == 422
    assert site.rows(select(MailedLink.__table__)) == []


def test_a_new_password_stops_an_email_change_that_is_under_way(site: Site) -> None:
    client = site.join()
    link = change_email(site, "thief@example.com")
    client.post("/auth/me/password", data={"current_password": PASSWORD, "new_password": OTHER_PASSWORD})
    assert site.visitor().get(link).status_code == 410


def test_one_device_is_logged_out_from_another(site: Site) -> None:
    phone, computer = site.join(), site.visitor()
    computer.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Whale/4.0"
    log_in(computer, "새벽토끼")
    page = phone.get("/auth/me/devices").text
    assert "Windows · Whale" in page
    sid = site.rows(select(LoginSession.id).where(LoginSession.user_agent.contains("Whale")))[0].id
    assert f"/auth/me/devices/{sid}/end" in page
    assert phone.post(f"/auth/me/devices/{sid}/end").status_code == 303
    assert is_logged_in(phone)
    assert not is_logged_in(computer)
    assert phone.post(f"/auth/me/devices/{sid}/end").status_code == 404


def test_nobody_ends_somebody_elses_log_in(site: Site) -> None:
    victim, other = site.join(), site.join("낮토끼", "day@example.com")
    member_id = site.member("새벽토끼").id
    sid = site.rows(select(LoginSession.id).where(LoginSession.member_id == member_id))[0].id
    assert other.post(f"/auth/me/devices/{sid}/end").status_code == 404
    assert is_logged_in(victim)


def test_logging_out_everywhere(site: Site) -> None:
    first, second = site.join(), site.visitor()
    log_in(second, "새벽토끼")
    assert first.post("/auth/me/devices/end").status_code == 303
    assert not is_logged_in(second)
    assert second.post("/auth/refresh", headers={"Accept": "application/json"}).status_code == 401
    assert cookie(first, "archive_refresh") is None


def test_the_language_of_mails_and_pages_changes(site: Site) -> None:
    client = site.join()
    answer = client.post("/auth/me/language", data={"language": "en"})
    assert answer.location == "/auth/me/account?lang=en"
    assert "Download your data" in client.get(answer.location).text
    client.post("/auth/reset", data={"email": "rabbit@example.com"})
    assert site.mails("rabbit@example.com")[-1].subject == "[Game Archive] Reset your password"
    assert client.post("/auth/me/language", data={"language": "xx"}).status_code == 422


def test_an_export_holds_what_is_kept_and_no_secret(site: Site) -> None:
    client = site.join()
    answer = client.get("/auth/me/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="game-archive-account.json"'
    data = answer.get_json()
    assert (data["member"]["nickname"], data["member"]["email"]) == ("새벽토끼", "rabbit@example.com")
    assert [entry["current"] for entry in data["sessions"]] == [True]
    assert "argon2" not in answer.text
    assert "token" not in answer.text


def test_leaving_removes_the_personal_data_and_tells_the_other_services(site: Site) -> None:
    client = site.join()
    member_id = site.member("새벽토끼").id
    assert client.post("/auth/me/delete", data={"delete_password": "wrong"}).status_code == 422
    assert client.post("/auth/me/delete", data={"delete_password": PASSWORD}).status_code == 303
    assert cookie(client, "archive_access") is None
    gone = site.member("")
    assert (gone.id, gone.email, gone.email_key, gone.password_hash) == (member_id, None, None, None)
    assert site.events("member.deleted") == [{"id": member_id}]
    assert site.rows(select(LoginSession.id)) == site.rows(select(RefreshToken.token_hash)) == []
    assert log_in(site.visitor(), "rabbit@example.com").status_code == 422
    assert site.register(site.visitor(), "새벽토끼", "other@example.com").status_code == 422  # the nickname rests
    site.join("다시온토끼", "rabbit@example.com")  # the address is free


def test_the_staff_does_not_leave_before_the_role_is_taken_away(lite: Site) -> None:
    client = lite.join(role="admin")
    assert client.post("/auth/me/delete", data={"delete_password": PASSWORD}).status_code == 403
    assert is_logged_in(client)
