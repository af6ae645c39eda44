"""Single-use links that are mailed to members: to reset a password, to confirm a new address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select

from archive_auth.models import MailedLink, Member
from archive_auth.services import secret_tokens
from archive_auth.statements import affected
from archive_chassis import clock
from archive_chassis.database import session
from archive_chassis.errors import Gone

RESET_LIFETIME = timedelta(hours=1)
EMAIL_LIFETIME = timedelta(hours=24)

OVER = "링크가 만료됐거나 이미 사용됐어요. 다시 신청해 주세요"


@dataclass(frozen=True)
class Opened:
    """What a valid link stands for."""

    member: Member
    email: str


def make(member_id: int, purpose: str, lifetime: timedelta, email: str | None = None) -> str:
    """A new link's token; the member's older links for the same purpose stop working. The caller commits."""
    forget(member_id, purpose)
    token = secret_tokens.new()
    row = {
        "token_hash": secret_tokens.hashed(token),
        "member_id": member_id,
        "purpose": purpose,
        "email": email,
        "expires_at": clock.naive_now() + lifetime,
    }
    session().execute(insert(MailedLink).values(row))
    return token


def look(token: str, purpose: str) -> Opened:
    """The member and the address of a link that still works. Gone for any other."""
    found = session().execute(
        select(Member, MailedLink.email)
        .join(MailedLink, MailedLink.member_id == Member.id)
        .where(
            MailedLink.token_hash == secret_tokens.hashed(token),
            MailedLink.purpose == purpose,
            MailedLink.expires_at > clock.naive_now(),
            Member.deleted_at.is_(None),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise Gone(OVER)
    return Opened(row[0], row[1] or "")


def use(token: str) -> None:
    """Spend a link in the current transaction. Gone when somebody else was faster."""
    if not affected(delete(MailedLink).where(MailedLink.token_hash == secret_tokens.hashed(token))):
        raise Gone(OVER)


def forget(member_id: int, *purposes: str) -> None:
    """A member's links for these purposes stop working."""
    session().execute(delete(MailedLink).where(MailedLink.member_id == member_id, MailedLink.purpose.in_(purposes)))
