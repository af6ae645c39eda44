"""A file that a member sends becomes a picture with a name that nobody can guess, or is refused."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, insert, select

from archive_boards import limits
from archive_boards.board import Board
from archive_boards.images.storing import store
from archive_boards.images.usage import small
from archive_boards.writers import Writer
from archive_chassis import clock, pictures
from archive_chassis.database import reader, session
from archive_chassis.errors import Invalid

FIELD = "picture"

LIMITS = pictures.Limits(bytes=10 * 1024 * 1024, pixels=40_000_000)
LONGEST, LONGEST_SMALL = 1600, 480
QUALITY_SMALL = 76
#: All pictures of one member on this board, as they are kept.
ROOM_BYTES = 500 * 1024 * 1024

NOTHING = "올릴 사진을 골라 주세요"
NOT_A_PICTURE = "JPEG, PNG, WebP, GIF 사진만 올릴 수 있어요"
TOO_LARGE = "사진은 10MB, 4000만 화소까지 올릴 수 있어요"
TOO_HEAVY = "이 형식으로는 너무 큰 사진이에요. 크기를 줄이거나 JPEG로 바꿔서 올려 주세요"
NO_ROOM = "한 사람이 올릴 수 있는 사진은 모두 500MB예요. 쓰지 않은 사진은 이틀 뒤에 지워져요"


@dataclass(frozen=True)
class Picture:
    """A picture that was uploaded; `path` and `thumbnail` are addresses below the site's root."""

    path: str
    thumbnail: str
    width: int
    height: int


def upload(board: Board, writer: Writer, data: bytes) -> Picture:
    """Keep a picture and a small one of it. Invalid (field `picture`), RateLimited, Unavailable.

    The row is committed before there is a file: whatever fails after that leaves a row that nothing uses, by which
    `forgetting` finds what may be there of the files. Two uploads at once may pass the member's room by one picture.
    """
    if not data:
        raise Invalid({FIELD: NOTHING})
    limits.spend("picture", writer)
    _require_room(board, writer)
    large, little, width, height = _prepared(data)
    name = secrets.token_urlsafe(16) + ".webp"
    current = session()
    current.execute(
        insert(board.tables.image).values(
            name=name,
            member_id=writer.id,
            width=width,
            height=height,
            bytes=len(large) + len(little),
            at=clock.naive_now(),
            used=False,
        )
    )
    current.commit()
    store().put(small(name), little)
    store().put(name, large)
    start = f"{current_app.extensions['archive_settings'].path}/images/"
    return Picture(start + name, start + small(name), width, height)


def _require_room(board: Board, writer: Writer) -> None:
    t = board.tables.image
    kept = select(func.coalesce(func.sum(t.c.bytes), 0)).where(t.c.member_id == writer.id)
    if reader().execute(kept).scalar_one() >= ROOM_BYTES:
        raise Invalid({FIELD: NO_ROOM})


def _prepared(data: bytes) -> tuple[bytes, bytes, int, int]:
    """The file, that of the small picture, and the width and height of the large one."""
    try:
        picture = pictures.within(data, LIMITS, LONGEST)
    except pictures.TooHeavy:
        raise Invalid({FIELD: TOO_HEAVY}) from None
    except pictures.TooLarge:
        raise Invalid({FIELD: TOO_LARGE}) from None
    except pictures.NotAPicture:
        raise Invalid({FIELD: NOT_A_PICTURE}) from None
    width, height = picture.size
    large = pictures.as_webp(picture)
    return large, pictures.as_webp(pictures.smaller(picture, LONGEST_SMALL), QUALITY_SMALL), width, height
