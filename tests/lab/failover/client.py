"""A client of the virtual address: `python -m tests.lab.failover.client ADDRESS PORT plain|tls`.

It opens a new connection every 20 ms, gives it 200 ms to answer, and prints a line for each, when it is over: when it
began and ended (`time.monotonic`, which all processes of this machine share), and who answered, or `-`.

A process of its own: a pause of the harness's threads must not look like a failure of the load balancers.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import ssl
import sys
import time

INTERVAL_SECONDS = 0.02
PATIENCE_SECONDS = 0.2
NOBODY = "-"


async def ask(address: str, port: int, tls: ssl.SSLContext | None) -> str:
    """Who answers a new connection: what a stand-in says of itself, or the digest of an API server's certificate."""
    reader, writer = await asyncio.open_connection(address, port, ssl=tls)
    try:
        if tls is None:
            return (await reader.readline()).decode().strip() or NOBODY
        writer.write(b"GET /version HTTP/1.1\r\nHost: kubernetes\r\nConnection: close\r\n\r\n")
        if not (await reader.readline()).startswith(b"HTTP/1.1 "):
            return NOBODY
        return hashlib.sha256(writer.get_extra_info("ssl_object").getpeercert(binary_form=True)).hexdigest()[:8]
    finally:
        writer.transport.abort()


async def attempt(address: str, port: int, tls: ssl.SSLContext | None) -> None:
    begin, who = time.monotonic(), NOBODY
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            who = await ask(address, port, tls)
    sys.stdout.write(f"{begin:.4f} {time.monotonic():.4f} {who}\n")
    sys.stdout.flush()


async def run(address: str, port: int, tls: ssl.SSLContext | None) -> None:
    """Attempts at equal distances, whatever becomes of them, until the process is ended."""
    running: set[asyncio.Task[None]] = set()
    due = time.monotonic()
    while True:
        task = asyncio.create_task(attempt(address, port, tls))
        running.add(task)
        task.add_done_callback(running.discard)
        due = max(due + INTERVAL_SECONDS, time.monotonic())
        await asyncio.sleep(due - time.monotonic())


def unverified() -> ssl.SSLContext:
    """The client looks at who answers, and tells it nothing that is worth protecting."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


if __name__ == "__main__":
    with contextlib.suppress(PermissionError):
        os.nice(-10)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(run(sys.argv[1], int(sys.argv[2]), unverified() if sys.argv[3] == "tls" else None))
