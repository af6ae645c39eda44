"""A forgotten password: a link by mail, then a new password. Every log-in and API token of the member ends."""

from __future__ import annotations

from sqlalchemy import select, update

from archive_auth.models import Member
from archive_auth.services import emails, letters, limits, mailed_links, passwords, revocations, sessions
from archive_chassis import security_log
from archive_chassis.database import session
from archive_chassis.errors import Invalid

PURPOSE = "reset"


def ask(email: str, *, address: str) -> None:
    """Mail a link if a member has this address; silent when none has. RateLimited."""
    key = emails.key(email)
    limits.mailing(PURPOSE, address, key)
    current = session()
    member = current.scalars(select(Member).where(Member.email_key == key)).one_or_none()
    if member is not None and member.email:
        token = mailed_links.make(member.id, PURPOSE, mailed_links.RESET_LIFETIME)
        letters.reset_password(letters.Reader(member.email, member.nickname, member.language), token)
        current.commit()


def look(token: str, *, address: str) -> str:
    """The nickname of the member whose password a link resets. Gone, RateLimited."""
    limits.opening_link(address)
    return mailed_links.look(token, PURPOSE).member.nickname


def set_password(token: str, password: str, *, address: str) -> None:
    """Set the new password and end every log-in. Invalid (field `new_password`), Gone, RateLimited."""
    limits.opening_link(address)
    member = mailed_links.look(token, PURPOSE).member
    replace_password(member, password, field="new_password")
    mailed_links.use(token)
    sessions.end_all(member.id)
    session().commit()
    security_log.record("password-reset", member.id)


def replace_password(member: Member, password: str, *, field: str) -> None:
    """Check and set a password, revoke the API tokens and tell the member by mail, in the current transaction.

    Invalid names `field`.
    """
    refusal = passwords.problem(password, nickname=member.nickname, email=member.email or "")
    if refusal:
        raise Invalid({field: refusal})
    session().execute(update(Member).where(Member.id == member.id).values(password_hash=passwords.hashed(password)))
    revocations.revoke_all(member.id)
    mailed_links.forget(member.id, "email")  # one that a stranger may have asked for
    if member.email:
        letters.password_changed(letters.Reader(member.email, member.nickname, member.language))
