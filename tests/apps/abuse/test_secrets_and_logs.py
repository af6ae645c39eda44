"""Secrets that cannot be guessed, cryptography that is not our own, and a log that nobody writes into."""

from __future__ import annotations

import io
import json
import logging
import re
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from tests.apps.abuse.conftest import Filled
from tests.apps.abuse.looking import elements
from tests.apps.abuse.reading_code import imported, sources
from tests.apps.auth.site import PASSWORD

from archive_auth.services import passwords, secret_tokens
from archive_chassis.logs import JsonFormatter, access_log
from archive_chassis.testing import KEYS, new_key_set
from archive_chassis.tokens import Signer, Verifier


def test_links_that_are_mailed_cannot_be_guessed() -> None:
    """256 random bits, all different, of which only a hash is kept."""
    made = {secret_tokens.new() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in made)
    assert secret_tokens.BYTES * 8 == 256
    assert all(token not in secret_tokens.hashed(token) for token in made)


PASSWORD_PAGES = ("login", "register")
MEMBERS_PAGES = ("me/security", "me/account", "me/tokens")


@pytest.mark.parametrize("page", [*PASSWORD_PAGES, *MEMBERS_PAGES])
def test_password_fields_hide_what_is_typed_and_take_what_managers_fill_in(filled: Filled, page: str) -> None:
    client = filled.victims["auth"] if page in MEMBERS_PAGES else filled.community.visitor("auth")
    fields = [one for one in elements(client.get(f"/auth/{page}").text) if "password" in (one.get("name") or "")]
    assert fields
    for field in fields:
        assert field.get("type") == "password"
        assert field.get("autocomplete") in ("current-password", "new-password")
        assert not {"onpaste", "oncopy", "readonly", "maxlength"} & {name for name, _value in field.attributes}


@pytest.mark.parametrize("header", ["jwk", "jku", "x5u", "x5c", "x5t", "kid"])
def test_a_token_cannot_bring_its_own_key(filled: Filled, header: str) -> None:
    """Signed by the attacker's key, which the token itself offers: keys come from the settings alone."""
    foreign = new_key_set("test")
    public = {name: value for name, value in foreign["keys"][0].items() if name != "d"}
    offered: dict[str, object] = {
        "jwk": public,
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/x.pem",
        "x5c": ["MIIB"],
        "x5t": "x",
        "kid": "https://evil.example/jwks.json",
    }
    honest = Signer(json.dumps(KEYS)).issue(filled.community.visitor("home").login(1))
    claims = jwt.decode(honest, options={"verify_signature": False})
    headers = {"kid": "test", "typ": "JWT", header: offered[header]}
    key = jwt.PyJWK(foreign["keys"][0], algorithm="EdDSA")
    forged = jwt.encode(claims, key, algorithm="EdDSA", headers=headers)
    verifier = filled.community.apps["home"].extensions["archive_verifier"]
    assert isinstance(verifier, Verifier)
    assert verifier.verify(honest)
    assert verifier.verify(forged) is None


#: What does cryptography, and the modules that may ask it to.
CRYPTOGRAPHY = {"hashlib", "hmac", "secrets", "jwt", "argon2", "cryptography", "itsdangerous", "nacl", "Crypto", "ssl"}


def test_cryptography_comes_from_libraries() -> None:
    """The standard library's (OpenSSL's), PyJWT, argon2-cffi and cryptography; nothing signs or hashes by hand."""
    used = {name.partition(".")[0] for source in sources() for name in imported(source.tree)}
    assert used & CRYPTOGRAPHY == {"hashlib", "hmac", "secrets", "jwt", "argon2", "cryptography", "ssl"}
    where = {source.name for source in sources() for name in imported(source.tree) if name.startswith("cryptography")}
    assert where == {"chassis/archive_chassis/testing.py"}  # tests make keys; services only take them


def _lines(filled: Filled, path: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What is written for one request."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    access_log.addHandler(handler)
    try:
        with caplog.at_level(logging.INFO, logger=access_log.name):
            filled.community.visitor("guides").get(path, headers={"User-Agent": '"},{"at": "forged"}'})
    finally:
        access_log.removeHandler(handler)
    return written.getvalue().split("\n")[:-1]


@pytest.mark.parametrize(
    "path",
    [
        "/guides/",
        '/guides/%0a{"at":"2020-01-01T00:00:00Z","message":"forged"}',
        "/guides/%0d%0aforged",
        "/guides/%e2%80%a8forged",
        '/guides/"},{"forged":"',
        "/guides/%1b[2J%1b[31mforged",
        "/guides/%00",
        "/guides/?token=secret-of-a-link",
    ],
)
def test_a_line_of_the_log_is_in_utc_and_whole(filled: Filled, path: str, caplog: pytest.LogCaptureFixture) -> None:
    (line,) = _lines(filled, path, caplog)
    assert not re.search(r"[\x00-\x1f\x7f]", line)
    entry = json.loads(line)
    at = datetime.fromisoformat(entry["at"])
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=5)
    assert {"at", "level", "logger", "message", "service", "method", "path", "status", "request_id"} <= set(entry)
    assert "secret-of-a-link" not in line
    assert "forged" not in entry


@pytest.mark.parametrize("password", ["gamearchive2026", "Game-Archive!!1", "게임 아카이브 1234", "관리자1234567"])
def test_a_password_is_not_the_name_of_the_site(password: str) -> None:
    assert passwords.problem(password, nickname="새벽토끼", email="rabbit@example.com") == passwords.TOO_COMMON


@pytest.mark.parametrize("password", ["새벽토끼12345678", "Rabbit-2026-01!", "rabbit@example.com1"])
def test_a_password_is_not_ones_own_name_with_digits(password: str) -> None:
    assert passwords.problem(password, nickname="새벽토끼", email="rabbit@example.com") == passwords.TOO_CLOSE
    assert passwords.problem("rabbit in the morning", nickname="새벽토끼", email="rabbit@example.com") is None


#: The ways to leave, each with its form, and who takes it.
WAYS_OUT = (
    ("logout", {}, "떠나는이가"),
    ("me/devices/end", {}, "떠나는이나"),
    ("me/delete", {"delete_password": PASSWORD}, "떠나는이다"),
)


def test_logging_out_leaves_nothing_in_the_browser(fresh: Filled) -> None:
    """What scripts kept, such as a text that is being written, goes with whoever leaves, not where a log-in ends."""
    over = fresh.community.visitor("auth").post("/auth/refresh", data={"body": "쓰던 글"})
    assert (over.status_code, over.headers.get("Clear-Site-Data")) == (401, None)
    for number, (path, form, nickname) in enumerate(WAYS_OUT):
        answer = fresh.community.auth.join(nickname, f"leaves{number}@example.com").post(f"/auth/{path}", data=form)
        assert answer.status_code == 303
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
