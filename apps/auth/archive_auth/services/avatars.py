"""Avatar pictures: whatever was uploaded becomes a small square WebP without metadata, or is refused."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from archive_auth.settings import settings
from archive_chassis import pictures
from archive_chassis.errors import Invalid

MAX_BYTES = 5 * 1024 * 1024
#: 24 megapixels, a phone's photograph.
MAX_PIXELS = 24_000_000
SIZE = 256
QUALITY = 84
_NAME = re.compile(r"[A-Za-z0-9_-]{22}\.webp")

NOT_A_PICTURE = "JPEG, PNG, WebP, GIF 사진만 올릴 수 있어요"
TOO_LARGE = "사진은 5MB, 2400만 화소까지 올릴 수 있어요"


def folder() -> Path:
    return settings().folder / "avatars"


def store(data: bytes) -> str:
    """Write the picture in its final form; returns the file's name. Invalid (field `avatar`)."""
    try:
        picture = pictures.square(data, pictures.Limits(MAX_BYTES, MAX_PIXELS), SIZE)
    except pictures.TooLarge:
        raise Invalid({"avatar": TOO_LARGE}) from None
    except pictures.NotAPicture:
        raise Invalid({"avatar": NOT_A_PICTURE}) from None
    name = secrets.token_urlsafe(16) + ".webp"
    target = folder()
    target.mkdir(parents=True, exist_ok=True)
    part = target / f".{name}.part"
    part.write_bytes(pictures.as_webp(picture, QUALITY))
    part.rename(target / name)
    return name


def remove(name: str) -> None:
    """Delete a file that no member uses any more; "" is none."""
    if is_name(name):
        (folder() / name).unlink(missing_ok=True)


def is_name(name: str) -> bool:
    """Whether a file of `store` could be called so."""
    return _NAME.fullmatch(name) is not None
