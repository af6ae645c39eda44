"""Pictures that members bring: whatever it was becomes a small WebP without metadata, or is refused.

The type is found from the content, never from a name or a header. Only pixels pass: of the bytes that came, of EXIF
(with the place a photograph was taken at), of comments and colour profiles nothing is kept.

PictureError
├── NotAPicture  no JPEG, PNG, WebP or GIF, or a broken one
└── TooLarge     more bytes or pixels than allowed
    └── TooHeavy few enough, but decoding them would take more memory than allowed
"""

from __future__ import annotations

import fcntl
import os
import struct
import warnings
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

#: How much larger than asked for a JPEG is decoded before it is scaled, and others are averaged to: it looks as good.
GAP = 1.5
QUALITY = 82

#: What decoders raise at broken data, each its own.
_BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, OverflowError)
_BROKEN_TOO = (struct.error, zlib.error, KeyError, TypeError)

_SRGB: Any = cast("Any", ImageCms).createProfile("sRGB")
#: Modes that are scaled as they are; others have no pixels to average, such as numbers in a palette.
_SCALABLE = ("L", "LA", "RGB", "RGBA", "CMYK")

Size = tuple[int, int]


class PictureError(Exception):
    """A picture is refused."""


class NotAPicture(PictureError):
    """No picture of a kind that we take, or a broken one."""


class TooLarge(PictureError):
    """Too many bytes or pixels."""


class TooHeavy(TooLarge):
    """Too much memory for this kind of picture."""


@dataclass(frozen=True)
class Limits:
    """The most that is decoded: bytes of the file, pixels of the picture, bytes of memory while it is decoded.

    Memory has a limit of its own because a picture of the same size takes two to twenty bytes for each pixel, depending
    on its kind, and some of a few kilobytes take the most. The one here lets a plain screen of 7680 by 4320 pass.
    """

    bytes: int
    pixels: int
    memory: int = 160 * 1024 * 1024


def within(data: bytes, limits: Limits, longest: int) -> Image.Image:
    """The whole picture, upright, its long side at most `longest` pixels; never enlarged. Raises PictureError."""

    def enough(size: Size) -> Size:
        scale = min(1.0, longest * GAP / max(size))
        return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))

    return _decoded(data, limits, enough, lambda picture: smaller(picture, longest))


def square(data: bytes, limits: Limits, side: int) -> Image.Image:
    """The middle of the picture, upright, `side` pixels square. Raises PictureError."""
    enough = (int(side * GAP), int(side * GAP))
    return _decoded(
        data, limits, lambda _size: enough, lambda found: ImageOps.fit(found, (side, side), Image.Resampling.LANCZOS)
    )


def smaller(picture: Image.Image, longest: int) -> Image.Image:
    """The picture, scaled down if its long side is longer than `longest`; the one given may be changed."""
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=GAP)
    return picture


def as_webp(picture: Image.Image, quality: int = QUALITY) -> bytes:
    """A file of nothing but these pixels."""
    made = BytesIO()
    picture.save(made, "WEBP", quality=quality, method=4, exif=b"", xmp=b"", icc_profile=b"")
    return made.getvalue()


def _decoded(
    data: bytes, limits: Limits, enough: Callable[[Size], Size], shrink: Callable[[Image.Image], Image.Image]
) -> Image.Image:
    """The first picture in `data` as RGB or RGBA. It is shrunk first, so that everything else is done to few pixels.

    `enough` says of a size how small a JPEG may be decoded: at a half, a quarter or an eighth where that suffices.
    """
    if len(data) > limits.bytes:
        raise TooLarge
    try:
        with warnings.catch_warnings(), _one_at_a_time():
            warnings.simplefilter("ignore", UserWarning)  # about broken notes, which are left aside
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=FORMATS) as opened:
                _require_bearable(opened, limits, enough)
                profile = opened.info.get("icc_profile")
                return _in_srgb(_upright(shrink(_scalable(opened))), profile)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooLarge from None
    except MemoryError:
        raise TooHeavy from None
    except (*_BROKEN, *_BROKEN_TOO):
        raise NotAPicture from None


def _require_bearable(opened: Image.Image, limits: Limits, enough: Callable[[Size], Size]) -> None:
    """Before a pixel is decoded. A JPEG is told here how small it may be."""
    if opened.width * opened.height > limits.pixels:
        raise TooLarge
    if _memory(opened, enough) > limits.memory:
        raise TooHeavy


def _memory(opened: Image.Image, enough: Callable[[Size], Size]) -> int:
    """About how many bytes decoding and shrinking take at their worst, as measured with Pillow 13."""
    pixels = opened.width * opened.height
    if opened.format in ("JPEG", "MPO"):
        # A progressive one is kept whole, as two bytes of coefficients for each pixel of each colour.
        coefficients = 2 * len(opened.getbands()) * pixels if opened.info.get("progressive") else 0
        opened.draft(None, enough(opened.size))
        return coefficients + 5 * opened.width * opened.height
    if opened.format == "WEBP":
        return (20 if opened.has_transparency_data else 16) * pixels  # two canvases, what is read of them, the picture
    if opened.mode in _SCALABLE and not opened.has_transparency_data:
        return 5 * pixels
    return 10 * pixels  # as it is, and again with its transparency multiplied in


def _scalable(opened: Image.Image) -> Image.Image:
    if opened.mode in _SCALABLE:
        return opened
    if opened.mode.startswith("I"):  # 16 bits of grey: to convert it would cut off all that is lighter than 255
        return cast("Any", opened.convert("I")).point(_eight_bits).convert("L")
    return opened.convert("RGBA" if opened.has_transparency_data else "RGB")


def _eight_bits(level: Any) -> Any:
    """Of sixteen. Pillow calls it with a number that notes what is done to it, and does that to every pixel."""
    return level / 257


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera was held. Where the note of that is broken, the picture is as it is."""
    with suppress(*_BROKEN, *_BROKEN_TOO):
        return ImageOps.exif_transpose(picture)
    return picture


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """In the colours that every screen shows. A profile that is broken, or is about other colours, is left aside."""
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if profile:
        with suppress(ImageCms.PyCMSError, *_BROKEN, *_BROKEN_TOO):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, _SRGB, outputMode=mode)
            if converted is not None:
                return converted
    return picture.convert(mode)


@contextmanager
def _one_at_a_time() -> Generator[None]:
    """One picture is decoded at a time, whichever process of the machine does it: else their memory would add up.

    The lock is on this very file, which is there wherever the code runs and need not be writable.
    """
    file = os.open(__file__, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
