"""Avatar pictures: made small and anonymous, or refused."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image
from tests.apps.auth.site import Site
from werkzeug.test import TestResponse

from archive_auth.services import avatars
from archive_chassis.testing import Client


def picture(kind: str, size: tuple[int, int] = (600, 300), mode: str = "RGB") -> bytes:
    """A picture whose left third is red and whose middle is blue."""
    image = Image.new(mode, size, "red")
    image.paste(Image.new(mode, (size[0] // 2, size[1]), "blue"), (size[0] // 4, 0))
    made = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "a camera that must not be told"
    image.save(made, kind, **({"exif": exif} if kind in ("JPEG", "WEBP") else {}))
    return made.getvalue()


def upload(client: Client, data: bytes, name: str = "me.png") -> TestResponse:
    return client.post("/auth/me/avatar", data={"avatar": (BytesIO(data), name)}, content_type="multipart/form-data")


def shown(site: Site) -> str:
    return site.events("member.renamed")[-1]["avatar"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_becomes_a_square_webp_without_metadata(lite: Site, kind: str) -> None:
    client = lite.join()
    assert upload(client, picture(kind), "../../evil.php").status_code == 303
    path = shown(lite)
    answer = lite.visitor().get(path)
    assert answer.content_type == "image/webp"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert b"camera" not in answer.data
    with Image.open(BytesIO(answer.data)) as stored:
        assert (stored.format, stored.size, stored.info.get("exif")) == ("WEBP", (256, 256), None)
        red, _green, blue = stored.convert("RGB").getpixel((128, 128))  # type: ignore[misc]
        assert blue > 200 > 60 > red  # the middle was kept
    assert path in client.get("/auth/me").text


def test_a_new_picture_replaces_the_file_and_removing_it_leaves_none(lite: Site) -> None:
    client = lite.join()
    upload(client, picture("PNG"))
    first = shown(lite)
    upload(client, picture("JPEG"))
    assert shown(lite) != first
    assert lite.visitor().get(first).status_code == 404
    assert client.post("/auth/me/avatar/remove").status_code == 303
    assert shown(lite) == ""
    with lite.app.app_context():
        assert list(avatars.folder().iterdir()) == []


def test_transparency_is_kept(lite: Site) -> None:
    client = lite.join()
    made = BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(made, "PNG")
    upload(client, made.getvalue())
    with Image.open(BytesIO(lite.visitor().get(shown(lite)).data)) as stored:
        assert stored.convert("RGBA").getpixel((20, 20))[3] == 0  # type: ignore[index]


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 60,000 pixels square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", avatars.NOT_A_PICTURE),
        (SVG, avatars.NOT_A_PICTURE),
        (b"\x89PNG\r\n\x1a\nand no more", avatars.NOT_A_PICTURE),
        (picture("PNG")[:200], avatars.NOT_A_PICTURE),
        (picture("BMP"), avatars.NOT_A_PICTURE),
        (bomb(), avatars.TOO_LARGE),
        (picture("PNG", (6000, 4001)), avatars.TOO_LARGE),
        (b"x" * (avatars.MAX_BYTES + 1), avatars.TOO_LARGE),
    ],
    ids=["nothing", "svg", "cut", "truncated", "bmp", "bomb", "pixels", "bytes"],
)
def test_what_is_no_picture_or_too_large_is_refused(lite: Site, data: bytes, why: str) -> None:
    client = lite.join()
    answer = upload(client, data)
    assert answer.status_code == 422
    assert why in answer.text
    assert lite.member("새벽토끼").avatar == ""


@pytest.mark.parametrize("name", ["../../auth.sqlite3", "x.webp", "a" * 22 + ".png", "%2e%2e%2fauth.sqlite3"])
def test_only_avatars_are_served(lite: Site, name: str) -> None:
    assert lite.visitor().get(f"/auth/avatars/{name}").status_code == 404
