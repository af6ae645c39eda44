"""`command:remote:CopyToRemote` and the deprecated `command:remote:CopyFile`, by SFTP (copyController.go)."""

# The parameters are those of every resource.
# ruff: noqa: ARG002

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from secrets import token_hex

import asyncssh
from asyncssh.constants import FILEXFER_TYPE_DIRECTORY

from ..provider.differences import equal
from ..provider.engine import DEBUG
from ..provider.failures import Failure
from ..provider.values import Object, reveal
from .connection import connected
from .operation import Operation

GO_WORDS: dict[type[asyncssh.SFTPError], str] = {
    asyncssh.SFTPNoSuchFile: "file does not exist",
    asyncssh.SFTPPermissionDenied: "permission denied",
    asyncssh.SFTPFailure: 'sftp: "Failure" (SSH_FX_FAILURE)',
}


class CopyToRemote:
    """Copies its source on create, and again when its content or the remote path has changed. Deletes nothing."""

    async def create(self, operation: Operation, name: str, inputs: Object) -> tuple[str, Object]:
        await _copy(operation, inputs)
        return token_hex(4), inputs

    async def update(self, operation: Operation, old: Object, inputs: Object) -> Object:
        if any(not equal(reveal(old.get(name)), reveal(inputs.get(name))) for name in ("source", "remotePath")):
            await _copy(operation, inputs)
        return inputs

    async def delete(self, operation: Operation, old: Object) -> None:
        """What was copied stays."""


class CopyFile:
    """Copies one file on create; every change replaces it."""

    async def create(self, operation: Operation, name: str, inputs: Object) -> tuple[str, Object]:
        plain = _plain(inputs)
        source = str(plain["localPath"])
        if not Path(source).exists():
            raise Failure(f"open {source}: no such file or directory")
        settings = plain["connection"]
        assert isinstance(settings, dict)
        async with connected(operation, settings) as connection, connection.start_sftp_client() as sftp:
            await Remote(sftp).put(source, str(plain["remotePath"]))
        return token_hex(4), inputs

    async def update(self, operation: Operation, old: Object, inputs: Object) -> Object:
        raise Failure("Update is not implemented for resource " + operation.urn)

    async def delete(self, operation: Operation, old: Object) -> None:
        """What was copied stays."""


async def _copy(operation: Operation, inputs: Object) -> None:
    plain = _plain(inputs)
    source, destination, settings = plain["source"], str(plain["remotePath"]), plain["connection"]
    assert isinstance(source, dict)
    assert isinstance(settings, dict)
    told = f"Creating file: {settings['host']}:{destination} from {source.get('path') or 'text asset'}"
    await operation.engine.log(DEBUG, operation.urn, told)
    text, path = source.get("text"), source.get("path")
    if isinstance(path, str) and path and not Path(path).exists():
        raise Failure(f"open {path}: no such file or directory")
    async with connected(operation, settings) as connection, connection.start_sftp_client() as sftp:
        remote = Remote(sftp)
        await remote.make_folders(posixpath.dirname(destination))
        if isinstance(path, str) and path:
            await remote.copy(path, destination)
        else:
            await remote.write(str(text or ""), destination)


class Remote:
    """The files of the other side. Every error of the server becomes a Failure that names the path."""

    def __init__(self, sftp: asyncssh.SFTPClient) -> None:
        self._sftp = sftp

    async def copy(self, source: str, destination: str) -> None:
        """Copy a file or folder as `cp -r` would, but a source folder with a slash at its end means what is in it.

        | source | destination is a folder | does not exist     | is a file   |
        |--------|-------------------------|--------------------|-------------|
        | dir    | destination/dir         | destination/dir    | error       |
        | dir/   | its content, into it    | its content, there | error       |
        | file   | destination/file        | destination        | overwritten |
        """
        is_folder = await self._is_folder(destination)
        if not Path(source).is_dir():
            await self.put(source, posixpath.join(destination, _name(source)) if is_folder else destination)
            return
        await self._make_folder(destination)
        if not source.endswith("/"):
            destination = posixpath.join(destination, _name(source))
            await self._make_folder(destination)
        for folder, folders, files in os.walk(source):
            folders.sort()
            inside = os.path.relpath(folder, source)
            target = posixpath.normpath(posixpath.join(destination, inside))
            await self._make_folder(target)
            for file in sorted(files):
                await self.put(os.path.join(folder, file), posixpath.join(target, file))  # noqa: PTH118 - os.walk's texts

    async def write(self, text: str, destination: str) -> None:
        if await self._is_folder(destination):
            raise Failure(
                f"remote path {destination} is a directory; when using a text asset, remotePath must be a file path"
            )
        try:
            async with self._sftp.open(destination, "w") as file:
                await file.write(text)
        except asyncssh.SFTPError as error:
            raise Failure(f"failed to create remote file {destination}: {_words(error)}") from error

    async def put(self, source: str, destination: str) -> None:
        try:
            await self._sftp.put(source, destination)
        except asyncssh.SFTPError as error:
            raise Failure(f"failed to create remote file {destination}: {_words(error)}") from error
        except OSError as error:
            raise Failure(f"open {source}: {os.strerror(error.errno or 0).lower()}") from error

    async def make_folders(self, path: str) -> None:
        """The folder and those above it, as far as they are missing."""
        if path and not await self._is_folder(path):
            await self.make_folders(posixpath.dirname(path))
            await self._make_folder(path)

    async def _make_folder(self, path: str) -> None:
        is_folder = await self._is_folder(path)
        if is_folder is False:
            raise Failure(f"remote path {path} exists but is not a directory")
        if is_folder is None:
            try:
                await self._sftp.mkdir(path)
            except asyncssh.SFTPError as error:
                raise Failure(f"failed to create remote directory {path}: {_words(error)}") from error

    async def _is_folder(self, path: str) -> bool | None:
        """None: there is nothing of that name."""
        try:
            return (await self._sftp.stat(path)).type == FILEXFER_TYPE_DIRECTORY
        except asyncssh.SFTPNoSuchFile:
            return None
        except asyncssh.SFTPError as error:
            raise Failure(f"failed to stat remote path {path}: {_words(error)}") from error


def _plain(inputs: Object) -> Object:
    plain = reveal(inputs)
    assert isinstance(plain, dict)
    return plain


def _name(path: str) -> str:
    return posixpath.basename(path.rstrip("/"))


def _words(error: asyncssh.SFTPError) -> str:
    return GO_WORDS.get(type(error), error.reason)
