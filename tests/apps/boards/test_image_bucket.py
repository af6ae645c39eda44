"""Pictures in a bucket of S3, which moto plays over HTTP."""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import boto3
import pytest
from flask import Flask
from tests.apps.boards.site import Site
from tests.apps.boards.test_images import forget, jpeg, name_of, rows, send, uploaded
from tests.engine.emulator import Emulator, emulator

from archive_boards.images.usage import small
from archive_boards.service import find_board
from archive_chassis.testing import make_app, make_settings, new_client

pytestmark = pytest.mark.slow

BUCKET = "files-media"


class BucketSite(Site):
    """The guides board with its pictures in a bucket."""

    def __init__(self, folder: Path, **media: str) -> None:
        self.name = "guides"
        self.settings = make_settings(self.name, folder, media_url=f"s3://{BUCKET}/community", **media)
        self.app: Flask = make_app(self.name, self.settings)
        self.board = find_board(self.name)
        self.visitor = new_client(self.app)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Generator[Emulator]:
    with emulator(tmp_path_factory.mktemp("aws")) as running:
        running.call(
            "s3", "create_bucket", Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )
        yield running


@pytest.fixture
def environment(aws: Emulator, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Credentials, region and endpoint, as every AWS program takes them."""
    known = {"ENDPOINT_URL": aws.url, "ACCESS_KEY_ID": "emulated", "SECRET_ACCESS_KEY": "emulated"}
    for name, value in (known | {"DEFAULT_REGION": "ap-northeast-2", "EC2_METADATA_DISABLED": "true"}).items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return monkeypatch


@pytest.fixture
def site(environment: pytest.MonkeyPatch, tmp_path: Path) -> Generator[BucketSite]:
    made = BucketSite(tmp_path)
    yield made
    made.close()


def stored(aws: Emulator) -> dict[str, Any]:
    found = aws.call("s3", "list_objects_v2", Bucket=BUCKET)
    return {each["Key"]: each for each in found.get("Contents", [])}


def test_a_picture_is_kept_in_the_bucket_and_shown_by_the_board(aws: Emulator, site: BucketSite) -> None:
    address = uploaded(site.member())
    name = name_of(address)
    keys = {f"community/guides/{name[:2]}/{each}" for each in (name, small(name))}
    assert keys <= set(stored(aws))
    assert not (site.settings.folder / "images").exists()
    for key in keys:
        head = aws.call("s3", "head_object", Bucket=BUCKET, Key=key)
        assert head["ContentType"] == "image/webp"
        assert head["CacheControl"] == "public, max-age=31536000, immutable"
    answer = site.visitor.get(address)
    assert (answer.status_code, answer.content_type, answer.data[8:12]) == (200, "image/webp", b"WEBP")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert site.visitor.get("/guides/images/" + "A" * 22 + ".webp").status_code == 404


def test_with_a_cdn_browsers_are_sent_there(aws: Emulator, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site = BucketSite(tmp_path, media_public_url="https://media.example.com")
    address = uploaded(site.member())
    name = name_of(address)
    answer = site.visitor.get(address)
    assert answer.status_code == 302
    assert answer.location == f"https://media.example.com/community/guides/{name[:2]}/{name}"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    policy = site.visitor.get("/guides/").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://media.example.com;" in policy
    site.close()


def test_what_nothing_shows_leaves_the_bucket(aws: Emulator, site: BucketSite) -> None:
    client = site.member()
    before = set(stored(aws))
    shown, lost = uploaded(client), uploaded(client)
    site.write(client, body=f"![]({shown})")
    assert forget(site) == 1
    left = {key.rsplit("/", 1)[1] for key in set(stored(aws)) - before}
    assert left == {name_of(shown), small(name_of(shown))}
    assert site.visitor.get(lost).status_code == 404


class TestTheBucketFails:
    """Nobody listens where the bucket should be."""

    @pytest.fixture
    def lost(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> Generator[BucketSite]:
        environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        made = BucketSite(tmp_path)
        yield made
        made.close()

    def test_an_upload_says_so_and_its_row_waits_for_the_job(self, lost: BucketSite) -> None:
        answer = send(lost.member())
        assert answer.status_code == 503
        assert "응답하지 않아요" in answer.get_json(force=True)["detail"]
        assert len(rows(lost)) == 1

    def test_the_form_keeps_every_word(self, lost: BucketSite) -> None:
        form: dict[str, Any] = lost.form(upload="1", body="첫 줄") | {"picture": (BytesIO(jpeg()), "a.jpg")}
        page = lost.member().post("/guides/write", data=form, content_type="multipart/form-data")
        assert page.status_code == 422
        assert "응답하지 않아요" in page.text
        assert "\n첫 줄</textarea>" in page.text

    def test_a_reader_is_told_to_come_back(self, lost: BucketSite) -> None:
        assert lost.visitor.get("/guides/images/" + "A" * 22 + ".webp").status_code == 503

    def test_the_job_keeps_the_row_until_the_files_are_gone(
        self, aws: Emulator, lost: BucketSite, environment: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        from archive_chassis.errors import Unavailable

        send(lost.member())
        with pytest.raises(Unavailable):
            forget(lost)
        assert len(rows(lost)) == 1
        environment.setenv("AWS_ENDPOINT_URL", aws.url)
        again = BucketSite(tmp_path)
        assert forget(again, timedelta(days=3)) == 1
        assert rows(again) == {}
        again.close()


class TestCredentialsThatComeLater:
    """A program prints them, as on a server that takes on the board's role; first it has none to print."""

    CREDENTIALS: ClassVar = {
        "Version": 1,
        "AccessKeyId": "ASIAEMULATED",
        "SecretAccessKey": "hidden-key",
        "SessionToken": "hidden-token",
        "Expiration": "2099-01-01T00:00:00+00:00",
    }

    @pytest.fixture
    def credentials(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        file, settings = tmp_path / "credentials.json", tmp_path / "settings"
        settings.write_text(f"[default]\ncredential_process = cat {file}\n")
        environment.setenv("AWS_CONFIG_FILE", str(settings))
        environment.delenv("AWS_ACCESS_KEY_ID")
        environment.delenv("AWS_SECRET_ACCESS_KEY")
        environment.setattr(boto3, "DEFAULT_SESSION", None)  # or it goes on with those that it found before
        return file

    def test_pages_are_served_meanwhile_and_uploads_work_from_then_on(
        self, aws: Emulator, credentials: Path, site: BucketSite
    ) -> None:
        member = site.member()
        answer = send(member)
        assert answer.status_code == 503
        assert "응답하지 않아요" in answer.get_json(force=True)["detail"]
        assert site.visitor.get("/guides/").status_code == 200
        assert site.visitor.get("/guides/health/ready").status_code == 200
        credentials.write_text(json.dumps(self.CREDENTIALS))
        name = name_of(uploaded(member))
        assert f"community/guides/{name[:2]}/{name}" in stored(aws)
