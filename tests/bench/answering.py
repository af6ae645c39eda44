"""A server that keeps connections alive and answers everything with one function, for the tests of the generator."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.bench.servers import Running

#: A status, and headers beside the length.
Answer = tuple[int, Mapping[str, str]]


@contextmanager
def answering(answer: Callable[[], Answer]) -> Generator[Running]:
    """Serve until the block ends. To the bench, this process is the server under measurement."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers = answer()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "2"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *_values: object) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # the generator opens all its connections at once

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Running(os.getpid(), server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
