"""`command:local:Command` and the function `command:local:run` (provider/pkg/provider/local)."""

from __future__ import annotations

import asyncio
import os
from asyncio import subprocess
from secrets import token_hex

from ..provider.failures import Failure, Unwanted
from ..provider.values import Object, Value, archive_of, file_asset, reveal
from . import golang
from .environment import previous_environment, printed_before, texts
from .globs import matching
from .operation import Operation
from .output import Output, Printed

SHELL = ["/bin/sh", "-c"]
CHUNK = 64 * 1024
RESULTS = ("stdout", "stderr", "assets", "archive")


class LocalCommand:
    """Runs `create`, `update` and `delete` on this machine, in the folder of the program unless `dir` says another."""

    async def create(self, operation: Operation, name: str, inputs: Object) -> tuple[str, Object]:
        results = await _run_any(operation, inputs, inputs.get("create"), {"stdout": "", "stderr": ""})
        return name + token_hex(4), {**inputs, **results}

    async def update(self, operation: Operation, old: Object, inputs: Object) -> Object:
        command = inputs.get("create") if inputs.get("update") is None else inputs.get("update")
        before = {name: old[name] for name in RESULTS if name in old}
        return {**inputs, **await _run_any(operation, inputs, command, before)}

    async def delete(self, operation: Operation, old: Object) -> None:
        await _run_any(operation, old, old.get("delete"), old)


async def run(operation: Operation, inputs: Object) -> Object:
    """The function: its inputs and what the command printed and left."""
    return {**inputs, **await _run_any(operation, inputs, inputs.get("command"), {})}


async def _run_any(operation: Operation, properties: Object, command: Value, before: Object) -> Object:
    """Run the command, if there is one. What it does not bring anew stays as it was before."""
    text = reveal(command)
    if not isinstance(text, str):
        return before
    plain = reveal(properties)
    assert isinstance(plain, dict)
    folder = str(plain.get("dir") or os.getcwd())  # noqa: PTH109 - a path as text all the way
    printed = await _run(operation, plain, text, folder, printed_before(before))
    return {**before, **_found(plain, folder), "stdout": printed.stdout, "stderr": printed.stderr}


async def _run(operation: Operation, plain: Object, command: str, folder: str, before: Printed) -> Printed:
    arguments = [*(_list(plain.get("interpreter")) or SHELL), command]
    environ = {**os.environ, **texts(plain.get("environment")), **previous_environment(plain, before)}
    stdin, logging = plain.get("stdin"), plain.get("logging")
    async with Output(operation, logging if isinstance(logging, str) else None) as output:
        process = await _start(arguments, folder, environ, fed=bool(stdin))
        try:
            work = _finish(process, output, stdin.encode() if isinstance(stdin, str) else b"")
            error = await operation.while_wanted(work)
        except Unwanted:
            error = "signal: killed"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if error is not None:
        raise Failure(f"{error}: running {golang.quote(command)}:\n{output.everything}")
    return output.printed


async def _start(arguments: list[str], folder: str, environ: dict[str, str], *, fed: bool) -> subprocess.Process:
    if not os.path.isdir(folder):  # noqa: PTH112 - as above
        raise Failure(f"chdir {folder}: no such file or directory: running {golang.quote(arguments[-1])}:\n")
    try:
        return await asyncio.create_subprocess_exec(
            *arguments,
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        reason = (
            "executable file not found in $PATH" if "/" not in arguments[0] else os.strerror(error.errno or 0).lower()
        )
        where = f'exec: "{arguments[0]}"' if "/" not in arguments[0] else f"fork/exec {arguments[0]}"
        raise Failure(f"{where}: {reason}: running {golang.quote(arguments[-1])}:\n") from error


async def _finish(process: subprocess.Process, output: Output, stdin: bytes) -> str | None:
    """Feed the command and read it to its end. Returns how it failed, None when it did not."""
    assert process.stdout is not None
    assert process.stderr is not None

    async def read(stream: asyncio.StreamReader, from_stderr: bool) -> None:
        while data := await stream.read(CHUNK):
            output.received(data, from_stderr)

    async def feed() -> None:
        if process.stdin is None:
            return
        try:
            process.stdin.write(stdin)
            await process.stdin.drain()
            process.stdin.close()
        except (BrokenPipeError, ConnectionResetError):  # it need not read what it is given
            return

    ending = asyncio.gather(read(process.stdout, False), read(process.stderr, True), feed())
    overlong = asyncio.ensure_future(output.overlong())
    try:
        await asyncio.wait({ending, overlong}, return_when=asyncio.FIRST_COMPLETED)
        if overlong.done():
            overlong.result()
        ending.result()
    finally:
        ending.cancel()
        overlong.cancel()
    code = await process.wait()
    return None if code == 0 else f"exit status {code}" if code > 0 else f"signal: {golang.signal_name(-code)}"


def _found(plain: Object, folder: str) -> Object:
    """The outputs `assets` and `archive`: files the command has left, by patterns."""
    found: Object = {}
    if plain.get("assetPaths") is not None:
        found["assets"] = _assets(folder, plain["assetPaths"])
    if plain.get("archivePaths") is not None:
        found["archive"] = archive_of(_assets(folder, plain["archivePaths"]))
    return found


def _assets(folder: str, patterns: Value) -> dict[str, Value]:
    return {path: file_asset(os.path.join(folder, path)) for path in matching(folder, _list(patterns))}  # noqa: PTH118 - as above


def _list(value: Value) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
