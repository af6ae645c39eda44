"""A service for the supervisor's tests: an HTTP server on an inherited socket, which misbehaves when told to.

BEHAVE: "" answers; "crash" ends at once with a message; "unready" answers 503; "stubborn" ignores SIGTERM,
"deaf" the first one;
"slow" takes half a second for /slow.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BEHAVE = os.environ.get("BEHAVE", "")
RELEASE = os.environ.get("ARCHIVE_RELEASE", "")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        if self.path == "/slow":
            print("a slow answer begins", flush=True)
            time.sleep(0.5)
        status = 503 if BEHAVE == "unready" else 200
        body = f'{{"release": "{RELEASE}", "pid": {os.getpid()}}}'.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, descriptor: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.socket = socket.socket(fileno=descriptor)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        connection.setblocking(True)
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:
        pass


def main() -> None:
    print(f"stand-in of release {RELEASE} starts", flush=True)
    if BEHAVE == "crash":
        print("ModuleNotFoundError: No module named 'reticulator'", file=sys.stderr, flush=True)
        sys.exit(3)
    server = Server(int(sys.argv[1]))

    asked: list[int] = []

    def end(number: int, _frame: object) -> None:
        asked.append(number)
        if BEHAVE == "deaf" and len(asked) < 2:
            return
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, signal.SIG_IGN if BEHAVE == "stubborn" else end)
    server.serve_forever(poll_interval=0.05)
    server.server_close()


if __name__ == "__main__":
    main()
