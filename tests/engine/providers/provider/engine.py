"""The engine's own gRPC service, where a plugin's log lines go."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import grpc.aio
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

if TYPE_CHECKING:  # exists in the stubs alone
    from pulumi.runtime.proto.engine_pb2_grpc import EngineAsyncStub

DEBUG, INFO, WARNING, ERROR = engine_pb2.DEBUG, engine_pb2.INFO, engine_pb2.WARNING, engine_pb2.ERROR


class Engine:
    """Connected when the first line is logged."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._stub: EngineAsyncStub | None = None

    async def status(self, urn: str, message: str) -> None:
        """A line that tells how the resource gets on; it is shown while it lasts and not kept in the summary."""
        await self._log(engine_pb2.LogRequest(severity=INFO, message=message, urn=urn, ephemeral=True))

    async def log(self, severity: engine_pb2.LogSeverity.ValueType, urn: str, message: str) -> None:
        await self._log(engine_pb2.LogRequest(severity=severity, message=message, urn=urn))

    async def _log(self, request: engine_pb2.LogRequest) -> None:
        if self._stub is None:
            stub = engine_pb2_grpc.EngineStub(grpc.aio.insecure_channel(self._address))
            self._stub = cast("EngineAsyncStub", stub)
        await self._stub.Log(request)  # pyright: ignore[reportUnknownMemberType] - the stub names a module that is not there


def when_parent_ends(end: Callable[[], None]) -> None:
    """Call `end` once the process that started this one is gone, however it went."""
    parent, loop = os.getppid(), asyncio.get_running_loop()
    try:
        descriptor = os.pidfd_open(parent)
    except (AttributeError, OSError):  # not Linux, an old kernel, or gone already
        loop.create_task(_poll_parent(parent, end))
    else:
        loop.add_reader(descriptor, end)


async def _poll_parent(parent: int, end: Callable[[], None]) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(0.5)
    end()
