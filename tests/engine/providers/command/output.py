"""What a command prints: collected for the outputs, and logged line by line as it comes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Self

from ..provider.failures import Failure
from .operation import Operation

# Go's bufio.Scanner gives up on longer lines, and the official plugin then waits for ever. Here that is an error.
LONGEST_LINE = 64 * 1024
TOO_LONG = (
    "a line of the output is longer than 64 KiB and is to be logged: the official plugin hangs on it. "
    "Print shorter lines, or set `logging` so that this stream is not logged."
)


@dataclass(frozen=True)
class Printed:
    """The outputs `stdout` and `stderr`: without the last newline."""

    stdout: str
    stderr: str


class Output:
    """Both streams of one command. Used as a context, at whose end every line has been logged."""

    def __init__(self, operation: Operation, logging: str | None) -> None:
        self._operation = operation
        self._logged = (
            logging in (None, "stdout", "stdoutAndStderr"),
            logging in (None, "stderr", "stdoutAndStderr"),
        )
        self._streams = (bytearray(), bytearray())
        self._everything, self._rest = bytearray(), b""
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._overlong = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._sending = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._rest:
            self._log(self._rest)
        self._lines.put_nowait(None)
        await self._sending

    def received(self, data: bytes, from_stderr: bool) -> None:
        """Take what has arrived. Like the official plugin it sees the logged streams as one when it looks for lines."""
        self._streams[from_stderr].extend(data)
        self._everything += data
        if self._logged[from_stderr] and not self._overlong.is_set():
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._log(line)
            if len(self._rest) >= LONGEST_LINE:
                self._overlong.set()

    async def overlong(self) -> None:
        """Wait for a line that is too long to be logged.

        Raises:
            Failure: there is one.
        """
        await self._overlong.wait()
        raise Failure(TOO_LONG)

    @property
    def printed(self) -> Printed:
        stdout, stderr = (_text(stream).removesuffix("\n") for stream in self._streams)
        return Printed(stdout, stderr)

    @property
    def everything(self) -> str:
        """Both streams in the order of their arrival, for an error's text."""
        return _text(self._everything)

    def _log(self, line: bytes) -> None:
        if len(line) >= LONGEST_LINE:
            self._overlong.set()
        else:
            self._lines.put_nowait(_text(line.removesuffix(b"\r")))

    async def _send(self) -> None:
        while (line := await self._lines.get()) is not None:
            await self._operation.engine.status(self._operation.urn, line)


def _text(data: bytes | bytearray) -> str:
    return data.decode("utf-8", "replace")
