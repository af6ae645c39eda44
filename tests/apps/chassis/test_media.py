"""Settings that say where pictures are, and the pages' leave to show them from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.apps.chassis import sample
from tests.apps.chassis.test_settings import GOOD

from archive_chassis.settings import Settings, SettingsError
from archive_chassis.testing import make_app, make_settings, new_client

BUCKET = {"ARCHIVE_MEDIA_URL": "s3://files-media-1a2b/pictures/"}


def test_without_a_bucket_pictures_are_in_the_data_folder() -> None:
    settings = Settings.load("timed-deal", GOOD)
    assert (settings.media_url, settings.media_public_url) == ("", "")


def test_a_bucket_and_where_browsers_find_it() -> None:
    settings = Settings.load("timed-deal", GOOD | BUCKET | {"ARCHIVE_MEDIA_PUBLIC_URL": "https://media.example.com/"})
    assert settings.media_url == "s3://files-media-1a2b/pictures"
    assert settings.media_public_url == "https://media.example.com"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ARCHIVE_MEDIA_URL": "https://files.example.com"}, "ARCHIVE_MEDIA_URL: must be s3://bucket"),
        ({"ARCHIVE_MEDIA_URL": "s3://"}, "must be s3://bucket"),
        ({"ARCHIVE_MEDIA_URL": "s3://files/../others"}, "must be s3://bucket"),
        ({"ARCHIVE_MEDIA_URL": "s3://files//others"}, "must be s3://bucket"),
        (BUCKET | {"ARCHIVE_MEDIA_PUBLIC_URL": "media.example.com"}, "ARCHIVE_MEDIA_PUBLIC_URL: must be http(s)://"),
        (BUCKET | {"ARCHIVE_MEDIA_PUBLIC_URL": "https://media.example.com/files"}, "without a path"),
        (BUCKET | {"ARCHIVE_MEDIA_PUBLIC_URL": "https://x; script-src *"}, "must be http(s)://"),
        ({"ARCHIVE_MEDIA_PUBLIC_URL": "https://media.example.com"}, "needs ARCHIVE_MEDIA_URL"),
    ],
)
def test_a_mistake_is_named(change: dict[str, str], expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load("timed-deal", GOOD | change)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("more", "pictures"),
    [
        ({}, "img-src 'self' data:;"),
        (
            {"media_url": "s3://files", "media_public_url": "https://media.example.com"},
            "img-src 'self' data: https://media.example.com;",
        ),
    ],
)
def test_pages_show_pictures_from_there_and_from_nowhere_else(
    tmp_path: Path, more: dict[str, str], pictures: str
) -> None:
    client = new_client(make_app(sample.service, make_settings("news", tmp_path, **more)))
    policy = client.get("/news/").headers["Content-Security-Policy"]
    assert pictures in policy
    assert policy.count("media.example.com") == (1 if more else 0)
