"""Log-ins: a family of refresh tokens per device, each token good for one use.

Source of the rules: RFC 9700 (Best Current Practice for OAuth 2.0 Security), section 4.14.2: rotate, and revoke the
family when a used token is shown again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, insert, select, update

from archive_auth.models import LoginSession, RefreshToken
from archive_auth.models import Member as Account
from archive_auth.services import secret_tokens
from archive_auth.settings import settings, signer
from archive_auth.statements import affected
from archive_chassis import clock, events, i18n, ratelimit, security_log
from archive_chassis.database import reader, session
from archive_chassis.errors import NotFound
from archive_chassis.identity import Member
from archive_chassis.tokens import ACCESS_LIFETIME, day_number

REFRESH_LIFETIME = timedelta(days=7)
#: However diligently it is refreshed, a log-in ends after this.
LONGEST = timedelta(days=90)
#: Two tabs refresh at once, and one of them loses: no theft, so long as it is only moments later.
RACE = timedelta(seconds=10)
REFRESHES_PER_MINUTE = 30


@dataclass(frozen=True)
class Grant:
    """What a browser is given. `refresh` is None for the loser of a race: the winner has the family's next token."""

    access: str
    refresh: str | None
    expires: datetime


@dataclass(frozen=True)
class Device:
    """A log-in as its member sees it."""

    id: str
    user_agent: str
    created_at: datetime
    last_used_at: datetime


def open_session(account: Account, user_agent: str) -> Grant:
    """A new family for this member, in the current transaction; the caller commits."""
    now = clock.naive_now()
    sid = secrets.token_urlsafe(16)
    row = {
        "id": sid,
        "member_id": account.id,
        "user_agent": user_agent[:255],
        "created_at": now,
        "last_used_at": now,
        "expires_at": now + REFRESH_LIFETIME,
        "revoked_at": None,
    }
    session().execute(insert(LoginSession).values(row))
    return grant(account, sid, refresh=_add_token(sid, now))


def grant(account: Account, sid: str, refresh: str | None = None) -> Grant:
    """An access token that says who the member is now."""
    return Grant(signer().issue(as_member(account, sid)), refresh, clock.now() + ACCESS_LIFETIME)


def as_member(account: Account, sid: str = "") -> Member:
    """The member as tokens name them."""
    return Member(
        id=account.id,
        nickname=account.nickname,
        avatar=avatar_path(account.avatar),
        role=account.role,
        verified=True,
        sid=sid,
        joined=day_number(account.created_at),
    )


def avatar_path(name: str) -> str:
    """The address of an avatar file, "" for none."""
    return f"{settings().path}/avatars/{name}" if name else ""


def refresh_session(token: str) -> Grant | None:
    """New tokens for a refresh token, or None when its log-in has ended.

    The family's row is locked first, so everything about a family happens in one order. A token shown again RACE after
    its rotation was stolen, from its member or by them: the whole family ends.
    """
    token_hash = secret_tokens.hashed(token)
    sid = reader().execute(select(RefreshToken.session_id).where(RefreshToken.token_hash == token_hash)).scalar()
    if sid is None:
        return None
    ratelimit.spend("refresh", sid, REFRESHES_PER_MINUTE, 60)
    now = clock.naive_now()
    current = session()
    alive = affected(
        update(LoginSession)
        .where(LoginSession.id == sid, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now)
        .values(last_used_at=now)
    )
    account = _member_of(sid) if alive else None
    if account is None or account.is_suspended(now):
        current.rollback()
        return None
    if affected(
        update(RefreshToken)
        .where(RefreshToken.token_hash == token_hash, RefreshToken.rotated_at.is_(None))
        .values(rotated_at=now)
    ):
        granted = grant(account, sid, refresh=_add_token(sid, now))
        _prolong(sid, now)
    elif _rotated_at(token_hash) >= now - RACE:
        granted = grant(account, sid)
    else:
        security_log.record("refresh-token-reused", account.id)
        _revoke(now, LoginSession.id == sid)
        granted = None
    current.commit()
    return granted


