"""Looking after members: list, suspend, lift, roles. Each change is audited in its own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update

from archive_auth.models import ROLES, Member, NicknameClaim
from archive_auth.services import accounts, audit, emails, letters, nicknames, revocations, sessions
from archive_auth.statements import affected
from archive_chassis import clock, events, i18n, pagination
from archive_chassis.database import reader, session
from archive_chassis.errors import Forbidden, Gone, Invalid, NotFound

PAGE = 40
#: What a moderator may choose from; None is for good.
TERMS: Mapping[str, timedelta | None] = {
    "1": timedelta(days=1),
    "3": timedelta(days=3),
    "7": timedelta(days=7),
    "30": timedelta(days=30),
    "365": timedelta(days=365),
    "forever": None,
}
MAX_REASON = 500
_RANK = {role: rank for rank, role in enumerate(ROLES)}


def staff(role: str = "moderator") -> Member:
    """Who is asking, from the database: a role taken away is gone at once. Unauthenticated, Forbidden."""
    account, _sid = accounts.own_account()
    if _RANK[account.role] < _RANK[role]:
        raise Forbidden
    return account


_LISTED = select(
    Member.id,
    Member.nickname,
    Member.email,
    Member.avatar,
    Member.role,
    Member.created_at,
    Member.suspended_at,
    Member.suspended_until,
).where(Member.deleted_at.is_(None))


def listed(search: str, cursor: str | None) -> pagination.Page[Any]:
    """Members, the newest first; `search` is the beginning of a nickname."""
    staff()
    query = _LISTED
    if search:
        query = query.join(NicknameClaim, NicknameClaim.member_id == Member.id).where(
            NicknameClaim.key.startswith(nicknames.skeleton(search), autoescape=True)
        )
    return _page(query, cursor)


def with_address(search: str) -> pagination.Page[Any]:
    """The newest PAGE members whose e-mail address begins with `search`, for admins alone. Forbidden."""
    if staff().role != "admin":
        raise Forbidden("이메일로 찾기는 관리자만 할 수 있어요")
    return _page(_LISTED.where(Member.email_key.startswith(emails.key(search), autoescape=True)), None)


def _page(query: Select[*tuple[Any, ...]], cursor: str | None) -> pagination.Page[Any]:
    position = pagination.Cursor.decode(cursor, columns=1)
    keys: list[Any] = [Member.id]
    rows = reader().execute(pagination.paged(query, keys, position, PAGE)).all()
    return pagination.page(rows, ["id"], position, PAGE)


def look(member_id: int) -> Member:
    """A member as the staff sees them. NotFound, Gone."""
    staff()
    return _existing(member_id)


def _existing(member_id: int) -> Member:
    member = session().get(Member, member_id)
    if member is None:
        raise NotFound("없는 회원이에요")
    if member.deleted_at is not None:
        raise Gone("탈퇴한 회원이에요")
    return member


def suspend(member_id: int, term: str, reason: str) -> None:
    """Keep a member out for a term of TERMS. Ends their log-ins and API tokens. Forbidden, Invalid, NotFound, Gone."""
    actor = staff()
    if term not in TERMS:
        raise Invalid({"term": "정지 기간을 골라 주세요"})
    if not reason or len(reason) > MAX_REASON:
        raise Invalid({"reason": "정지 사유를 500자 안으로 적어 주세요"})
    now, length = clock.naive_now(), TERMS[term]
    until = now + length if length else None
    member = _lock(actor, member_id)
    member.suspended_at, member.suspended_until, member.suspension_reason = now, until, reason
    sessions.end_all(member_id)
    revocations.revoke_all(member_id)
    audit.record(actor.id, "suspend", member_id, until=_iso(until), reason=reason)
    events.record(session(), "member.suspended", {"id": member_id, "until": _iso(until)})
    if member.email:
        letters.suspended(letters.Reader(member.email, member.nickname, member.language), reason)
    session().commit()


def lift(member_id: int) -> None:
    """End a suspension; nothing happens when there is none. Forbidden, NotFound, Gone."""
    actor = staff()
    member = _lock(actor, member_id)
    if member.suspended_at is None:
        return
    member.suspended_at, member.suspended_until, member.suspension_reason = None, None, ""
    audit.record(actor.id, "lift", member_id)
    events.record(session(), "member.reinstated", {"id": member_id})
    session().commit()


def change_role(member_id: int, role: str) -> None:
    """Admins only, and never their own: so one admin always remains. Forbidden, Invalid, NotFound, Gone."""
    actor = staff("admin")
    if role not in ROLES:
        raise Invalid({"role": "역할을 골라 주세요"})
    member = _lock(actor, member_id)
    if member.role == role:
        return
    audit.record(actor.id, "role", member_id, before=member.role, after=role)
    member.role = role
    sessions.end_all(member_id)  # the tokens that name the old role must not be renewed from an open page
    events.record(session(), "member.role_changed", {"id": member_id, "role": role})
    session().commit()


def _lock(actor: Member, subject_id: int) -> Member:
    """The subject's row, locked together with the actor's (in the order of ids: two admins at once wait, not deadlock).

    Forbidden for oneself, for anybody of the same rank or above (an admin may act on admins), and for an actor who has
    lost the role a moment ago.
    """
    if subject_id == actor.id:
        raise Forbidden("자신에게는 할 수 없어요")
    subject = _existing(subject_id)
    if actor.role != "admin" and _RANK[subject.role] >= _RANK[actor.role]:
        raise Forbidden("운영진에게는 관리자만 할 수 있어요")
    expected = {actor.id: actor.role, subject.id: subject.role}
    for member_id in sorted(expected):
        same = affected(
            update(Member)
            .where(Member.id == member_id, Member.role == expected[member_id], Member.deleted_at.is_(None))
            .values(role=Member.role)
        )
        if not same:
            raise Forbidden("그사이 역할이 바뀌었어요. 페이지를 새로 고쳐 주세요")
    session().refresh(subject)
    return subject


def _iso(at: datetime | None) -> str | None:
    return i18n.iso(at) if at else None
