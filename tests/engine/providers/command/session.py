"""One command in one SSH session."""

# What a session is told, and with which parameters, is for asyncssh to say.
# ruff: noqa: ARG002

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import asyncssh
from asyncssh.constants import EXTENDED_DATA_STDERR
from asyncssh.packet import String

from . import golang

WINDOW, PACKET = 2 * 1024 * 1024, 32 * 1024


class Session(asyncssh.SSHClientSession[bytes]):
    """Hands on what the command prints and ends with how it ended."""

    def __init__(self, received: Callable[[bytes, bool], None]) -> None:
        self._received = received
        self._ended = asyncio.get_running_loop().create_future()
        self._error: str | None = "wait: remote command exited without exit status or exit signal"

    async def error(self) -> str | None:
        """How the command failed, in the words of Go's ssh package; None when it succeeded."""
        await self._ended
        return self._error

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        self._received(data, datatype == EXTENDED_DATA_STDERR)

    def exit_status_received(self, status: int) -> None:
        self._error = golang.exited(status) if status else None

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        self._error = golang.exited(128 + golang.SIGNALS.get(signal, 0), signal, msg)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(None)


class Channel(asyncssh.SSHClientChannel[bytes]):
    """A session's channel that can ask for environment variables and learns which are refused.

    asyncssh sends them without wanting an answer; the official plugin waits for each.
    """

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        super().__init__(connection, asyncio.get_running_loop(), "replace", None, "strict", WINDOW, PACKET)

    async def start(
        self,
        session: Session,
        command: str,
        environment: Mapping[str, str],
        refused: Callable[[str], Awaitable[None]],
    ) -> None:
        """Set the environment and start the command.

        Args:
            refused: told of each variable the server does not accept, before the command starts; it may raise.
        """
        self._environment, self._refused = environment, refused
        await self.create(lambda: session, command, None, {}, False, None, None, {}, False, None, None, False, False)

    async def _make_request(self, request: bytes, *args: bytes) -> bool | None:
        if request == b"shell":  # what asyncssh makes of an empty command, and would read stdin as commands
            request, args = b"exec", (String(""),)
        if request == b"exec":
            for name, value in self._environment.items():
                if not await super()._make_request(b"env", String(name), String(value)):
                    await self._refused(name)
        return await super()._make_request(request, *args)