def _member_of(sid: str) -> Account | None:
    query = select(Account).join(LoginSession, LoginSession.member_id == Account.id)
    return session().scalars(query.where(LoginSession.id == sid, Account.deleted_at.is_(None))).one_or_none()


def _rotated_at(token_hash: str) -> datetime:
    query = select(RefreshToken.rotated_at).where(RefreshToken.token_hash == token_hash)
    return session().execute(query).scalar_one() or datetime.min  # noqa: DTZ901 - naive UTC, as in the tables


def _add_token(sid: str, now: datetime) -> str:
    token = secret_tokens.new()
    row = {
        "token_hash": secret_tokens.hashed(token),
        "session_id": sid,
        "expires_at": now + REFRESH_LIFETIME,
        "rotated_at": None,
    }
    session().execute(insert(RefreshToken).values(row))
    return token


def _prolong(sid: str, now: datetime) -> None:
    """Another week from now, up to LONGEST after the log-in."""
    created = session().execute(select(LoginSession.created_at).where(LoginSession.id == sid)).scalar_one()
    until = min(now + REFRESH_LIFETIME, created + LONGEST)
    session().execute(update(LoginSession).where(LoginSession.id == sid).values(expires_at=until))


def is_open(member: Member) -> bool:
    """Whether the log-in that an access token came from has not been ended since."""
    return account_of(member) is not None


def account_of(member: Member) -> Account | None:
    """The member's row, if their log-in is still open and they are neither suspended nor deleted."""
    now = clock.naive_now()
    query = (
        select(Account)
        .join(LoginSession, LoginSession.member_id == Account.id)
        .where(
            LoginSession.id == member.sid,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
            Account.id == member.id,
            Account.deleted_at.is_(None),
        )
    )
    account = session().scalars(query).one_or_none()
    return None if account is None or account.is_suspended(now) else account


def end(token: str | None, member: Member | None) -> None:
    """Log this browser out: the family of its refresh token, and the one its access token names."""
    sids = {member.sid} if member else set[str]()
    if token:
        query = select(RefreshToken.session_id).where(RefreshToken.token_hash == secret_tokens.hashed(token))
        sids.update(reader().execute(query).scalars())
    if sids:
        _revoke(clock.naive_now(), LoginSession.id.in_(sids))
        session().commit()


def end_one(member_id: int, sid: str) -> None:
    """End one of the member's own log-ins. NotFound for one that is over or somebody else's."""
    if not _revoke(clock.naive_now(), LoginSession.id == sid, LoginSession.member_id == member_id):
        raise NotFound
    session().commit()


def end_all(member_id: int, but: str | None = None) -> None:
    """End every log-in of a member, except `but`, in the current transaction; the caller commits."""
    _revoke(clock.naive_now(), LoginSession.member_id == member_id, LoginSession.id != (but or ""))


def _revoke(now: datetime, *which: ColumnElement[bool]) -> int:
    """End log-ins in the current transaction, and tell the services that would believe their access tokens."""
    ended = affected(update(LoginSession).where(*which, LoginSession.revoked_at.is_(None)).values(revoked_at=now))
    if ended:  # the rows are locked now: nobody refreshes them between the update and this
        query = select(LoginSession.id, LoginSession.member_id).where(*which, LoginSession.revoked_at == now)
        until = i18n.iso(now + ACCESS_LIFETIME)
        for row in session().execute(query):
            events.record(session(), "session.ended", {"sid": row.id, "id": row.member_id, "until": until})
    return ended


def devices(member_id: int) -> Sequence[Device]:
    """The member's open log-ins, the last used first."""
    table = LoginSession
    rows = reader().execute(
        select(table.id, table.user_agent, table.created_at, table.last_used_at)
        .where(table.member_id == member_id, table.revoked_at.is_(None), table.expires_at > clock.naive_now())
        .order_by(table.last_used_at.desc())
        .limit(100)
    )
    return [Device(row.id, row.user_agent, row.created_at, row.last_used_at) for row in rows]
