"""One request of the engine: for which resource, where its log goes, and when it is no longer wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from ..provider.engine import Engine
from ..provider.failures import Unwanted

T = TypeVar("T")


class Cancellation:
    """Set once, when the user has pressed Ctrl-C; it then holds for everything that still comes."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    async def wait(self) -> None:
        await self._event.wait()


@dataclass(frozen=True)
class Operation:
    """What Go calls a context.

    As in the official plugin only some of the work ends with it: dialling, waiting to dial again, and local commands.
    A remote command that runs is left to end by itself.

    Attributes:
        urn: of the resource; "" for a function.
        deadline: in the event loop's time; None without a custom timeout.
    """

    urn: str
    engine: Engine
    cancellation: Cancellation
    deadline: float | None = None

    async def while_wanted(self, work: Coroutine[Any, Any, T]) -> T:
        """The work's result.

        Raises:
            Unwanted: cancelled or out of time; the work was ended.
        """
        wanted = asyncio.ensure_future(self._unwanted())
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait({wanted, working}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                working.cancel()
                await asyncio.wait({working})
                raise Unwanted("context canceled" if self.cancellation.cancelled else "context deadline exceeded")
            return working.result()
        finally:
            wanted.cancel()
            working.cancel()

    async def _unwanted(self) -> None:
        remaining = None if self.deadline is None else self.deadline - asyncio.get_running_loop().time()
        try:
            await asyncio.wait_for(self.cancellation.wait(), remaining)
        except TimeoutError:
            return
