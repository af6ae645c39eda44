"""SSH connections as the official plugin makes them (provider/pkg/provider/remote/connection.go)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import asyncssh

from ..provider.failures import Failure
from ..provider.values import Object
from .credentials import credentials
from .dialling import dial
from .operation import Operation
from .target import Target

COUNTER = "ARCHIVE_TEST_CONNECTIONS"
UNLIMITED = -1
# pulumi/sdk go/common/util/retry: the pauses between attempts, in seconds.
FIRST_PAUSE, PAUSE_GROWTH, LONGEST_PAUSE = 0.1, 1.5, 5.0

T = TypeVar("T")


@asynccontextmanager
async def connected(operation: Operation, settings: Object) -> AsyncGenerator[asyncssh.SSHClientConnection]:
    """An SSH connection for a while, through the proxy where there is one.

    Args:
        settings: the `connection` input without secret wrappers.

    Raises:
        Failure: wrong key material, the dial error limit was reached, the operation is no longer wanted, or the
            connection broke while it was used.
    """
    target = Target.of(settings)
    keys = await credentials(target.settings)
    async with _through(operation, target) as proxy:
        prefix, message = ("", "Dial") if proxy is None else ("proxy: ", "Dial from proxy")
        try:
            connection = await _with_retries(operation, message, target, lambda: dial(target, keys, proxy))
        except Failure as error:
            raise Failure(f"{prefix}{error}") from error
        _count(target, operation.urn)
        try:
            yield connection
        except asyncssh.Error as error:
            raise Failure(f"ssh: {error}") from error
        finally:
            connection.close()


@asynccontextmanager
async def _through(operation: Operation, target: Target) -> AsyncGenerator[asyncssh.SSHClientConnection | None]:
    proxy = target.proxy
    if proxy is None:
        yield None
        return
    try:
        keys = await credentials(proxy.settings)
        connection = await _with_retries(operation, "Dial proxy", proxy, lambda: dial(proxy, keys, None))
    except Failure as error:
        raise Failure(f"proxy: {error}") from error
    _count(proxy, operation.urn)
    try:
        yield connection
    finally:
        connection.close()


async def _with_retries(operation: Operation, message: str, target: Target, attempt: Callable[[], Awaitable[T]]) -> T:
    limit, failed, pause = target.dial_error_limit, 0, FIRST_PAUSE

    async def attempts() -> T:
        nonlocal failed, pause
        while True:
            try:
                return await attempt()
            except Failure as error:
                failed += 1
                if UNLIMITED < limit < failed:
                    raise Failure(f"after {failed - 1} failed attempts: {error}") from error
            shown = "inf" if limit == UNLIMITED else limit
            await operation.engine.status(operation.urn, f"{message} {failed}/{shown} failed: retrying")
            await asyncio.sleep(pause)
            pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE)

    return await operation.while_wanted(attempts())


def _count(target: Target, urn: str) -> None:
    if counter := os.environ.get(COUNTER):
        with Path(counter).open("a", encoding="utf-8") as lines:  # one write, so lines of several writers do not mix
            lines.write(f"{target.endpoint} {urn}\n")
