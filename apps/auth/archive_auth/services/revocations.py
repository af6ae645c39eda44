"""Ending API tokens before their time: the row goes, and an event tells the services that would believe the token."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from archive_auth.models import ApiToken
from archive_auth.statements import affected
from archive_chassis import events, i18n
from archive_chassis.database import session


def revoke(member_id: int, jti: str) -> bool:
    """Revoke one token of this member, in the current transaction; whether there was such a token."""
    own = (ApiToken.jti == jti, ApiToken.member_id == member_id)
    expires = session().execute(select(ApiToken.expires_at).where(*own)).scalar_one_or_none()
    if expires is None or not affected(delete(ApiToken).where(*own)):
        return False
    _tell(member_id, jti, expires)
    return True


def revoke_all(member_id: int) -> None:
    """Revoke every token of a member, in the current transaction, which has locked the member's row; it commits.

    The row is what `api_tokens.make` locks too: so none is made that this does not see.
    """
    query = select(ApiToken.jti).where(ApiToken.member_id == member_id)
    for jti in session().execute(query).scalars().all():
        revoke(member_id, jti)


def _tell(member_id: int, jti: str, expires: datetime) -> None:
    events.record(session(), "api_token.revoked", {"jti": jti, "id": member_id, "expires": i18n.iso(expires)})
