"""The background job that forgets what has expired."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from archive_auth.models import ApiToken, LoginSession, MailedLink, NicknameClaim, RefreshToken, Registration
from archive_chassis import clock, ratelimit
from archive_chassis.database import session

#: An ended log-in stays a day, so that a stolen token shown just afterwards is still recognised in the log.
ENDED = timedelta(days=1)


def forget_expired() -> None:
    """Delete expired claims, registrations, links, tokens, log-ins and rate-limit counters."""
    now, current = clock.naive_now(), session()
    current.execute(delete(NicknameClaim).where(NicknameClaim.until < now))
    current.execute(delete(Registration).where(Registration.expires_at < now))
    current.execute(delete(MailedLink).where(MailedLink.expires_at < now))
    current.execute(delete(ApiToken).where(ApiToken.expires_at < now))
    current.execute(delete(RefreshToken).where(RefreshToken.expires_at < now))
    over = select(LoginSession.id).where(
        (LoginSession.expires_at < now - ENDED) | (LoginSession.revoked_at < now - ENDED)
    )
    current.execute(delete(RefreshToken).where(RefreshToken.session_id.in_(over)))
    current.execute(
        delete(LoginSession).where((LoginSession.expires_at < now - ENDED) | (LoginSession.revoked_at < now - ENDED))
    )
    current.commit()
    ratelimit.forget_expired()
