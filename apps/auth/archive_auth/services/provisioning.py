"""Members made by the operator: the administrator of a fresh installation, the authors of its sample content."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive_auth.models import Member
from archive_auth.services import claims, emails, login, nicknames, passwords, revocations, sessions
from archive_chassis import clock, events, i18n
from archive_chassis.database import session
from archive_chassis.errors import Conflict, Invalid


@dataclass(frozen=True)
class Provisioned:
    id: int
    created: bool


def ensure_administrator(nickname: str, email: str, password: str) -> Provisioned:
    """Make this account, or bring the one with this nickname up to date. Doing it twice changes nothing.

    Another password ends the account's log-ins and API tokens. Invalid (also when another member's nickname only looks
    the same), and Conflict when the e-mail is another member's.
    """
    refusals = {
        "nickname": nicknames.shape_problem(nickname),
        "email": None if "@" in email and len(email) <= emails.MAX_LENGTH else "이메일 주소를 확인해 주세요",
        "password": passwords.problem(password, nickname=nickname, email=email),
    }
    if any(refusals.values()):
        raise Invalid({field: message for field, message in refusals.items() if message})
    found = login.find(nickname)
    if found is not None and found.nickname != nickname:
        raise Invalid({"nickname": nicknames.TAKEN})
    member = found or _add(nickname, email)
    if member.role != "admin":
        member.role = "admin"
        events.record(session(), "member.role_changed", {"id": member.id, "role": "admin"})
    if not passwords.matches(member.password_hash, password):
        member.password_hash = passwords.hashed(password)
        session().flush()  # locks the row, as revoking all wants it
        sessions.end_all(member.id)
        revocations.revoke_all(member.id)
    member.email, member.email_key = email, emails.key(email)
    member.suspended_at, member.suspended_until, member.suspension_reason = None, None, ""
    _commit()
    return Provisioned(member.id, found is None)


def ensure_author(member_id: int, nickname: str, email: str) -> Provisioned:
    """A verified member with a given id; nobody can log in as them until a reset. One that is there is left alone.

    Invalid when the nickname is another member's or cannot be one.
    """
    if session().get(Member, member_id) is not None:
        return Provisioned(member_id, created=False)
    refusal = nicknames.problem(nickname)
    if refusal:
        raise Invalid({"nickname": refusal})
    _add(nickname, email, member_id)
    _commit()
    return Provisioned(member_id, created=True)


def _add(nickname: str, email: str, member_id: int | None = None) -> Member:
    now = clock.naive_now()
    member = Member(
        id=member_id,
        nickname=nickname,
        email=email,
        email_key=emails.key(email),
        role="member",
        avatar="",
        language=i18n.DEFAULT,
        created_at=now,
        verified_at=now,
        suspension_reason="",
    )
    session().add(member)
    try:
        session().flush()
    except IntegrityError:
        session().rollback()
        raise Conflict(_taken(email)) from None
    claims.take(nickname, member_id=member.id)
    events.record(session(), "member.registered", {"id": member.id, "nickname": nickname, "avatar": ""})
    return member


def _commit() -> None:
    try:
        session().commit()
    except IntegrityError:
        session().rollback()
        raise Conflict("이 이메일은 다른 회원이 쓰고 있어요") from None


def _taken(email: str) -> str:
    owner = session().execute(select(Member.id).where(Member.email_key == emails.key(email))).scalar()
    return "이 이메일은 다른 회원이 쓰고 있어요" if owner else "이 회원 번호는 이미 쓰고 있어요"
