"""Tokens: EdDSA-signed JWTs that carry who a member is, so that no service asks another on a read path.

Access tokens come in a cookie and live minutes. API tokens are what a member's own programs show; they live weeks and
are told apart by type, audience and prefix (RFC 8725, section 3.11): neither is ever taken for the other.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import jwt

from archive_chassis import clock

ISSUER = "archive"
ALGORITHM = "EdDSA"
ACCESS_LIFETIME = timedelta(minutes=15)
CLOCK_LEEWAY = timedelta(seconds=5)
CACHED_TOKENS = 4096

#: By this, programs that look for leaked secrets recognise one of ours.
API_PREFIX = "ga_"
API_AUDIENCE = "archive-api"
SCOPES = ("read", "write")
#: A longer one is not ours: the longest nickname and avatar path give a third of this.
MAX_TOKEN_LENGTH = 2_048

_ACCESS_TYPE, _API_TYPE = "JWT", "ga-api+jwt"
_EPOCH = date(1970, 1, 1).toordinal()


def day_number(at: datetime) -> int:
    """The day of a UTC time, in days since 1970-01-01."""
    return at.toordinal() - _EPOCH


@dataclass(frozen=True)
class Member:
    """Who is asking. `avatar` is a path or "". `sid` names the log-in (refresh family) that the token came from.

    joined: the day the account was made, in days since 1970 (UTC); 0 where the token does not say. by_program: an API
    token was shown instead of an access token; `sid` is then "" and `role` "member", whatever the member's own is.
    """

    id: int
    nickname: str
    avatar: str
    role: str
    verified: bool
    sid: str
    joined: int = 0
    by_program: bool = False

    @property
    def is_moderator(self) -> bool:
        return self.role in ("moderator", "admin")

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    def is_new(self, days: int) -> bool:
        """Whether the account is younger than `days` days."""
        return day_number(clock.now()) - self.joined < days


@dataclass(frozen=True)
class ApiToken:
    """What an API token says. `jti` is its own name, by which it is revoked; `expires` is aware and in UTC."""

    jti: str
    member: Member
    scopes: tuple[str, ...]
    expires: datetime


class Signer:
    """Signs tokens with the first key of a private JSON Web Key Set."""

    def __init__(self, key_set: str) -> None:
        first = json.loads(key_set)["keys"][0]
        self._key = jwt.PyJWK(first, algorithm=ALGORITHM)
        self._kid = str(first["kid"])

    def issue(self, member: Member) -> str:
        """An access token for `member`, valid for ACCESS_LIFETIME from now."""
        now = clock.now()
        own = {"role": member.role, "sid": member.sid, "jti": secrets.token_urlsafe(9)}
        return self._sign(_ACCESS_TYPE, _claims(member, now, now + ACCESS_LIFETIME) | own)

    def issue_api_token(self, token: ApiToken) -> str:
        """The text of an API token. No role goes into it: a program never acts as a moderator."""
        own = {"aud": API_AUDIENCE, "jti": token.jti, "scope": " ".join(token.scopes)}
        claims = _claims(token.member, clock.now(), token.expires) | own
        return API_PREFIX + self._sign(_API_TYPE, claims)

    def _sign(self, kind: str, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self._kid, "typ": kind})


def _claims(member: Member, now: datetime, expires: datetime) -> dict[str, Any]:
    """The claims that tokens of both kinds have."""
    return {
        "iss": ISSUER,
        "sub": str(member.id),
        "name": member.nickname,
        "avatar": member.avatar,
        "ver": member.verified,
        "joined": member.joined,
        "iat": now,
        "exp": expires,
    }


class Verifier:
    """Verifies tokens against a public key set; a verified token is remembered for its lifetime."""

    def __init__(self, key_set: str) -> None:
        keys = cast("list[dict[str, Any]]", json.loads(key_set)["keys"])
        self._keys = {str(key["kid"]): jwt.PyJWK(key, algorithm=ALGORITHM) for key in keys}
        self._members: dict[str, tuple[Member, datetime]] = {}
        self._api_tokens: dict[str, ApiToken] = {}

    def verify(self, token: str) -> tuple[Member, datetime] | None:
        """An access token's member and when it expires, or None when it is expired, forged or not ours."""
        known = self._members.get(token)
        if known is None:
            known = self._check_access(token)
            if known is None:
                return None
            _remember(self._members, token, known)
        return known if clock.now() < known[1] + CLOCK_LEEWAY else None

    def verify_api_token(self, text: str) -> ApiToken | None:
        """What an API token says, or None when it is expired, forged or not ours. A revoked one is not known here."""
        known = self._api_tokens.get(text)
        if known is None:
            known = self._check_api(text)
            if known is None:
                return None
            _remember(self._api_tokens, text, known)
        return known if clock.now() < known.expires + CLOCK_LEEWAY else None

    def _check_access(self, token: str) -> tuple[Member, datetime] | None:
        claims = self._signed_claims(token, _ACCESS_TYPE, None, ["sid", "role"])
        if claims is None:
            return None
        return _member(claims, role=str(claims["role"]), sid=str(claims["sid"])), _expiry(claims)

    def _check_api(self, text: str) -> ApiToken | None:
        if not text.startswith(API_PREFIX) or len(text) > MAX_TOKEN_LENGTH:
            return None
        claims = self._signed_claims(text.removeprefix(API_PREFIX), _API_TYPE, API_AUDIENCE, ["jti", "scope", "aud"])
        if claims is None:
            return None
        member = _member(claims, role="member", sid="", by_program=True)
        return ApiToken(str(claims["jti"]), member, tuple(str(claims["scope"]).split()), _expiry(claims))

    def _signed_claims(self, token: str, kind: str, audience: str | None, own: list[str]) -> dict[str, Any] | None:
        """The claims of a token of this kind that one of our keys has signed and that has all it must, else None."""
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.get(str(header.get("kid")))
            if key is None or header.get("typ") != kind:
                return None
            # Expiry is checked by the caller against our own clock, every time the token is shown.
            required = ["sub", "exp", "iss", "name", "avatar", "ver", *own]
            options: Any = {"require": required, "verify_exp": False, "verify_iat": False}
            return jwt.decode(token, key, algorithms=[ALGORITHM], issuer=ISSUER, audience=audience, options=options)
        except (jwt.InvalidTokenError, ValueError):
            return None


def _member(claims: dict[str, Any], *, role: str, sid: str, by_program: bool = False) -> Member:
    return Member(
        id=int(claims["sub"]),
        nickname=str(claims["name"]),
        avatar=str(claims["avatar"]),
        role=role,
        verified=bool(claims["ver"]),
        sid=sid,
        joined=int(claims.get("joined", 0)),
        by_program=by_program,
    )


def _expiry(claims: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(claims["exp"]), tz=UTC)


def _remember(known: dict[str, Any], token: str, what: object) -> None:
    if len(known) >= CACHED_TOKENS:
        known.clear()
    known[token] = what
