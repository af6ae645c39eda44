"""Line ends in what reaches a header, of an answer or of a mail."""

from __future__ import annotations

import email
import email.policy
import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from tests.apps.abuse.community import LEAVING, forget_limits, form_fields, parameters
from tests.apps.abuse.conftest import Filled
from tests.apps.auth.site import PASSWORD
from werkzeug.test import TestResponse

from archive_chassis import mail
from archive_chassis.database import session
from archive_chassis.tables import mail_queue

pytestmark = pytest.mark.slow

SERVICES = ("home", "auth", "news", "guides", "qa")
BREAKS = (
    "\r\nX-Evil: 1",
    "\nX-Evil: 1",
    "\rX-Evil: 1",
    "a\r\n\r\n<script>alert(1)</script>",
    "%0d%0aX-Evil: 1",
    "%E5%98%8A%E5%98%8DX-Evil: 1",
    "\u560a\u560dX-Evil: 1",
    "\u2028X-Evil: 1",
    "\x85X-Evil: 1",
    "\x0bX-Evil: 1",
)


def wrong_headers(answer: TestResponse) -> Iterator[str]:
    for name, value in answer.headers:
        if "\r" in value or "\n" in value or name.lower().startswith("x-evil"):
            yield f"{name}: {value!r}"


@pytest.mark.parametrize("service", SERVICES)
def test_no_address_makes_a_header(filled: Filled, service: str) -> None:
    """Each parameter that a page reads, with each line end."""
    tried = 0
    for client in (filled.attackers[service], filled.community.visitor(service)):
        for route in filled.community.routes(service, methods=("GET",)):
            address = filled.things[service].address(route)
            for name, text in itertools.product(parameters(client, address, "GET"), BREAKS):
                answer = client.get(address, query_string={name: text})
                assert answer.status_code < 500, f"{address}?{name}={text!r}"
                assert not list(wrong_headers(answer)), f"{address}?{name}={text!r}"
                tried += 1
    assert tried > 100


@pytest.mark.parametrize("service", SERVICES)
def test_no_form_makes_a_header(filled: Filled, service: str) -> None:
    client, form = filled.attackers[service], form_fields(filled.community, service)
    tried = 0
    for route in filled.community.routes(service, methods=("POST",)):
        if route.is_for_programs or route.rule in LEAVING:
            continue
        address = filled.things[service].address(route)
        fields = parameters(client, address, "POST", form)
        for text in BREAKS:
            for data in (
                dict.fromkeys(fields, text),
                *(form | {name: f"{form.get(name, '')}{text}"} for name in fields),
            ):
                forget_limits(filled.community.apps[service])
                answer = client.post(address, data=data)
                assert answer.status_code < 500, f"{route} {data}"
                assert not list(wrong_headers(answer)), f"{route} {data}"
                tried += 1
    assert tried >= 10


@pytest.mark.parametrize("text", ["1\r\nX-Evil: 1", "a b", "x" * 65, "1\x00", "\u00e9" * 10, ""])
def test_no_id_of_a_request_makes_a_header(filled: Filled, text: str) -> None:
    """A proxy's id of a request is given back: only a sound one, and only where there is a proxy."""
    answer = filled.community.visitor("news").get("/news/", headers={"X-Request-ID": text.replace("\r\n", " ")})
    assert answer.headers["X-Request-ID"] != text
    assert not list(wrong_headers(answer))


@pytest.mark.parametrize("text", BREAKS)
def test_no_field_makes_a_header_of_a_mail(fresh: Filled, text: str) -> None:
    site = fresh.community.auth
    for field in ("nickname", "email"):
        form = {"nickname": "새사람", "email": "new@example.com", "password": PASSWORD, "agreed": "1"}
        answer = site.visitor().post("/auth/register", data=form | {field: form[field] + text})
        assert answer.status_code in (303, 422)
    for path in ("reset", "register/resend"):
        site.visitor().post(f"/auth/{path}", data={"email": f"rabbit@example.com{text}"})
        site.visitor().post(f"/auth/{path}", data={"email": f"{text}rabbit@example.com"})
    attacker = fresh.attackers["auth"]
    for new in (f"new2@example.com{text}", f"new2@example.com,{text} bcc@example.com", f'"{text}"@example.com'):
        attacker.post("/auth/me/email", data={"email": new, "email_password": PASSWORD})
    token = {"name": f"이름{text}", "scopes": "read", "days": "7", "submission": "0" * 32}
    attacker.post("/auth/me/tokens", data=token | {"token_password": PASSWORD})
    app = fresh.community.apps["auth"]
    with app.app_context():
        settings = app.extensions["archive_settings"]
        queued = session().execute(select(mail_queue)).all()
        assert queued
        for row in queued:
            message = mail._message(settings, row.recipient, row.subject, row.body)
            sent = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
            expected = ["From", "To", "Subject", "Date", "Message-ID", "Content-Type", "Content-Transfer-Encoding"]
            assert sorted(sent.keys()) == sorted([*expected, "MIME-Version"])
            assert len(sent["To"].addresses) == 1
            assert not sent.is_multipart()


def test_a_broken_recipient_is_refused_by_the_mail_itself(filled: Filled) -> None:
    settings = filled.community.apps["auth"].extensions["archive_settings"]
    with pytest.raises(ValueError, match="linefeed"):
        mail._message(settings, "a@example.com\r\nBcc: b@example.com", "제목", "본문")
