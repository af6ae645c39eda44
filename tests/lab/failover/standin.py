"""Servers that stand in for control planes: `python -m tests.lab.failover.standin PORT NAME=ADDRESS...`.

Each says its name and through which load balancer the connection came, and hangs up. The addresses are already here.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable


async def serve(port: int, servers: dict[str, str]) -> None:
    """Answers on every address until the process is ended."""
    running = [await asyncio.start_server(_greeting(name), address, port) for name, address in servers.items()]
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in running))


def _greeting(name: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{name} through {writer.get_extra_info('peername')[0]}\n".encode())
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    return greet


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1]), dict(word.split("=") for word in sys.argv[2:])))
