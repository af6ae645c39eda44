"""Registering: forms, the link, and that nothing tells who is a member already."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from tests.apps.auth.site import OTHER_PASSWORD, PASSWORD, Site, cookies_set, is_logged_in, log_in, token_of

from archive_auth.models import Member, NicknameClaim, Registration
from archive_auth.services import nicknames
from archive_auth.services.expiry import forget_expired
from archive_chassis import clock


def test_registering_finishing_and_being_logged_in(site: Site) -> None:
    client = site.visitor()
    answer = site.register(client, "새벽토끼", "rabbit@example.com")
    assert (answer.status_code, answer.location) == (303, "/auth/register/sent")
    assert "메일을 확인해 주세요" in client.get(answer.location).text
    assert not is_logged_in(client)
    finished = site.finish(client, "rabbit@example.com")
    assert (finished.status_code, finished.location) == (303, "/")
    assert is_logged_in(client)
    assert "새벽토끼" in client.get("/auth/me").text
    member = site.member("새벽토끼")
    assert (member.role, member.email) == ("member", "rabbit@example.com")
    assert site.events("member.registered") == [{"id": member.id, "nickname": "새벽토끼", "avatar": ""}]


def test_the_password_and_the_tokens_are_kept_as_hashes_only(site: Site) -> None:
    site.register(site.visitor(), "새벽토끼", "rabbit@example.com")
    token = token_of(site.link("rabbit@example.com", "/register/finish"))
    (row,) = site.rows(select(Registration.__table__))
    assert PASSWORD not in str(row)
    assert token not in str(row)


def test_every_wrong_field_is_named_and_the_others_are_kept(site: Site) -> None:
    answer = site.visitor().post(
        "/auth/register", data={"nickname": "운영자", "email": "no-address", "password": "tooshort!"}
    )
    assert answer.status_code == 422
    for text in (
        nicknames.RESERVED,
        "이메일 주소를 확인해 주세요",
        "비밀번호는 10자 이상",
        "커뮤니티 규칙에 동의해 주세요",
    ):
        assert text in answer.text
    assert 'value="운영자"' in answer.text
    assert "tooshort!" not in answer.text


def test_a_nickname_typed_decomposed_is_stored_composed(site: Site) -> None:
    client = site.visitor()
    site.register(client, unicodedata.normalize("NFD", "새벽토끼"), "rabbit@example.com")
    site.finish(client, "rabbit@example.com")
    assert site.member("새벽토끼").nickname == "새벽토끼"


@pytest.mark.parametrize("taken", ["새벽토끼", "새벽_토끼"])
def test_a_nickname_that_looks_like_a_members_is_taken(site: Site, taken: str) -> None:
    site.join("새벽토끼", "rabbit@example.com")
    answer = site.register(site.visitor(), taken, "other@example.com")
    assert answer.status_code == 422
    assert nicknames.TAKEN in answer.text
    assert site.mails("other@example.com") == []
    assert site.register(site.visitor(), "저녁토끼", "other@example.com").status_code == 303


def test_an_address_in_use_gets_the_same_answer_and_its_owner_a_notice(site: Site) -> None:
    site.join("새벽토끼", "rabbit@example.com")
    fresh, used = (
        site.register(site.visitor(), nickname, email)
        for nickname, email in (("낮토끼", "fresh@example.com"), ("밤토끼", "Rabbit@Example.com"))
    )
    assert (fresh.status_code, fresh.location, fresh.data) == (used.status_code, used.location, used.data)
    assert sorted(cookies_set(fresh)) == sorted(cookies_set(used))
    assert "이미 가입한 이메일이에요" in site.mails("rabbit@example.com")[-1].subject
    assert "token=" not in site.mails("rabbit@example.com")[-1].body


def test_nothing_that_is_tried_afterwards_tells_an_address_in_use(site: Site) -> None:
    site.join("새벽토끼", "rabbit@example.com")
    site.register(site.visitor(), "낮토끼", "fresh@example.com", OTHER_PASSWORD)
    site.register(site.visitor(), "밤토끼", "rabbit@example.com", OTHER_PASSWORD)
    answers: list[list[tuple[int, str]]] = []
    for nickname, email in (("낮토끼", "fresh@example.com"), ("밤토끼", "rabbit@example.com")):
        client = site.visitor()
        tries = [
            site.register(client, nickname, "third@example.com"),  # is the nickname taken now?
            log_in(client, nickname, OTHER_PASSWORD),  # is there an account now?
            log_in(client, email, OTHER_PASSWORD),
            log_in(client, email, "a wrong password"),
            client.post("/auth/register/resend", data={"email": email}),
            client.post("/auth/reset", data={"email": email}),
        ]
        answers.append([(t.status_code, t.text.replace(nickname, "N").replace(email, "E")) for t in tries])
    assert answers[0] == answers[1]
    assert [status for status, _ in answers[0]] == [422, 403, 403, 422, 303, 303]


def test_logging_in_before_the_link_was_opened_says_what_to_do(site: Site) -> None:
    client = site.visitor()
    site.register(client, "새벽토끼", "rabbit@example.com")
    answer = log_in(client, "새벽토끼")
    assert answer.status_code == 403
    assert "메일 인증을 먼저 마쳐 주세요" in answer.text
    assert "archive_access" not in cookies_set(answer)
    assert log_in(client, "새벽토끼", "a wrong password").status_code == 422


def test_a_stranger_cannot_finish_without_the_password(site: Site) -> None:
    site.register(site.visitor(), "새벽토끼", "rabbit@example.com")
    client = site.visitor()
    answer = site.finish(client, "rabbit@example.com", "another password")
    assert answer.status_code == 422
    assert not is_logged_in(client)
    assert site.rows(select(Member.id)) == []


def test_looking_at_the_link_changes_nothing_and_it_works_once(site: Site) -> None:
    client = site.visitor()
    site.register(client, "새벽토끼", "rabbit@example.com")
    link = site.link("rabbit@example.com", "/register/finish")
    for _ in range(2):
        assert client.get(link).status_code == 200
    assert site.finish(client, "rabbit@example.com").status_code == 303
    assert site.visitor().get(link).status_code == 410


def test_the_page_of_a_link_never_tells_its_address_to_other_sites(site: Site) -> None:
    site.register(site.visitor(), "새벽토끼", "rabbit@example.com")
    answer = site.visitor().get(site.link("rabbit@example.com", "/register/finish"))
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_link_expires_and_its_nickname_is_free_again(site: Site) -> None:
    site.register(site.visitor(), "새벽토끼", "rabbit@example.com")
    link = site.link("rabbit@example.com", "/register/finish")
    with clock.moved(timedelta(hours=24, seconds=1)):
        assert site.visitor().get(link).status_code == 410
        assert site.register(site.visitor(), "새벽토끼", "other@example.com").status_code == 303


def test_resending_replaces_the_link(site: Site) -> None:
    client = site.visitor()
    site.register(client, "새벽토끼", "rabbit@example.com")
    first = site.link("rabbit@example.com", "/register/finish")
    client.post("/auth/register/resend", data={"email": "rabbit@example.com"})
    assert site.link("rabbit@example.com", "/register/finish") != first
    assert client.get(first).status_code == 410
    assert site.finish(client, "rabbit@example.com").status_code == 303


def test_a_cancelled_registration_frees_its_nickname(site: Site) -> None:
    client = site.visitor()
    site.register(client, "새벽토끼", "rabbit@example.com")
    token = token_of(site.link("rabbit@example.com", "/register/finish"))
    assert client.post("/auth/register/cancel", data={"token": token}).status_code == 303
    assert site.register(site.visitor(), "새벽토끼", "other@example.com").status_code == 303
    assert client.post("/auth/register/cancel", data={"token": token}).status_code == 410


def test_the_second_registration_of_an_address_cannot_be_finished_too(site: Site) -> None:
    first, second = site.visitor(), site.visitor()
    site.register(first, "낮토끼", "rabbit@example.com")
    day = token_of(site.link("rabbit@example.com", "/register/finish"))
    site.register(second, "밤토끼", "rabbit@example.com")
    night = token_of(site.link("rabbit@example.com", "/register/finish"))
    form = {"password": PASSWORD}
    assert second.post("/auth/register/finish", data=form | {"token": night}).status_code == 303
    refused = first.post("/auth/register/finish", data=form | {"token": day})
    assert refused.status_code == 409
    assert "이미 가입을 마쳤어요" in refused.text
    assert site.rows(select(func.count()).select_from(Member))[0][0] == 1


def test_resends_are_limited_per_address_of_mail_alike_for_everybody(site: Site) -> None:
    site.join("새벽토끼", "rabbit@example.com")
    for email in ("rabbit@example.com", "nobody@example.com"):
        statuses = [site.visitor().post("/auth/register/resend", data={"email": email}).status_code for _ in range(4)]
        assert statuses == [303, 303, 303, 429]


def test_what_has_expired_is_forgotten_and_what_has_not_stays(site: Site) -> None:
    site.join("새벽토끼", "rabbit@example.com")
    site.register(site.visitor(), "낮토끼", "day@example.com")
    with clock.moved(timedelta(days=9)):
        site.register(site.visitor(), "밤토끼", "night@example.com")
        with site.app.app_context():
            forget_expired()
    assert [row.nickname for row in site.rows(select(Registration.nickname))] == ["밤토끼"]
    assert {row.key for row in site.rows(select(NicknameClaim.key))} == {"새벽토끼", "밤토끼"}


def test_the_mail_is_in_the_language_of_the_page(site: Site) -> None:
    client = site.visitor()
    client.get("/auth/register?lang=en")
    site.register(client, "새벽토끼", "rabbit@example.com")
    (mail,) = site.mails("rabbit@example.com")
    assert mail.subject == "[Game Archive] Finish signing up"
    assert "http://localhost/auth/register/finish?token=" in mail.body
