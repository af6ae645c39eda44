"""A member's own program: it shows an API token, keeps no cookies, and speaks JSON."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_chassis import clock
from archive_chassis.service import Event
from archive_chassis.testing import KEYS
from archive_chassis.tokens import ApiToken, Member, Signer


def new_token(
    member_id: int = 1,
    nickname: str = "새벽토끼",
    *,
    scopes: tuple[str, ...] = ("read", "write"),
    jti: str | None = None,
    lifetime: timedelta = timedelta(days=30),
    role: str = "member",
    keys: dict[str, Any] = KEYS,
) -> str:
    """The text of an API token such as auth gives out."""
    member = Member(id=member_id, nickname=nickname, avatar="", role=role, verified=True, sid="")
    token = ApiToken(jti or secrets.token_hex(16), member, scopes, clock.now() + lifetime)
    return Signer(json.dumps(keys)).issue_api_token(token)


@dataclass
class Program:
    """Requests below the API's root. `token` "" shows none; `headers` go along with every request."""

    app: Flask
    token: str = field(default_factory=new_token)
    root: str = "/news/api/v1"
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        given = {**self.headers, **options.pop("headers", {})}
        if self.token:
            given.setdefault("Authorization", f"Bearer {self.token}")
        bare = FlaskClient(self.app, use_cookies=False)
        return bare.open(self.root + path, method=method, headers=given, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> TestResponse:
        return self.send("POST", path, json=body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> TestResponse:
        return self.send("PATCH", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.send("DELETE", path, **options)


def problem(answer: TestResponse) -> dict[str, Any]:
    """The problem that an answer tells; it must be one."""
    assert answer.content_type == "application/problem+json", answer.text
    found = cast("dict[str, Any]", answer.get_json(force=True))
    assert found["status"] == answer.status_code
    return found


def revoked(jti: str, expires: datetime, number: int = 1) -> Event:
    """The event that auth records when a token is revoked. `expires` is aware."""
    data = {"jti": jti, "id": 1, "expires": expires.isoformat()}
    return Event(id=number, type="api_token.revoked", at="2026-01-01T00:00:00Z", data=data)
