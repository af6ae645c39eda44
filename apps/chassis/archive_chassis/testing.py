"""For the services' tests: a settings object, an app on a fresh schema, and a client that can be any member."""

from __future__ import annotations

import base64
import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from archive_chassis import csrf
from archive_chassis.cookie_names import on_the_wire
from archive_chassis.database import database
from archive_chassis.ended_sessions import ended_session
from archive_chassis.health import script_directory
from archive_chassis.identity import ACCESS_COOKIE
from archive_chassis.migrate import upgrade
from archive_chassis.service import Service, find_service
from archive_chassis.settings import Settings
from archive_chassis.tokens import Member, Signer

SITE = {"home": "/", "auth": "/auth", "news": "/news", "guides": "/guides", "qa": "/qa"}
TITLES = {"home": "홈", "auth": "회원", "news": "뉴스", "guides": "공략", "qa": "Q&A"}
INTERNAL_TOKEN = "an-internal-token-that-only-tests-know"  # noqa: S105 - it protects nothing
SECRET_KEY = "a-secret-key-that-only-tests-know-of"  # noqa: S105 - it protects nothing


def new_key_set(kid: str = "test") -> dict[str, Any]:
    """A JSON Web Key Set with one fresh private Ed25519 key."""

    def encode(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": "EdDSA", "use": "sig"}
    return {"keys": [jwk | {"x": encode(public), "d": encode(private)}]}


def public_key_set(key_set: dict[str, Any]) -> dict[str, Any]:
    """The same keys without their private part."""
    return {"keys": [{name: value for name, value in key.items() if name != "d"} for key in key_set["keys"]]}


KEYS = new_key_set()


def make_settings(service: str, folder: Path, database_url: str | None = None, **changes: Any) -> Settings:
    """Settings for one service with its files below `folder` and, unless told otherwise, an SQLite database there."""
    values: dict[str, Any] = {
        "service": service,
        "site": SITE,
        "titles": TITLES,
        "database_url": database_url or f"sqlite:///{folder}/{service}.sqlite3",
        "data_dir": folder / "data",
        "mail_dir": folder / "mail",
        "secret_key": SECRET_KEY,
        "internal_token": INTERNAL_TOKEN,
        "verification_keys": json.dumps(public_key_set(KEYS)),
        "signing_keys": json.dumps(KEYS),
        "environment": "dev",
        "release": "test",
        "public_url": "http://localhost",
    }
    return Settings.model_validate(values | changes)


def make_app(service: str | Service, settings: Settings) -> Flask:
    """The service's app on a schema at its newest migration."""
    found = find_service(service) if isinstance(service, str) else service
    upgrade(settings.database_url.get_secret_value(), script_directory(found.versions))
    app = found.create_app(settings)
    app.test_client_class = Client
    return app


class Client(FlaskClient):
    """A browser-like client: asks for pages below the service's prefix, shows Origin and the form token, can log in."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        options = dict(options)
        headers: dict[str, str] = dict(options.pop("headers", None) or {})
        headers.setdefault("Accept", "text/html")
        if options.get("method", "GET") not in csrf.SAFE_METHODS:
            headers.setdefault("Origin", "http://localhost")
            headers.setdefault(csrf.HEADER, self.csrf_token())
        return super().open(*args, headers=headers, **options)

    def csrf_token(self) -> str:
        """The token of this client's cookie, which it is given if it has none."""
        name = self._known_as(csrf.COOKIE)
        if self.get_cookie(name) is None:
            self.set_cookie(name, "seed-of-a-test-client")
        cookie = self.get_cookie(name)
        assert cookie is not None  # noqa: S101 - set two lines above
        with self.application.app_context():
            return csrf._sign(cookie.value)  # pyright: ignore[reportPrivateUsage] - the test's own browser

    def login(
        self,
        member_id: int = 1,
        nickname: str = "새벽토끼",
        role: str = "member",
        *,
        verified: bool = True,
        joined: int = 0,
    ) -> Member:
        """Carry an access token of this member from now on. `joined` is a day since 1970; the first one is long ago."""
        member = Member(member_id, nickname, "", role, verified, f"sid-{member_id}", joined)
        self.set_cookie(self._known_as(ACCESS_COOKIE), Signer(json.dumps(KEYS)).issue(member))
        return member

    def logout(self) -> None:
        """Forget the access token."""
        self.delete_cookie(self._known_as(ACCESS_COOKIE))

    def _known_as(self, cookie: str) -> str:
        secure = self.application.extensions["archive_settings"].secure_cookies
        return on_the_wire(cookie) if secure else cookie


def internal_headers() -> dict[str, str]:
    """What a service shows to read another's events."""
    return {"Authorization": f"Bearer {INTERNAL_TOKEN}", "Accept": "application/json"}


def new_client(app: Flask) -> Client:
    return cast("Client", app.test_client())


@contextmanager
def sent_statements(app: Flask, *, now_and_then: bool = False) -> Generator[list[tuple[str, Any]]]:
    """The SQL that the app sends within the block, each statement with its values.

    `now_and_then`: also what a process asks every few seconds, with whatever request comes first then.
    """
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if now_and_then or f"FROM {ended_session.name}" not in statement:
            sent.append((statement, values))

    with app.app_context():
        engines = (database().engine, database().reading)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
