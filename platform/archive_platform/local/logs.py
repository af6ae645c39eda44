"""Log files: written line by line, turned over by size."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

MAXIMUM_BYTES = 5_000_000
KEPT_FILES = 3  # besides the current one: .1 is the newest


class RotatingLog:
    """Appends whole lines to a file, and turns it over when it grew too large. Readable by its owner alone."""

    def __init__(self, path: Path, maximum_bytes: int = MAXIMUM_BYTES, kept_files: int = KEPT_FILES) -> None:
        self.path = path
        self._maximum_bytes = maximum_bytes
        self._kept_files = kept_files
        self._descriptor = self._open()
        self._size = os.fstat(self._descriptor).st_size

    def write(self, line: bytes) -> None:
        """Append one line; its newline is added when it has none.

        A line that cannot be written, as on a full disk, is lost: the service goes on without it.
        """
        data = line if line.endswith(b"\n") else line + b"\n"
        with suppress(OSError):
            if self._size and self._size + len(data) > self._maximum_bytes:
                self._turn_over()
            self._size += os.write(self._descriptor, data)

    def close(self) -> None:
        os.close(self._descriptor)

    def _open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _turn_over(self) -> None:
        for number in range(self._kept_files, 0, -1):
            older = self.path if number == 1 else self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))
        former, self._descriptor = self._descriptor, self._open()
        os.close(former)
        self._size = 0

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


class Lines:
    """Cuts a stream of bytes into lines; a line longer than `limit` is cut there."""

    def __init__(self, limit: int = 65_536) -> None:
        self._rest = b""
        self._limit = limit

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes."""
        *lines, rest = (self._rest + data).split(b"\n")
        if len(rest) > self._limit:
            lines, rest = [*lines, rest], b""
        self._rest = rest
        return lines

    def end(self) -> list[bytes]:
        """What is left without a newline."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []


def indent(lines: list[str]) -> str:
    """Lines as they are shown in an error message."""
    return "\n".join(f"    | {line}" for line in lines) or "    | (it wrote nothing)"
