"""Avatar pictures: whatever was uploaded becomes a small square WebP without metadata, or is refused."""

from __future__ import annotations

import re
import secrets
import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from archive_auth.settings import settings
from archive_chassis.errors import Invalid

MAX_BYTES = 5 * 1024 * 1024
#: 24 megapixels, a phone's photograph. Decoding it takes about 100 MB; a larger one may be a decompression bomb.
MAX_PIXELS = 24_000_000
SIZE = 256
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_NAME = re.compile(r"[A-Za-z0-9_-]{22}\.webp")

NOT_A_PICTURE = "JPEG, PNG, WebP, GIF 사진만 올릴 수 있어요"
TOO_LARGE = "사진은 5MB, 2400만 화소까지 올릴 수 있어요"


def folder() -> Path:
    return settings().folder / "avatars"


def store(data: bytes) -> str:
    """Write the picture in its final form; returns the file's name. Invalid (field `avatar`)."""
    picture = _square(data)
    name = secrets.token_urlsafe(16) + ".webp"
    target = folder()
    target.mkdir(parents=True, exist_ok=True)
    part = target / f".{name}.part"
    picture.save(part, "WEBP", quality=84, method=4)
    part.rename(target / name)
    return name


def _square(data: bytes) -> Image.Image:
    """The middle of the picture, SIZE pixels square, upright. The type is found from the content, never the name."""
    if len(data) > MAX_BYTES:
        raise Invalid({"avatar": TOO_LARGE})
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(data), formats=FORMATS) as opened:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if opened.width * opened.height > MAX_PIXELS:
                raise Invalid({"avatar": TOO_LARGE})
            opened.draft("RGB", (SIZE * 2, SIZE * 2))  # a JPEG is decoded at an eighth of its size where that is enough
            upright = ImageOps.exif_transpose(opened)
            flat = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            return ImageOps.fit(flat, (SIZE, SIZE), Image.Resampling.LANCZOS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid({"avatar": TOO_LARGE}) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise Invalid({"avatar": NOT_A_PICTURE}) from None


def remove(name: str) -> None:
    """Delete a file that no member uses any more; "" is none."""
    if is_name(name):
        (folder() / name).unlink(missing_ok=True)


def is_name(name: str) -> bool:
    """Whether a file of `store` could be called so."""
    return _NAME.fullmatch(name) is not None
