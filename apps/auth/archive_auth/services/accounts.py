"""A member's own account: nickname, password, e-mail, language; export; leaving."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from archive_auth.models import ApiToken, LoginSession, MailedLink, Member, RefreshToken
from archive_auth.services import (
    avatars,
    claims,
    emails,
    letters,
    limits,
    mailed_links,
    nicknames,
    passwords,
    revocations,
    sessions,
)
from archive_auth.services.resets import replace_password
from archive_auth.settings import settings
from archive_chassis import clock, events, i18n, security_log
from archive_chassis.database import reader, session
from archive_chassis.errors import Conflict, Forbidden, Invalid, Unauthenticated
from archive_chassis.identity import require_member

EMAIL_PURPOSE = "email"


def own_account() -> tuple[Member, str]:
    """The row of who is asking and their log-in's id. Unauthenticated when that log-in has been ended meanwhile.

    An access token is believed for its fifteen minutes elsewhere; here, where accounts change hands, it is not.
    """
    claimed = require_member()
    account = sessions.account_of(claimed)
    if account is None:
        raise Unauthenticated
    return account, claimed.sid


def prove(account: Member, password: str, field: str) -> None:
    """Ask for the password again before something grave. Invalid names `field`; RateLimited."""
    limits.proving(account.id)
    if not passwords.matches(account.password_hash, password):
        security_log.record("password-wrong", account.id)
        raise Invalid({field: "비밀번호가 맞지 않아요"})


def rename(nickname: str) -> sessions.Grant:
    """Change the nickname; the old one stays closed for a while. Invalid (field `nickname`), RateLimited."""
    account, sid = own_account()
    if nickname == account.nickname:
        return sessions.grant(account, sid)
    refusal = nicknames.problem(nickname)
    if refusal:
        raise Invalid({"nickname": refusal})
    limits.renaming(account.id)
    claims.replace(account.id, account.nickname, nickname)
    account.nickname = nickname
    _record_renamed(account)
    session().commit()
    return sessions.grant(account, sid)


def change_avatar(data: bytes | None) -> sessions.Grant:
    """Set the avatar to this picture, or back to the drawn one with None. Invalid (field `avatar`), RateLimited."""
    account, sid = own_account()
    limits.uploading(account.id)
    old, account.avatar = account.avatar, avatars.store(data) if data is not None else ""
    try:
        _record_renamed(account)
        session().commit()
    except BaseException:
        avatars.remove(account.avatar)
        raise
    avatars.remove(old)
    return sessions.grant(account, sid)


def _record_renamed(account: Member) -> None:
    data = {"id": account.id, "nickname": account.nickname, "avatar": sessions.avatar_path(account.avatar)}
    events.record(session(), "member.renamed", data)


def change_password(old: str, new: str) -> None:
    """Set a new password; end the member's other log-ins and their API tokens. Invalid, RateLimited."""
    account, sid = own_account()
    prove(account, old, "current_password")
    replace_password(account, new, field="new_password")
    sessions.end_all(account.id, but=sid)
    session().commit()
    security_log.record("password-changed", account.id)


def ask_email_change(email: str, password: str) -> None:
    """Mail the new address a link, and the old one a notice. Whether the address is a member's shows in neither.

    Invalid, RateLimited.
    """
    account, _sid = own_account()
    new = emails.normalised(email, testing=settings().environment == "dev")
    if new is None:
        raise Invalid({"email": "이메일 주소를 확인해 주세요"})
    if emails.key(new) == account.email_key:
        raise Invalid({"email": "지금 쓰고 있는 이메일이에요"})
    limits.changing_email(account.id)
    prove(account, password, "email_password")
    current = session()
    token = mailed_links.make(account.id, EMAIL_PURPOSE, mailed_links.EMAIL_LIFETIME, new)
    owner = current.scalars(select(Member).where(Member.email_key == emails.key(new))).one_or_none()
    if owner is None:
        letters.confirm_email(letters.Reader(new, account.nickname, account.language), token)
    else:
        letters.email_in_use(letters.Reader(owner.email or new, owner.nickname, owner.language))
    letters.email_change_asked(_reader(account))
    current.commit()


