"""Pictures in posts: uploaded, shown, counted as used, and forgotten when nothing shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from tests.apps.boards.site import OTHER, WRITER, Site
from werkzeug.test import TestResponse

from archive_boards import images, limits, saved_drafts
from archive_boards.images import forgetting, storing, uploading
from archive_boards.images.usage import small
from archive_chassis import clock, csrf
from archive_chassis.errors import Unavailable
from archive_chassis.testing import Client

JSON = {"Accept": "application/json"}


def jpeg(size: tuple[int, int] = (2000, 1000), name: str = "red") -> bytes:
    made = BytesIO()
    Image.new("RGB", size, name).save(made, "JPEG")
    return made.getvalue()


def send(
    client: Client, data: bytes | None = None, headers: dict[str, str] = JSON, board: str = "guides"
) -> TestResponse:
    form = {"picture": (BytesIO(jpeg() if data is None else data), "../../evil.html", "text/html")}
    return client.post(f"/{board}/images", data=form, content_type="multipart/form-data", headers=headers)


def uploaded(client: Client, board: str = "guides") -> str:
    """The address of a new picture."""
    answer = send(client, board=board)
    assert answer.status_code == 201, answer.text
    return answer.json["url"]


def name_of(address: str) -> str:
    return address.rsplit("/", 1)[1]


def rows(site: Site) -> dict[str, Any]:
    t = site.board.tables.image
    with site.database() as store, store.engine.connect() as connection:
        return {row.name: row for row in connection.execute(select(t))}


def files(site: Site) -> set[str]:
    return {path.name for path in (site.settings.folder / "images").rglob("*") if path.is_file()}


def forget(site: Site, later: timedelta = forgetting.KEPT + timedelta(minutes=1)) -> int:
    """The background process' job, some time from now."""
    with clock.moved(later), site.app.app_context():
        return forgetting.forget_unused(site.board)


class TestUpload:
    def test_a_script_is_told_where_the_picture_is(self, guides: Site) -> None:
        answer = send(guides.member())
        assert answer.status_code == 201
        assert answer.json == {
            "url": answer.json["url"],
            "thumbnail": small(answer.json["url"]),
            "width": 1600,
            "height": 800,
        }
        assert re.fullmatch(r"/guides/images/[A-Za-z0-9_-]{22}\.webp", answer.json["url"])
        (row,) = rows(guides).values()
        assert (row.member_id, row.width, row.height, row.used) == (WRITER, 1600, 800, False)
        name = name_of(answer.json["url"])
        assert files(guides) == {name, small(name)}
        kept = guides.settings.folder / "images" / name[:2]
        assert row.bytes == sum((kept / each).stat().st_size for each in (name, small(name)))

    def test_a_person_without_a_script_gets_a_line_to_paste(self, lite: Site) -> None:
        client = lite.member()
        assert "사진 올리기" in client.get("/guides/images").text
        page = send(client, headers={})
        assert page.status_code == 201
        (name,) = rows(lite)
        assert f"![사진](/guides/images/{name})" in page.text
        refused = send(client, b"no picture", headers={})
        assert refused.status_code == 422
        assert uploading.NOT_A_PICTURE in refused.text

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"", uploading.NOTHING),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", uploading.NOT_A_PICTURE),
            (b"GIF89a=1;/*<script>alert(1)</script>*/", uploading.NOT_A_PICTURE),
            (jpeg()[:800], uploading.NOT_A_PICTURE),
            (b"\xff\xd8\xff" + b"\0" * (uploading.LIMITS.bytes), uploading.TOO_LARGE),
        ],
        ids=["nothing", "svg", "page", "half", "bytes"],
    )
    def test_what_is_no_picture_leaves_nothing(self, lite: Site, data: bytes, why: str) -> None:
        answer = send(lite.member(), data)
        assert answer.status_code == 422
        assert answer.get_json(force=True)["errors"] == {"picture": why}
        assert rows(lite) == {}
        assert files(lite) == set()

    def test_a_picture_that_takes_too_much_memory(self, lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploading, "LIMITS", uploading.pictures.Limits(10_000_000, 10_000_000, memory=1_000_000))
        made = BytesIO()
        Image.new("RGB", (1200, 1200)).save(made, "JPEG", progressive=True)
        answer = send(lite.member(), made.getvalue())
        assert answer.get_json(force=True)["errors"] == {"picture": uploading.TOO_HEAVY}

    def test_the_place_of_a_photograph_is_not_kept(self, lite: Site) -> None:
        exif = Image.Exif()
        exif.get_ifd(0x8825)[0x001D] = "37.5665N126.9780E"
        made = BytesIO()
        Image.new("RGB", (300, 200)).save(made, "JPEG", exif=exif)
        assert b"37.5665N" in made.getvalue()
        answer = send(lite.member(), made.getvalue())
        for address in (answer.json["url"], answer.json["thumbnail"]):
            assert b"37.5665N" not in lite.visitor.get(address).data

    def test_a_name_that_is_taken_overwrites_nothing(self, guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploading.secrets, "token_urlsafe", lambda _bytes: "A" * 22)
        client = guides.member()
        address = uploaded(client)
        before = guides.visitor.get(address).data
        assert send(client, jpeg(name="blue")).status_code == 500
        assert guides.visitor.get(address).data == before
        assert len(rows(guides)) == 1


