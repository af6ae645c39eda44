"""The plugin's process: it tells the engine its port, serves, and ends with the engine."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

import grpc.aio
from pulumi.runtime.proto import provider_pb2_grpc

from .engine import Engine, when_parent_ends

# As the engine's own limit: outputs and archives can be large.
LARGEST_MESSAGE = 400 * 1024 * 1024


def serve(address: str, provider: Callable[[Engine], provider_pb2_grpc.ResourceProviderServicer]) -> None:
    """Serve until the engine ends this process or is gone."""
    asyncio.run(_serve(address, provider))


async def _serve(address: str, provider: Callable[[Engine], provider_pb2_grpc.ResourceProviderServicer]) -> None:
    # At once, without a word to anybody: the engine ends its plugins so (with an interrupt, and it waits 5 s for it),
    # and when it is gone itself nobody is left to answer to, and what runs must not go on unseen.
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, os._exit, 0)
    when_parent_ends(lambda: os._exit(0))
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", LARGEST_MESSAGE),
            ("grpc.max_send_message_length", LARGEST_MESSAGE),
        ]
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider(Engine(address)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()