def look_at_email_change(token: str, *, address: str) -> mailed_links.Opened:
    """The member and the new address that a link stands for. Gone, RateLimited."""
    limits.opening_link(address)
    return mailed_links.look(token, EMAIL_PURPOSE)


def confirm_email_change(token: str, *, address: str) -> None:
    """The new address is the member's from now on. Gone, Conflict, RateLimited."""
    opened = look_at_email_change(token, address=address)
    mailed_links.use(token)
    member, current, now = opened.member, session(), clock.naive_now()
    letters.email_changed(_reader(member))
    mailed_links.forget(member.id, "reset")  # one that was mailed to the old address
    member.email, member.email_key, member.verified_at = opened.email, emails.key(opened.email), now
    try:
        current.commit()
    except IntegrityError:
        current.rollback()
        raise Conflict("그사이 다른 회원이 이 이메일로 가입했어요") from None


def log_out_everywhere() -> None:
    """End every log-in of the member, this one too."""
    account, _sid = own_account()
    sessions.end_all(account.id)
    session().commit()


def change_language(language: str) -> None:
    """The language of the member's mails. Invalid (field `language`)."""
    account, _sid = own_account()
    if language not in i18n.LANGUAGES:
        raise Invalid({"language": "한국어와 영어 가운데 골라 주세요"})
    account.language = language
    session().commit()


def export() -> dict[str, Any]:
    """Everything that this service keeps about the member, as JSON values."""
    account, sid = own_account()
    limits.exporting(account.id)
    return {
        "member": {
            "id": account.id,
            "nickname": account.nickname,
            "email": account.email,
            "role": account.role,
            "avatar": sessions.avatar_path(account.avatar),
            "language": account.language,
            "created_at": i18n.iso(account.created_at),
            "verified_at": i18n.iso(account.verified_at),
        },
        "sessions": [
            {
                "current": device.id == sid,
                "user_agent": device.user_agent,
                "created_at": i18n.iso(device.created_at),
                "last_used_at": i18n.iso(device.last_used_at),
            }
            for device in sessions.devices(account.id)
        ],
        "api": [
            {
                "name": row.name,
                "scopes": row.scopes.split(),
                "created_at": i18n.iso(row.created_at),
                "expires_at": i18n.iso(row.expires_at),
            }
            for row in reader().execute(
                select(ApiToken.name, ApiToken.scopes, ApiToken.created_at, ApiToken.expires_at)
                .where(ApiToken.member_id == account.id)
                .order_by(ApiToken.created_at)
            )
        ],
    }


def delete_account(password: str) -> None:
    """Leave: personal data goes, the id stays as an empty row, the nickname rests. Forbidden for staff, Invalid."""
    account, _sid = own_account()
    if account.role != "member":
        raise Forbidden("운영진 계정은 다른 관리자가 역할을 해제한 뒤에 탈퇴할 수 있어요")
    prove(account, password, "delete_password")
    current, avatar = session(), account.avatar
    letters.farewell(_reader(account))
    sessions.end_all(account.id)
    owned = select(LoginSession.id).where(LoginSession.member_id == account.id)
    current.execute(delete(RefreshToken).where(RefreshToken.session_id.in_(owned)))
    current.execute(delete(LoginSession).where(LoginSession.member_id == account.id))
    current.execute(delete(MailedLink).where(MailedLink.member_id == account.id))
    claims.rest(account.id)
    current.execute(
        update(Member)
        .where(Member.id == account.id)
        .values(
            nickname="",
            email=None,
            email_key=None,
            password_hash=None,
            avatar="",
            suspension_reason="",
            deleted_at=clock.naive_now(),
        )
    )
    revocations.revoke_all(account.id)
    events.record(current, "member.deleted", {"id": account.id})
    current.commit()
    security_log.record("account-deleted", account.id)
    avatars.remove(avatar)


def _reader(account: Member) -> letters.Reader:
    return letters.Reader(account.email or "", account.nickname, account.language)
