"""Everybody who is or was a member, by what auth's feed says from its beginning: for mentions, names and profiles.

`consume` follows the same feed for the names on posts, and passed over registrations until this directory was made. So
the directory reads the feed anew: its place in it begins at 0 and is its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel
from sqlalchemy import delete, insert, select, true, update
from sqlalchemy.orm import Session

from archive_chassis import Consumer
from archive_chassis.database import reader
from archive_chassis.errors import Gone, NotFound
from archive_chassis.service import Event
from archive_home.event_data import cut, moment, parse
from archive_home.notifications.tables import notification, notification_setting
from archive_home.tables import directory_member, member_visit

#: What `event_offset` calls the directory's place in auth's feed.
READING = "auth directory"
#: Characters of a nickname: auth's rule.
SHORTEST, LONGEST = 2, 16


class _Registered(BaseModel):
    """The data of `member.registered` and `member.renamed`."""

    id: int
    nickname: Annotated[str, cut(64)]
    avatar: Annotated[str, cut(300)] = ""


class _Role(BaseModel):
    id: int
    role: Annotated[str, cut(16)]


class _Reference(BaseModel):
    id: int


def member_event(current: Session, event: Event) -> None:
    """Apply one of auth's events; what the directory does not keep is passed over."""
    match event.type:
        case "member.registered" | "member.renamed":
            member = parse(_Registered, READING, event)
            if member is not None:
                _enter(current, member.id, _named(member) | _joined(event))
        case "member.role_changed":
            given = parse(_Role, READING, event)
            if given is not None:
                _enter(current, given.id, {"role": given.role})
        case "member.deleted":
            left = parse(_Reference, READING, event)
            if left is not None:
                _enter(current, left.id, {"nickname": "", "name_key": None, "avatar": "", "gone": True})
                _forget(current, left.id)
        case _:
            pass


#: Auth's feed from its beginning.
consumer = Consumer("auth", member_event, own_place=READING)


def _named(member: _Registered) -> dict[str, Any]:
    return {"nickname": member.nickname, "name_key": name_key(member.nickname), "avatar": member.avatar}


def _joined(event: Event) -> dict[str, datetime]:
    return {"joined_at": moment(event)} if event.type == "member.registered" else {}


def _enter(current: Session, member_id: int, values: dict[str, Any]) -> None:
    """Write down what is known of a member now. Nothing that arrives late brings a closed account back."""
    this_member = directory_member.c.id == member_id
    # Only this consumer writes here, and its offset's row is locked: nobody inserts between the look and the insert.
    known = current.execute(select(directory_member.c.gone).where(this_member)).one_or_none()
    if known is None:
        current.execute(insert(directory_member).values(_UNKNOWN | values | {"id": member_id}))
    elif not known.gone:
        current.execute(update(directory_member).where(this_member).values(values))


_UNKNOWN: dict[str, Any] = {
    "nickname": "",
    "name_key": None,
    "avatar": "",
    "role": "member",
    "joined_at": None,
    "gone": False,
}


def _forget(current: Session, member_id: int) -> None:
    """Drop what home keeps for a member who has left."""
    for table in (notification, notification_setting, member_visit):
        current.execute(delete(table).where(table.c.member_id == member_id))


def name_key(nickname: str) -> str:
    """What a nickname is looked for by: as auth does, without regard to case."""
    return unicodedata.normalize("NFC", nickname).casefold()[:64]


def called(current: Session, words: Iterable[str]) -> list[int]:
    """The members whom the words after an @ call, each once.

    A word may carry more than a nickname: "새벽토끼님이" calls 새벽토끼, unless somebody is called 새벽토끼님.
    """
    candidates = [_beginnings(word) for word in words]
    wanted = {name for names in candidates for name in names}
    if not wanted:
        return []
    found = select(directory_member.c.name_key, directory_member.c.id).where(directory_member.c.name_key.in_(wanted))
    members: dict[str, int] = {row.name_key: row.id for row in current.execute(found)}
    longest = (next((members[name] for name in names if name in members), None) for names in candidates)
    return list(dict.fromkeys(member for member in longest if member is not None))


def _beginnings(word: str) -> Sequence[str]:
    """The nicknames that a word may begin with, the longest first. What follows one is a particle, so it is Hangul."""
    text = name_key(word)
    lengths = range(min(len(text), LONGEST), SHORTEST - 1, -1)
    return [text[:length] for length in lengths if length == len(text) or "가" <= text[length] <= "힣"]


def gone_among(current: Session, members: Iterable[int]) -> set[int]:
    """Those of the members (by id) who have left."""
    query = select(directory_member.c.id).where(directory_member.c.id.in_(members), directory_member.c.gone == true())
    return set(current.execute(query).scalars())


def find(member_id: int) -> Any:
    """What everybody may know of a member: id, nickname, avatar, role, joined_at. NotFound, Gone."""
    row = reader().execute(select(directory_member).where(directory_member.c.id == member_id)).one_or_none()
    if row is not None and row.gone:
        raise Gone("탈퇴한 회원이에요")
    if row is None or not row.nickname:
        raise NotFound("없는 회원이에요")
    return row
