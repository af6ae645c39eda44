"""Who may ask an API: API tokens, and nothing else that a request carries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from flask import Flask
from tests.apps.chassis import sample, sample_api
from tests.apps.chassis.programs import Program, new_token, problem, revoked
from tests.apps.conftest import MakeUrl

from archive_chassis import clock
from archive_chassis.api import revocation
from archive_chassis.database import database, session
from archive_chassis.identity import ACCESS_COOKIE, SESSION_COOKIE
from archive_chassis.testing import (
    KEYS,
    Client,
    make_app,
    make_settings,
    new_client,
    new_key_set,
    public_key_set,
    sent_statements,
)
from archive_chassis.tokens import ALGORITHM, API_AUDIENCE, Member, Signer, Verifier, day_number

MEMBER = Member(id=7, nickname="새벽토끼", avatar="", role="admin", verified=True, sid="s", joined=20_000)
NEW = {"name": "나침반"}


@pytest.fixture
def app(database_url: MakeUrl, tmp_path: Path) -> Generator[Flask, None, None]:
    made = make_app(sample_api.service, make_settings("news", tmp_path, database_url("news")))
    yield made
    with made.app_context():
        database().close()


@pytest.fixture
def lite(tmp_path: Path) -> Flask:
    return make_app(sample_api.service, make_settings("news", tmp_path))


@pytest.fixture
def pages(tmp_path: Path) -> Client:
    """A visitor of a service that has no API."""
    return new_client(make_app(sample.service, make_settings("news", tmp_path)))


def signed(claims: dict[str, object], kind: str = "ga-api+jwt", kid: str = "test") -> str:
    """A token that our own key has signed, with claims and a header of any kind."""
    key = jwt.PyJWK(KEYS["keys"][0], algorithm=ALGORITHM)
    return "ga_" + jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": kid, "typ": kind})


def good_claims() -> dict[str, object]:
    return {
        "iss": "archive",
        "aud": API_AUDIENCE,
        "sub": "7",
        "name": "새벽토끼",
        "avatar": "",
        "ver": True,
        "jti": "a" * 32,
        "scope": "read write",
        "exp": clock.now() + timedelta(days=1),
    }


class TestAccountAge:
    def test_an_access_token_says_when_its_member_joined(self) -> None:
        text = Signer(json.dumps(KEYS)).issue(MEMBER)
        known = Verifier(json.dumps(public_key_set(KEYS))).verify(text)
        assert known is not None
        assert known[0] == MEMBER

    def test_a_token_of_the_previous_release_counts_as_an_old_account(self) -> None:
        old = jwt.encode(
            good_claims() | {"role": "member", "sid": "s", "aud": None},
            jwt.PyJWK(KEYS["keys"][0], algorithm=ALGORITHM),
            algorithm=ALGORITHM,
            headers={"kid": "test"},
        )
        known = Verifier(json.dumps(public_key_set(KEYS))).verify(old)
        assert known is not None
        assert (known[0].joined, known[0].is_new(7)) == (0, False)

    def test_an_account_is_new_for_as_many_days_as_asked(self) -> None:
        today = day_number(clock.now())
        member = Member(7, "새벽토끼", "", "member", True, "s", joined=today - 6)
        assert member.is_new(7)
        assert not member.is_new(6)
        with clock.moved(timedelta(days=1)):
            assert not member.is_new(7)


class TestTokens:
    def test_a_program_acts_as_its_member(self, app: Flask) -> None:
        program = Program(app, new_token(7, "새벽토끼"))
        assert program.get("/me").get_json() == {"id": 7, "nickname": "새벽토끼", "role": "member"}
        made = program.post("/things", NEW)
        assert (made.status_code, made.location) == (201, f"/news/api/v1/things/{made.get_json()['id']}")

    def test_what_is_public_needs_no_token(self, lite: Flask) -> None:
        assert Program(lite, "").get("/things").status_code == 200

    def test_without_a_token_a_member_is_asked_for_one(self, lite: Flask) -> None:
        for answer in (Program(lite, "").get("/me"), Program(lite, "").post("/things", NEW)):
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
            assert problem(answer)["title"] == "API 토큰이 필요해요"

    def test_a_moderators_token_is_a_members_token(self, lite: Flask) -> None:
        assert Program(lite, new_token(role="admin")).get("/me").get_json()["role"] == "member"
        planted = signed(good_claims() | {"role": "admin"})
        assert Program(lite, planted).get("/me").get_json()["role"] == "member"

    def test_a_scope_that_is_missing_is_named(self, lite: Flask) -> None:
        reading = Program(lite, new_token(scopes=("read",)))
        assert reading.get("/me").status_code == 200
        refused = reading.post("/things", NEW)
        assert (refused.status_code, problem(refused)["title"]) == (403, "이 API 토큰으로는 할 수 없는 일이에요")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="api", error="insufficient_scope", scope="write"'
        assert Program(lite, new_token(scopes=("write",))).get("/me").status_code == 403
        assert Program(lite, new_token(scopes=())).get("/me").status_code == 403

    def test_an_expired_token_counts_no_more_even_when_it_did_before(self, lite: Flask) -> None:
        program = Program(lite, new_token(lifetime=timedelta(days=7)))
        assert program.get("/me").status_code == 200
        with clock.moved(timedelta(days=7, seconds=10)):
            assert_refused(program)

    def test_a_key_before_the_newest_still_verifies(self, tmp_path: Path) -> None:
        newer = new_key_set(kid="newer")
        both = json.dumps({"keys": [*public_key_set(newer)["keys"], *public_key_set(KEYS)["keys"]]})
        app = make_app(sample_api.service, make_settings("news", tmp_path, verification_keys=both))
        assert Program(app, new_token()).get("/me").status_code == 200
        assert Program(app, new_token(keys=newer)).get("/me").status_code == 200

    def test_the_scheme_is_read_as_the_rfc_has_it(self, lite: Flask) -> None:
        token = new_token()
        for shown, status in (
            (f"bearer {token}", 200),
            (f"BEARER  {token}", 200),
            (f"Basic {token}", 401),
            (token, 401),
        ):
            assert Program(lite, "", headers={"Authorization": shown}).get("/me").status_code == status, shown

    def test_a_token_counts_below_the_api_alone(self, lite: Flask) -> None:
        client = new_client(lite)
        page = client.get("/news/api/v1/", headers={"Authorization": f"Bearer {new_token(9, '달빛기사')}"})
        assert page.status_code == 200
        assert "달빛기사" not in page.text

    def test_a_service_without_an_api_looks_at_no_token(self, pages: Client) -> None:
        answer = pages.get("/news/api/v1/me", headers={"Authorization": f"Bearer {new_token()}"})
        assert answer.status_code == 404
        assert problem(answer)["status"] == 404


def assert_refused(program: Program) -> None:
    """The token is refused, for what needs one and for what does not."""
    for answer in (program.get("/me"), program.get("/things"), program.post("/things", NEW)):
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert problem(answer)["title"] == "쓸 수 없는 API 토큰이에요"


class TestForgeries:
    def test_the_forger_of_these_tests_can_make_a_good_one(self, lite: Flask) -> None:
        assert Program(lite, signed(good_claims())).get("/me").get_json()["id"] == 7

    def test_an_access_token_is_no_api_token(self, lite: Flask) -> None:
        access = Signer(json.dumps(KEYS)).issue(MEMBER)
        for text in (access, f"ga_{access}"):
            assert_refused(Program(lite, text))

    def test_an_api_token_is_no_access_token(self, lite: Flask) -> None:
        token = new_token()
        verifier = Verifier(json.dumps(public_key_set(KEYS)))
        for text in (token, token.removeprefix("ga_")):
            assert verifier.verify(text) is None
            client = new_client(lite)
            client.set_cookie(ACCESS_COOKIE, text)
            assert "archive_csrf" not in client.get("/news/api/v1/").headers.get("Set-Cookie", "")  # no log-out form

    def test_the_type_alone_and_the_audience_alone_tell_them_apart(self, lite: Flask) -> None:
        """Each of the two protections holds without the other."""
        no_audience = {name: value for name, value in good_claims().items() if name != "aud"}
        assert_refused(Program(lite, signed(no_audience)))
        assert_refused(Program(lite, signed(good_claims() | {"aud": "somebody-else"})))
        assert_refused(Program(lite, signed(good_claims(), kind="JWT")))
        verifier = Verifier(json.dumps(public_key_set(KEYS)))
        almost = good_claims() | {"sid": "s", "role": "admin"}
        assert verifier.verify(signed(almost, kind="JWT").removeprefix("ga_")) is None

    @pytest.mark.parametrize("missing", ["iss", "sub", "name", "avatar", "ver", "jti", "scope", "exp"])
    def test_every_claim_must_be_there(self, lite: Flask, missing: str) -> None:
        assert_refused(Program(lite, signed({name: value for name, value in good_claims().items() if name != missing})))

    def test_another_issuer_another_key_and_an_unknown_key_are_refused(self, lite: Flask) -> None:
        assert_refused(Program(lite, signed(good_claims() | {"iss": "elsewhere"})))
        assert_refused(Program(lite, new_token(keys=new_key_set(kid="test"))))
        assert_refused(Program(lite, new_token(keys=new_key_set(kid="other"))))
        assert_refused(Program(lite, signed(good_claims(), kid="../../etc/passwd")))

    def test_no_signature_and_a_signature_with_the_public_key_as_secret_are_refused(self, lite: Flask) -> None:
        def encode(raw: bytes) -> str:
            return base64.urlsafe_b64encode(raw).decode().rstrip("=")

        claims = good_claims() | {"exp": int((clock.now() + timedelta(days=1)).timestamp())}
        payload = encode(json.dumps(claims).encode())
        for algorithm in ("none", "None", "HS256"):
            header = encode(json.dumps({"alg": algorithm, "kid": "test", "typ": "ga-api+jwt"}).encode())
            for secret in (KEYS["keys"][0]["x"], json.dumps(public_key_set(KEYS)["keys"][0])):
                mac = hmac.digest(secret.encode(), f"{header}.{payload}".encode(), hashlib.sha256)
                signature = encode(mac) if algorithm == "HS256" else ""
                assert_refused(Program(lite, f"ga_{header}.{payload}.{signature}"))

    def test_a_changed_token_and_garbage_are_refused(self, lite: Flask) -> None:
        head, payload, signature = new_token().split(".")
        other = new_token(2, "달빛기사").split(".")[1]
        for text in (
            f"{head}.{other}.{signature}",
            f"{head}.{payload}.{signature[:-4]}AAAA",
            f"{head}.{payload}",
            "ga_",
            "ga_...",
            "ga_\xff\xfe",
            "ga_" + "A" * 5_000,
            f"{head}.{payload}.{signature}, {head}.{payload}.{signature}",
        ):
            assert_refused(Program(lite, text))


class TestCookiesDoNotCount:
    """What would make forged requests possible: a browser sends its cookies with whatever another site asks for."""

    def test_a_logged_in_browser_is_nobody_to_the_api(self, lite: Flask) -> None:
        client = new_client(lite)
        client.login(role="admin")
        for headers in ({}, {"Origin": "http://localhost"}, {"Origin": "https://evil.example"}):
            assert client.get("/news/api/v1/me", headers=headers).status_code == 401
            assert client.post("/news/api/v1/things", json=NEW, headers=headers).status_code == 401

    def test_a_form_that_another_site_sends_changes_nothing(self, lite: Flask) -> None:
        client = new_client(lite)
        client.login()
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            headers = {"Origin": "https://evil.example", "Content-Type": kind}
            assert client.post("/news/api/v1/things", data='{"name": "나침반"}', headers=headers).status_code == 401
        assert Program(lite).get("/things").get_json()["items"] == []

    def test_the_token_decides_and_not_the_cookie_beside_it(self, lite: Flask) -> None:
        client = new_client(lite)
        client.login(member_id=2, nickname="달빛기사", role="admin")
        shown = {"Authorization": f"Bearer {new_token(7, '새벽토끼')}"}
        assert client.get("/news/api/v1/me", headers=shown).get_json()["id"] == 7
        assert client.get("/news/api/v1/me", headers={"Authorization": "Bearer ga_wrong"}).status_code == 401

    def test_a_token_needs_no_form_token_and_no_origin(self, lite: Flask) -> None:
        evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert Program(lite, headers=evil).post("/things", NEW).status_code == 201

    def test_a_wrong_token_does_not_switch_the_protection_of_forms_off(self, pages: Client) -> None:
        """On pages no token is looked at, right or wrong: a form without its own is refused."""
        pages.login()
        for token in (new_token(), "ga_wrong"):
            headers = {"Authorization": f"Bearer {token}", "X-CSRF-Token": ""}
            assert pages.post("/news/things", data={"name": "꽃"}, headers=headers).status_code == 403

    def test_a_browser_whose_session_must_be_refreshed_is_not_sent_away(self, lite: Flask) -> None:
        client = new_client(lite)
        client.set_cookie(SESSION_COOKIE, "1")
        assert client.get("/news/api/v1/things").status_code == 200
        assert client.get("/news/api/v1/").location == "/auth/refresh?next=/news/api/v1/"


class TestRevocation:
    def test_a_revoked_token_is_refused_from_the_event_on(self, app: Flask) -> None:
        program, other = Program(app, new_token(jti="a" * 32)), Program(app, new_token(jti="b" * 32))
        assert program.get("/me").status_code == 200
        for _twice in range(2):
            with app.app_context():
                revocation.apply_revocation(session(), revoked("a" * 32, clock.now() + timedelta(days=30)))
                session().commit()
        assert_refused(program)
        assert other.get("/me").status_code == 200

    def test_what_was_revoked_is_remembered_until_the_token_has_expired(self, app: Flask) -> None:
        program = Program(app, new_token(jti="a" * 32, lifetime=timedelta(days=7)))
        with app.app_context():
            revocation.apply_revocation(session(), revoked("a" * 32, clock.now() + timedelta(days=7)))
            session().commit()
            revocation.forget_expired()
        with clock.moved(timedelta(days=6)), app.app_context():
            revocation.forget_expired()
            assert_refused(program)
        with clock.moved(timedelta(days=9)), app.app_context():
            assert revocation.is_revoked("a" * 32)
            revocation.forget_expired()
            assert not revocation.is_revoked("a" * 32)

    def test_an_event_about_a_token_that_has_expired_leaves_no_row(self, app: Flask) -> None:
        with app.app_context():
            revocation.apply_revocation(session(), revoked("a" * 32, clock.now() - timedelta(days=2)))
            session().commit()
            assert not revocation.is_revoked("a" * 32)

    def test_it_costs_one_statement(self, app: Flask) -> None:
        Program(app, new_token()).get("/me")
        with sent_statements(app) as sent:
            assert Program(app, new_token()).get("/me").status_code == 200
        about = [statement for statement, _values in sent if "revoked_api_token" in statement]
        assert len(about) == 1
        assert len(sent) <= 3  # and what the rate limit needs
