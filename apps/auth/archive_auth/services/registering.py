"""Becoming a member: register, open the link in the mail, prove the password once more.

Nobody is a member before their address is confirmed. So a registration with a member's address can be made just like
any other (only its mail differs), and nothing tells who is a member. The password is asked for with the link because it
shows that whoever reads the mail is who registered: else one could register with somebody's address and wait for their
click.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from archive_auth.models import Member, NicknameClaim, Registration
from archive_auth.services import claims, emails, letters, limits, nicknames, passwords, secret_tokens, sessions
from archive_auth.settings import settings
from archive_auth.statements import affected
from archive_chassis import clock, events
from archive_chassis.database import session
from archive_chassis.errors import Conflict, Gone, Invalid

LIFETIME = timedelta(hours=24)

LINK_OVER = "링크가 만료됐거나 이미 사용됐어요. 다시 신청해 주세요"


@dataclass(frozen=True)
class Form:
    """What a visitor typed."""

    nickname: str
    email: str
    password: str
    agreed: bool


def register(form: Form, *, language: str, address: str) -> None:
    """Take a registration and mail its link. Invalid names every field that will not do; RateLimited."""
    email = emails.normalised(form.email, testing=settings().environment == "dev")
    errors = _problems(form, email)
    if errors or email is None:
        raise Invalid(errors)
    limits.registering(address, emails.key(email))
    now, token = clock.naive_now(), secret_tokens.new()
    registration = Registration(
        nickname=form.nickname,
        email=email,
        email_key=emails.key(email),
        password_hash=passwords.hashed(form.password),
        token_hash=secret_tokens.hashed(token),
        language=language,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    current = session()
    current.add(registration)
    current.flush()
    claims.take(form.nickname, registration_id=registration.id, until=registration.expires_at)
    _mail(registration, token)
    current.commit()


def _problems(form: Form, email: str | None) -> dict[str, str]:
    found = {
        "nickname": nicknames.problem(form.nickname),
        "email": None if email else "이메일 주소를 확인해 주세요",
        "password": passwords.problem(form.password, nickname=form.nickname, email=form.email),
        "agreed": None if form.agreed else "커뮤니티 규칙에 동의해 주세요",
    }
    return {field: message for field, message in found.items() if message}


def _mail(registration: Registration, token: str) -> None:
    owner = session().scalars(select(Member).where(Member.email_key == registration.email_key)).one_or_none()
    if owner is None:
        reader = letters.Reader(registration.email, registration.nickname, registration.language)
        letters.finish_registration(reader, token)
    else:
        letters.already_member(letters.Reader(owner.email or registration.email, owner.nickname, owner.language))


def resend(email: str, *, address: str) -> None:
    """Mail the newest registration of an address a fresh link; silent when there is none. RateLimited."""
    key = emails.key(email)
    limits.mailing("resend", address, key)
    current, token = session(), secret_tokens.new()
    newest = current.scalars(
        select(Registration)
        .where(Registration.email_key == key, Registration.expires_at > clock.naive_now())
        .order_by(Registration.id.desc())
        .limit(1)
    ).first()
    if newest is not None:
        newest.token_hash = secret_tokens.hashed(token)
        _mail(newest, token)
        current.commit()


def waiting(token: str, *, address: str) -> Registration:
    """The registration that a link belongs to. Gone when the link is used or expired."""
    limits.opening_link(address)
    found = session().scalars(
        select(Registration).where(
            Registration.token_hash == secret_tokens.hashed(token), Registration.expires_at > clock.naive_now()
        )
    )
    registration = found.one_or_none()
    if registration is None:
        raise Gone(LINK_OVER)
    return registration


def finish(token: str, password: str, *, address: str, user_agent: str) -> sessions.Grant:
    """Make the registration a member and log them in. Invalid for a wrong password, Gone, Conflict, RateLimited."""
    registration = waiting(token, address=address)
    limits.logging_in(address, f"registration {registration.id}")
    if not passwords.matches(registration.password_hash, password):
        raise Invalid({"password": "가입할 때 정한 비밀번호가 아니에요"})
    current, now = session(), clock.naive_now()
    member = Member(
        nickname=registration.nickname,
        email=registration.email,
        email_key=registration.email_key,
        password_hash=registration.password_hash,
        role="member",
        avatar="",
        language=registration.language,
        created_at=now,
        verified_at=now,
        suspension_reason="",
    )
    current.add(member)
    try:
        current.flush()
    except IntegrityError:
        current.rollback()
        raise Conflict("이 이메일로는 이미 가입을 마쳤어요. 로그인해 주세요") from None
    handed_over = claims.hand_over(registration.id, member.id)
    if not handed_over or not affected(delete(Registration).where(Registration.id == registration.id)):
        raise Gone(LINK_OVER)  # cancelled or finished a moment ago
    events.record(current, "member.registered", {"id": member.id, "nickname": member.nickname, "avatar": ""})
    granted = sessions.open_session(member, user_agent)
    current.commit()
    return granted


def cancel(token: str, *, address: str) -> None:
    """Drop a registration, so that its nickname is free at once. Gone when the link is used or expired."""
    registration = waiting(token, address=address)
    claims.release(registration.id)
    session().execute(delete(Registration).where(Registration.id == registration.id))
    session().commit()


def newest_waiting(name: str) -> Registration | None:
    """The registration that somebody may mean who logs in too early, by nickname or e-mail."""
    query = select(Registration).where(Registration.expires_at > clock.naive_now())
    if "@" in name:
        query = query.where(Registration.email_key == emails.key(name))
    else:
        query = query.join(NicknameClaim, NicknameClaim.registration_id == Registration.id).where(
            NicknameClaim.key == nicknames.skeleton(name)
        )
    return session().scalars(query.order_by(Registration.id.desc()).limit(1)).first()
