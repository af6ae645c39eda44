"""API tokens: what a member gives their own programs instead of a password.

A token is signed and kept nowhere, so the other services need not ask about it; what is kept is its name. Revoking one
deletes the row and tells the other services, which then refuse the token until it would have expired.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from archive_auth.models import ApiToken, Member
from archive_auth.services import accounts, letters, revocations, sessions
from archive_auth.settings import signer
from archive_auth.statements import affected
from archive_chassis import clock, tokens
from archive_chassis.database import reader, session
from archive_chassis.errors import Conflict, Invalid, NotFound, Unauthenticated
from archive_chassis.identity import require_member

MOST = 10
MAX_NAME = 40
#: What a token may be made for, as the form sends it.
SCOPES: Mapping[str, str] = {"read": "읽기", "read write": "읽기와 쓰기"}
#: How many days it may live.
LIFETIMES = (7, 30, 90, 365)

_SUBMISSION = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Wish:
    """What was typed into the form."""

    name: str
    scopes: str
    days: str
    submission: str


@dataclass(frozen=True)
class Shown:
    """A token as its member sees it."""

    jti: str
    name: str
    scopes: str
    created_at: datetime
    expires_at: datetime


def new_submission() -> str:
    """A name for a form, so that the same form sent twice makes one token."""
    return secrets.token_hex(16)


def make(wish: Wish, password: str) -> str:
    """Make a token; returns its text, which nobody sees again.

    Invalid (fields `name`, `scopes`, `days`, `token_password`), Conflict for one too many and for a form sent twice,
    RateLimited for guessing the password.
    """
    account, _sid = accounts.own_account()
    problems = _problems(wish)
    if problems:
        raise Invalid(problems)
    accounts.prove(account, password, "token_password")
    _lock(account)
    now = clock.naive_now()
    expires = (now + timedelta(days=int(wish.days))).replace(microsecond=0)
    jti = secrets.token_hex(16)
    row = {
        "jti": jti,
        "member_id": account.id,
        "submission": wish.submission,
        "name": wish.name,
        "scopes": wish.scopes,
        "created_at": now,
        "expires_at": expires,
    }
    _add(row)
    if account.email:
        letters.api_token_made(letters.Reader(account.email, account.nickname, account.language), wish.name)
    session().commit()
    member = sessions.as_member(account)
    return signer().issue_api_token(
        tokens.ApiToken(jti, member, tuple(wish.scopes.split()), expires.replace(tzinfo=UTC))
    )


def _lock(account: Member) -> None:
    """Lock the member's row until the commit. Unauthenticated when the log-in or the password has ended meanwhile.

    So tokens of one member are made one after the other, and none is made while a new password revokes them all.
    """
    proven = (Member.id == account.id, Member.password_hash == account.password_hash)
    locked = affected(update(Member).where(*proven).values(role=Member.role))
    if not locked or not sessions.is_open(require_member()):
        raise Unauthenticated


def _problems(wish: Wish) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not 1 <= len(wish.name) <= MAX_NAME or not _is_plain(wish.name):
        problems["name"] = "이름을 40자 안으로 적어 주세요"
    if wish.scopes not in SCOPES:
        problems["scopes"] = "권한을 골라 주세요"
    if wish.days not in {str(days) for days in LIFETIMES}:
        problems["days"] = "기간을 골라 주세요"
    if not _SUBMISSION.fullmatch(wish.submission):
        problems[""] = "페이지를 새로 고친 뒤 다시 시도해 주세요"
    return problems


def _is_plain(text: str) -> bool:
    """Whether every character is one to be seen: none controls the line, or the direction of what follows."""
    return all(unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs", "Cn") for character in text)


def _add(row: dict[str, Any]) -> None:
    """Insert the row. Conflict when the member has as many as they may, or the form was sent before."""
    current, own = session(), ApiToken.member_id == row["member_id"]
    current.execute(delete(ApiToken).where(own, ApiToken.expires_at < row["created_at"]))
    sent = current.execute(select(ApiToken.submission).where(own)).scalars().all()
    if row["submission"] in sent:
        raise Conflict("이 토큰은 이미 만들었어요. 적어 두지 못했다면 폐기하고 새로 만들어 주세요")
    if len(sent) >= MOST:
        raise Conflict("토큰은 10개까지 만들 수 있어요. 쓰지 않는 토큰을 먼저 폐기해 주세요")
    current.execute(insert(ApiToken).values(row))


def listed(member_id: int) -> Sequence[Shown]:
    """The member's tokens that count, the newest first."""
    t = ApiToken
    rows = reader().execute(
        select(t.jti, t.name, t.scopes, t.created_at, t.expires_at)
        .where(t.member_id == member_id, t.expires_at > clock.naive_now())
        .order_by(t.created_at.desc(), t.jti)
    )
    return [Shown(row.jti, row.name, row.scopes, row.created_at, row.expires_at) for row in rows]


def revoke(jti: str) -> None:
    """Revoke one of the member's own tokens. NotFound for one that is gone or somebody else's."""
    account, _sid = accounts.own_account()
    if not revocations.revoke(account.id, jti):
        raise NotFound("없는 토큰이에요")
    session().commit()
