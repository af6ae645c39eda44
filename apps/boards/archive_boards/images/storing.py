"""Where the files of pictures are kept: in a folder of the service, or in a bucket of S3 or what speaks like it.

A file is written once, whole, and never changed. Its name is kept in the table `image` before there is a file: so what
has no row has no file, and nobody has to look through a folder or a bucket for what was left behind.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, cast

from flask import Flask, current_app

from archive_chassis.errors import Unavailable
from archive_chassis.settings import Settings, SettingsError

EXTENSION = "archive_pictures"

YEAR_S = 31_536_000
CACHING = f"public, max-age={YEAR_S}, immutable"
CONTENT_TYPE = "image/webp"

CONNECT_S, READ_S, ATTEMPTS = 3, 10, 3
#: As many as one request of S3 deletes.
MOST_REMOVED = 1000


class Store(Protocol):
    """Files by their names, which `usage.FILE` allows."""

    def put(self, name: str, data: bytes) -> None:
        """Keep a file. Unavailable if that failed: then part of it may be there, under the same name."""
        ...

    def get(self, name: str) -> bytes | None:
        """A file; None if there is none. Unavailable."""
        ...

    def address(self, name: str, /) -> str:
        """Where a browser finds the file by itself; "" if the service has to bring it."""
        ...

    def remove(self, names: Sequence[str]) -> None:
        """Delete up to MOST_REMOVED files; those that are not there are no mistake. Unavailable."""
        ...


class Folder:
    """Files on this machine's disk, in folders by the first two characters: none holds too many."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, data: bytes) -> None:
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._part(path).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # a name must never lead to what a power cut left of a file
            self._part(path).replace(path)
        except OSError as error:
            raise Unavailable("사진을 저장하지 못했어요. 잠시 뒤에 다시 시도해 주세요") from error

    def get(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def address(self, _name: str, /) -> str:
        return ""

    def remove(self, names: Sequence[str]) -> None:
        for name in names:
            path = self._path(name)
            path.unlink(missing_ok=True)
            self._part(path).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    @staticmethod
    def _part(path: Path) -> Path:
        return path.with_name(f".{path.name}.part")


class Bucket:
    """Files in a bucket, below `<prefix>/<service>/`. Credentials, region and endpoint come as to every AWS program.

    The role needs s3:PutObject, s3:GetObject and s3:DeleteObject for the files, and s3:ListBucket for the bucket:
    without it S3 answers for a file that is not there as for one that nobody may see.
    """

    def __init__(self, settings: Settings) -> None:
        if find_spec("boto3") is None:
            raise SettingsError("ARCHIVE_MEDIA_URL is set, and boto3 is not installed: install archive-boards[s3]")
        self._bucket, _, prefix = settings.media_url.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix}/{settings.service}/" if prefix else f"{settings.service}/"
        self._public_url = settings.media_public_url
        self._made: Any = None
        errors = cast("Any", import_module("botocore.exceptions"))
        self._failures: tuple[type[Exception], ...] = (errors.ClientError, errors.BotoCoreError)

    def put(self, name: str, data: bytes) -> None:
        with self._answering() as client:
            client.put_object(
                Bucket=self._bucket, Key=self._key(name), Body=data, ContentType=CONTENT_TYPE, CacheControl=CACHING
            )

    def get(self, name: str) -> bytes | None:
        with self._answering() as client:
            try:
                return client.get_object(Bucket=self._bucket, Key=self._key(name))["Body"].read()
            except client.exceptions.NoSuchKey:
                return None

    def address(self, name: str, /) -> str:
        return f"{self._public_url}/{self._key(name)}" if self._public_url else ""

    def remove(self, names: Sequence[str]) -> None:
        if not names:
            return
        files = {"Objects": [{"Key": self._key(name)} for name in names], "Quiet": True}
        with self._answering() as client:
            failed = client.delete_objects(Bucket=self._bucket, Delete=files).get("Errors")
        if failed:
            raise Unavailable(f"S3 deleted all but {len(failed)} files; of the first it says {failed[0]}")

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name[:2]}/{name}"

    @contextmanager
    def _answering(self) -> Generator[Any]:
        """The client; what it cannot do within the block is Unavailable."""
        try:
            yield self._client()
        except self._failures as error:
            raise Unavailable("사진을 보관하는 곳이 응답하지 않아요. 잠시 뒤에 다시 시도해 주세요") from error

    def _client(self) -> Any:
        """Made when it is first needed, which takes a moment: most processes serve many pages and no picture."""
        if self._made is None:
            config = cast("Any", import_module("botocore.config")).Config(
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            )
            self._made = cast("Any", import_module("boto3")).client("s3", config=config)
        return self._made


def install(app: Flask, settings: Settings) -> None:
    """Choose by the settings where pictures are kept. SettingsError."""
    app.extensions[EXTENSION] = Bucket(settings) if settings.media_url else Folder(settings.folder / "images")


def store() -> Store:
    """Where the service that is answering keeps its pictures."""
    return cast("Store", current_app.extensions[EXTENSION])
