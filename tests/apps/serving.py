"""An app behind a real HTTP server, for what speaks HTTP to it."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server


@contextmanager
def served(app: Flask, *, tls: bool = False) -> Generator[BaseWSGIServer]:
    """Serve `app` on a free port of 127.0.0.1 until the block ends; with TLS by a certificate that nobody signed."""
    context = "adhoc" if tls else None
    server: BaseWSGIServer = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
