"""Logging in by nickname or e-mail and password. Failures all say one thing and do the same work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from archive_auth.models import Member, NicknameClaim
from archive_auth.services import emails, limits, nicknames, passwords, registering, sessions
from archive_chassis import clock, security_log
from archive_chassis.database import session
from archive_chassis.errors import Forbidden, Invalid

WRONG = "닉네임(이메일)이나 비밀번호가 맞지 않아요"


class Unfinished(Forbidden):
    """The password is right, but the registration's link has not been opened yet."""

    title = "메일 인증을 먼저 마쳐 주세요"


class Suspended(Forbidden):
    """The password is right, but the member may not log in; `until` is None for good."""

    title = "이용이 정지된 계정이에요"

    def __init__(self, until: datetime | None, reason: str) -> None:
        super().__init__()
        self.until = until
        self.reason = reason


def log_in(name: str, password: str, *, address: str, user_agent: str, old_token: str | None) -> sessions.Grant:
    """Open a log-in. Invalid when name and password do not go together; Unfinished, Suspended, RateLimited.

    The log-in that this browser had before is ended.
    """
    limits.logging_in(address, name_key(name))
    member = find(name)
    if not passwords.matches(member.password_hash if member else None, password) or member is None:
        waiting = registering.newest_waiting(name)
        if passwords.matches(waiting.password_hash if waiting else None, password):
            raise Unfinished
        security_log.record("login-failed", member.id if member else None)
        raise Invalid({"": WRONG})
    if member.is_suspended(clock.naive_now()):
        security_log.record("login-refused", member.id)
        raise Suspended(member.suspended_until, member.suspension_reason)
    _renew_hash(member, password)
    sessions.end(old_token, None)
    granted = sessions.open_session(member, user_agent)
    session().commit()
    security_log.record("login", member.id)
    return granted


def name_key(name: str) -> str:
    """Equal for names that log in to one account."""
    return emails.key(name) if "@" in name else nicknames.skeleton(name)


def find(name: str) -> Member | None:
    """The member with this e-mail address or nickname."""
    query = select(Member).where(Member.deleted_at.is_(None))
    if "@" in name:
        query = query.where(Member.email_key == emails.key(name))
    else:
        query = query.join(NicknameClaim, NicknameClaim.member_id == Member.id).where(
            NicknameClaim.key == nicknames.skeleton(name)
        )
    return session().scalars(query).one_or_none()


def _renew_hash(member: Member, password: str) -> None:
    """Hash again when the parameters have changed since. Only if nobody set another password meanwhile."""
    old = member.password_hash
    if old and passwords.is_outdated(old):
        session().execute(
            update(Member)
            .where(Member.id == member.id, Member.password_hash == old)
            .values(password_hash=passwords.hashed(password))
            .execution_options(synchronize_session=False)
        )
