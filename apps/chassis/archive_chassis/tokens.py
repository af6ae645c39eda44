"""Access tokens: EdDSA-signed JWTs that carry who a member is, so that no service asks another on a read path."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import jwt

from archive_chassis import clock

ISSUER = "archive"
ALGORITHM = "EdDSA"
ACCESS_LIFETIME = timedelta(minutes=15)
CLOCK_LEEWAY = timedelta(seconds=5)
CACHED_TOKENS = 4096


@dataclass(frozen=True)
class Member:
    """Who is asking. `avatar` is a path or "". `sid` names the log-in (refresh family) that the token came from."""

    id: int
    nickname: str
    avatar: str
    role: str
    verified: bool
    sid: str

    @property
    def is_moderator(self) -> bool:
        return self.role in ("moderator", "admin")

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


class Signer:
    """Signs access tokens with the first key of a private JSON Web Key Set."""

    def __init__(self, key_set: str) -> None:
        first = json.loads(key_set)["keys"][0]
        self._key = jwt.PyJWK(first, algorithm=ALGORITHM)
        self._kid = str(first["kid"])

    def issue(self, member: Member) -> str:
        """A token for `member`, valid for ACCESS_LIFETIME from now."""
        now = clock.now()
        claims = {
            "iss": ISSUER,
            "sub": str(member.id),
            "name": member.nickname,
            "avatar": member.avatar,
            "role": member.role,
            "ver": member.verified,
            "sid": member.sid,
            "jti": secrets.token_urlsafe(9),
            "iat": now,
            "exp": now + ACCESS_LIFETIME,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self._kid})


class Verifier:
    """Verifies access tokens against a public key set; a verified token is remembered for its lifetime."""

    def __init__(self, key_set: str) -> None:
        keys = cast("list[dict[str, Any]]", json.loads(key_set)["keys"])
        self._keys = {str(key["kid"]): jwt.PyJWK(key, algorithm=ALGORITHM) for key in keys}
        self._verified: dict[str, tuple[Member, datetime]] = {}

    def verify(self, token: str) -> tuple[Member, datetime] | None:
        """The member and when the token expires, or None when it is expired, forged or not ours."""
        known = self._verified.get(token)
        if known is None:
            known = self._check(token)
            if known is None:
                return None
            if len(self._verified) >= CACHED_TOKENS:
                self._verified.clear()
            self._verified[token] = known
        return known if clock.now() < known[1] + CLOCK_LEEWAY else None

    def _check(self, token: str) -> tuple[Member, datetime] | None:
        try:
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                return None
            # Expiry is checked above against our own clock, every time the token is shown.
            options: Any = {"require": ["sub", "exp", "iss", "sid"], "verify_exp": False, "verify_iat": False}
            claims = jwt.decode(token, key, algorithms=[ALGORITHM], issuer=ISSUER, options=options)
            member = Member(
                id=int(claims["sub"]),
                nickname=str(claims["name"]),
                avatar=str(claims["avatar"]),
                role=str(claims["role"]),
                verified=bool(claims["ver"]),
                sid=str(claims["sid"]),
            )
            return member, datetime.fromtimestamp(int(claims["exp"]), tz=clock.now().tzinfo)
        except (jwt.InvalidTokenError, KeyError, ValueError):
            return None