class TestWhoMay:
    def test_a_visitor_logs_in_first(self, lite: Site) -> None:
        assert send(lite.visitor, headers={}).location.startswith("/auth/login")
        assert send(lite.visitor).status_code == 401
        assert lite.visitor.get("/guides/images").location.startswith("/auth/login")

    def test_who_may_not_write_may_not_upload(self, lite: Site) -> None:
        assert send(lite.member(verified=False)).status_code == 403
        suspended = {"id": WRITER, "until": None}
        lite.consume(("member.suspended", suspended))
        assert send(lite.member()).status_code == 403
        lite.consume(("member.deleted", {"id": OTHER}))
        assert send(lite.member(OTHER)).status_code == 403
        assert rows(lite) == {}

    @pytest.mark.parametrize(
        "headers", [{csrf.HEADER: ""}, {csrf.HEADER: "forged"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
    )
    def test_a_forged_request_uploads_nothing(self, lite: Site, headers: dict[str, str]) -> None:
        assert send(lite.member(), headers=JSON | headers).status_code == 403
        assert rows(lite) == {}

    def test_members_may_on_a_board_of_editors_where_they_comment(self, make_site: Callable[[str], Site]) -> None:
        news = make_site("news")
        assert uploaded(news.member(), "news").startswith("/news/images/")

    def test_too_many_at_once(self, guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        few = limits.Limit(member=2, address=100, seconds=3600)
        monkeypatch.setattr(limits, "LIMITS", {**limits.LIMITS, "picture": few})
        client = guides.member()
        uploaded(client)
        uploaded(client)
        answer = send(client)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert len(rows(guides)) == 2
        uploaded(guides.member(OTHER))

    def test_there_is_room_for_so_many(self, guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        client = guides.member()
        uploaded(client)
        monkeypatch.setattr(uploading, "ROOM_BYTES", next(iter(rows(guides).values())).bytes)
        assert send(client).get_json(force=True)["errors"] == {"picture": uploading.NO_ROOM}
        uploaded(guides.member(OTHER))


class TestTheForm:
    """The form has a button that adds a picture, for browsers without a script."""

    def post(self, site: Site, client: Client, data: bytes, where: str = "write", **changes: str) -> TestResponse:
        form: dict[str, Any] = site.form(upload="1", **changes) | {"picture": (BytesIO(data), "a.jpg")}
        return client.post(f"/guides/{where}", data=form, content_type="multipart/form-data")

    def test_every_word_stays_and_the_picture_is_at_the_end(self, guides: Site) -> None:
        page = self.post(guides, guides.member(), jpeg(), title="긴 제목", body="첫 줄\n\n둘째 줄", tags="보스 초보")
        assert page.status_code == 200
        (name,) = rows(guides)
        assert f"첫 줄\n\n둘째 줄\n\n![사진](/guides/images/{name})\n</textarea>" in page.text
        assert 'value="긴 제목"' in page.text
        assert 'value="보스 초보"' in page.text
        assert guides.count("post") == 0

    @pytest.mark.parametrize("data", [b"", b"no picture"])
    def test_a_refused_picture_loses_no_word(self, lite: Site, data: bytes) -> None:
        page = self.post(lite, lite.member(), data, title="긴 제목", body="첫 줄")
        assert page.status_code == 422
        assert (uploading.NOT_A_PICTURE if data else uploading.NOTHING) in page.text
        assert 'value="긴 제목"' in page.text
        assert "\n첫 줄</textarea>" in page.text

    def test_neither_does_a_limit_or_a_store_that_fails(self, lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(_self: object, _name: str, _data: bytes) -> None:
            raise Unavailable("고장")

        client = lite.member()
        monkeypatch.setattr(storing.Folder, "put", broken)
        page = self.post(lite, client, jpeg(), body="첫 줄")
        assert (page.status_code, "고장" in page.text, "\n첫 줄</textarea>" in page.text) == (422, True, True)
        nothing = limits.Limit(member=0, address=0, seconds=3600)
        monkeypatch.setattr(limits, "LIMITS", {**limits.LIMITS, "picture": nothing})
        page = self.post(lite, client, jpeg(), body="첫 줄")
        assert (page.status_code, "너무 자주" in page.text, "\n첫 줄</textarea>" in page.text) == (422, True, True)

    def test_it_works_while_editing_and_keeps_the_revision_that_was_read(self, lite: Site) -> None:
        client = lite.member()
        post_id = lite.write(client)
        client.post(f"/guides/{post_id}/edit", data=lite.form(body="다른 창에서", revision="1"))
        for data, status in ((jpeg(), 200), (b"no picture", 422)):
            page = self.post(lite, client, data, f"{post_id}/edit", revision="1", body="이 창에서")
            assert page.status_code == status
            assert 'name="revision" value="1"' in page.text
            assert "이 창에서" in page.text
        assert "다른 창에서" in lite.visitor.get(f"/guides/{post_id}").text


class TestServing:
    def test_a_picture_is_webp_and_nothing_else(self, guides: Site) -> None:
        address = uploaded(guides.member())
        for path, size in ((address, (1600, 800)), (small(address), (480, 240))):
            answer = guides.visitor.get(path)
            assert answer.status_code == 200
            assert answer.content_type == "image/webp"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Set-Cookie" not in answer.headers
            with Image.open(BytesIO(answer.data)) as kept:
                assert (kept.format, kept.size) == ("WEBP", size)
            again = guides.visitor.get(path, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b"")

    @pytest.mark.parametrize(
        "name",
        [
            "A" * 22 + ".webp",
            "A" * 22 + "_s.webp",
            "A" * 22 + ".png",
            "A" * 21 + ".webp",
            "A" * 22 + "_l.webp",
            "A" * 22 + ".webp/",
            "A" * 22 + ".webp%00.html",
            "A" * 22 + ".webp%0a",
            "../guides.sqlite3",
            "..%2f..%2fguides.sqlite3",
            "%2e%2e/%2e%2e/guides.sqlite3",
            "....//guides.sqlite3",
            "/etc/passwd",
            "%2fetc%2fpasswd",
            "AA",
            ".AAAAAAAAAAAAAAAAAAAAA.webp.part",
            "C:%5cwindows",
            "가" * 22 + ".webp",
        ],
    )
    def test_anything_else_is_not_there(self, lite: Site, name: str) -> None:
        uploaded(lite.member())
        assert lite.visitor.get(f"/guides/images/{name}").status_code == 404

    def test_what_an_upload_has_not_finished_is_not_there(self, lite: Site) -> None:
        name = "A" * 22 + ".webp"
        folder = lite.settings.folder / "images" / "AA"
        folder.mkdir(parents=True)
        (folder / f".{name}.part").write_bytes(b"half of it")
        assert lite.visitor.get(f"/guides/images/{name}").status_code == 404

    def test_showing_one_needs_no_statement(self, lite: Site) -> None:
        address = uploaded(lite.member())
        with lite.statements() as sent:
            assert lite.visitor.get(address).status_code == 200
        assert sent == []


class TestInTexts:
    def render(self, site: Site, text: str) -> str:
        with site.app.test_request_context("/"):
            return images.render(site.board, text)

    def test_an_own_picture_keeps_its_place_while_it_loads(self, guides: Site) -> None:
        address = uploaded(guides.member())
        html = self.render(guides, f'![지도 "남쪽"]({address})')
        assert html == (
            f'<p><img src="{address}" alt="지도 &quot;남쪽&quot;" loading="lazy" width="1600" height="800"></p>\n'
        )

    @pytest.mark.parametrize(
        "source",
        [
            "/news/images/AAAAAAAAAAAAAAAAAAAAAA.webp",
            "/auth/refresh?next=/",
            "/?lang=en",
            "/guides/images/../../auth/logout",
            "/guides/images/AAAAAAAAAAAAAAAAAAAAAA.webp?x=1",
            "/guides/images/AAAAAAAAAAAAAAAAAAAAAA.webp#x",
            "/guides/images/AAAAAAAAAAAAAAAAAAAAAA.svg",
            "https://example.org/a.webp",
            "//example.org/guides/images/AAAAAAAAAAAAAAAAAAAAAA.webp",
            "https://example.org/guides/images/AAAAAAAAAAAAAAAAAAAAAA.webp",
        ],
    )
    def test_whatever_else_is_a_link(self, lite: Site, source: str) -> None:
        html = self.render(lite, f"![지도]({source})")
        assert "<img" not in html
        assert 'rel="nofollow ugc noopener">지도</a>' in html

    def test_a_picture_that_is_gone_is_still_one(self, lite: Site) -> None:
        source = "/guides/images/AAAAAAAAAAAAAAAAAAAAAA.webp"
        assert f'<img src="{source}" alt="" loading="lazy">' in self.render(lite, f"![]({source})")

    def test_a_text_costs_one_statement_with_pictures_and_none_without(self, lite: Site) -> None:
        address = uploaded(lite.member())
        for text, count in ((f"![]({address}) " * 30, 1), ("글 " * 30, 0)):
            with lite.statements() as sent:
                self.render(lite, text)
            assert len(sent) == count


class TestForgetting:
    def test_what_nothing_shows_goes_after_two_days(self, guides: Site) -> None:
        uploaded(guides.member())
        assert forget(guides, timedelta(hours=47)) == 0
        assert len(files(guides)) == 2
        assert forget(guides) == 1
        assert rows(guides) == {}
        assert files(guides) == set()
        assert forget(guides) == 0

    def test_what_a_post_or_a_comment_shows_stays(self, guides: Site) -> None:
        client = guides.member()
        shown, said, edited, lost = (uploaded(client) for _ in range(4))
        post_id = guides.write(client, body=f"![]({shown})")
        guides.comment(client, post_id, f"![]({said})")
        other = guides.write(client, body="글")
        client.post(f"/guides/{other}/edit", data=guides.form(body=f"![]({edited})", revision="1"))
        assert forget(guides) == 1
        assert set(rows(guides)) == {name_of(each) for each in (shown, said, edited)}
        assert guides.visitor.get(lost).status_code == 404
        assert guides.visitor.get(shown).status_code == 200

    def test_what_a_draft_shows_stays_as_long_as_the_draft(self, guides: Site) -> None:
        client = guides.member()
        name = name_of(uploaded(client))
        client.post("/guides/write", data=guides.form(body=f"![](/guides/images/{name})", save="1", submission="a"))
        assert forget(guides) == 0
        with clock.moved(saved_drafts.KEPT + timedelta(days=1)), guides.app.app_context():
            saved_drafts.forget_old(guides.board)
        assert forget(guides) == 1
        assert files(guides) == set()

    def test_many_go_batch_by_batch_past_those_that_stay(self, guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(forgetting, "BATCH", 3)
        client = guides.member()
        addresses = [uploaded(client) for _ in range(8)]
        body = " ".join(f"![]({each})" for each in addresses[:4])
        client.post("/guides/write", data=guides.form(body=body, save="1", submission="a"))
        assert forget(guides) == 4
        assert set(rows(guides)) == {name_of(each) for each in addresses[:4]}

    def test_a_crash_in_between_leaves_a_row_and_never_a_file_without_one(
        self, guides: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = name_of(uploaded(guides.member()))
        removing = storing.Folder.remove

        def crash(folder: storing.Folder, names: Sequence[str]) -> None:
            removing(folder, names[:1])
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(storing.Folder, "remove", crash)
            with pytest.raises(KeyboardInterrupt):
                forget(guides)
        assert set(rows(guides)) == {name}
        assert forget(guides) == 1
        assert files(guides) == set()

    def test_a_picture_that_is_published_meanwhile_stays(self, guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        """After the job has found it unused, and before it deletes."""
        address = uploaded(guides.member())
        looking = forgetting._in_drafts

        def publish_meanwhile(board: Any, member_id: int) -> set[str]:
            guides.write(guides.member(), body=f"![]({address})")
            return looking(board, member_id)

        monkeypatch.setattr(forgetting, "_in_drafts", publish_meanwhile)
        assert forget(guides) == 0
        assert guides.visitor.get(address).status_code == 200

    def test_an_upload_that_failed_leaves_nothing_for_long(self, guides: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        putting = storing.Folder.put

        def fail_at_the_large_one(folder: storing.Folder, name: str, data: bytes) -> None:
            if "_s." not in name:
                raise Unavailable("고장")
            putting(folder, name, data)

        with monkeypatch.context() as patched:
            patched.setattr(storing.Folder, "put", fail_at_the_large_one)
            assert send(guides.member()).status_code == 503
        assert len(files(guides)) == 1
        assert forget(guides) == 1
        assert (files(guides), rows(guides)) == (set(), {})

    def test_the_job_is_one_of_the_services(self, lite: Site) -> None:
        from archive_chassis.service import find_service

        jobs = {job.name: job for job in find_service("guides").jobs}
        uploaded(lite.member())
        with clock.moved(timedelta(days=3)), lite.app.app_context():
            jobs["forget unused pictures"].run()
        assert rows(lite) == {}


def test_a_half_written_file_is_cleared_away_with_its_row(lite: Site) -> None:
    name = name_of(uploaded(lite.member()))
    part = lite.settings.folder / "images" / name[:2] / f".{name}.part"
    part.write_bytes(b"half of it")
    assert forget(lite) == 1
    assert not part.exists()


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file in the place of the folder")
    with pytest.raises(Unavailable):
        storing.Folder(tmp_path / "images").put("A" * 22 + ".webp", b"data")
