"""Taking and giving up nicknames. The primary key of `nickname_claim` decides who was first."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError

from archive_auth.models import NicknameClaim
from archive_auth.services.nicknames import TAKEN, skeleton
from archive_auth.statements import affected
from archive_chassis import clock
from archive_chassis.database import session
from archive_chassis.errors import Invalid

#: A nickname just given up stays closed for a while: nobody can step into somebody else's conversations.
REST = timedelta(days=30)


def take(
    nickname: str, *, member_id: int | None = None, registration_id: int | None = None, until: datetime | None = None
) -> None:
    """Claim a nickname. Invalid (field `nickname`) when one that looks the same is claimed."""
    key = skeleton(nickname)
    current = session()
    current.execute(delete(NicknameClaim).where(NicknameClaim.key == key, NicknameClaim.until < clock.naive_now()))
    claim = {"key": key, "member_id": member_id, "registration_id": registration_id, "until": until}
    try:
        current.execute(insert(NicknameClaim).values(claim))
    except IntegrityError:
        current.rollback()
        raise Invalid({"nickname": TAKEN}) from None


def hand_over(registration_id: int, member_id: int) -> bool:
    """A registration's claim becomes the member's; False when it has lapsed."""
    return bool(
        affected(
            update(NicknameClaim)
            .where(NicknameClaim.registration_id == registration_id)
            .values(member_id=member_id, registration_id=None, until=None)
        )
    )


def rest(member_id: int) -> None:
    """The member gives the nickname up; it stays closed for REST."""
    session().execute(
        update(NicknameClaim)
        .where(NicknameClaim.member_id == member_id)
        .values(member_id=None, until=clock.naive_now() + REST)
    )


def replace(member_id: int, old: str, new: str) -> None:
    """Change a member's nickname. Invalid (field `nickname`) when it is taken, or was just given up by somebody."""
    if skeleton(old) == skeleton(new):
        return  # only case or an underscore changes: the claim stays
    rest(member_id)
    take(new, member_id=member_id)


def release(registration_id: int) -> None:
    """Open a registration's nickname again at once."""
    session().execute(delete(NicknameClaim).where(NicknameClaim.registration_id == registration_id))
