"""The web server of the bundle: python -m tests.lab.server FOLDER ADDRESS PORT."""

from __future__ import annotations

import functools
import http.server
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from tests.lab import cgroups
from tests.lab.errors import LabError
from tests.lab.identity import ProcessIdentity
from tools.bootstrap.paths import this_checkout

START_SECONDS = 20
POLL_SECONDS = 0.1


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of one folder; connections stay open, as apt likes it, and the kernel copies the files."""

    protocol_version = "HTTP/1.1"

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """From a file on disk, or a listing of a folder that the base class made, to the connection."""
        outputfile.flush()
        self.connection.sendfile(source)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the log would be the size of the lab's life."""


class Server(http.server.ThreadingHTTPServer):
    """Many hosts ask at once."""

    request_queue_size = 64
    daemon_threads = True


def start(folder: Path, address: IPv4Address, port: int, log: Path, groups: Sequence[Path]) -> ProcessIdentity:
    """Serve the folder from a process that outlives this one; returns it when it answers.

    Args:
        folder: what is served; a link may point elsewhere later.
        address: where it listens.
        port: and at which port.
        log: what it says.
        groups: the cgroups it runs in, by which it is found again.

    Raises:
        LabError: the port is taken, or the server ended at once.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(address), port))
        except OSError as error:
            raise LabError(
                f"The bundle cannot be served at {address}:{port}: {error.strerror}. Free that port."
            ) from error
    program = [sys.executable, "-m", "tests.lab.server", str(folder), str(address), str(port)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["sh", "-uc", cgroups.ENTER, "lab-server", " ".join(map(str, groups)), *program],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=this_checkout().root,
            env={"PATH": os.environ["PATH"]},
            start_new_session=True,
        )
    identity = ProcessIdentity.of(process.pid)
    deadline = time.monotonic() + START_SECONDS
    while identity is not None and process.poll() is None and time.monotonic() < deadline:
        if answers(f"http://{address}:{port}/"):
            return identity
        time.sleep(POLL_SECONDS)
    raise LabError(f"the bundle's server ended at once: {log.read_text(errors='replace')[-800:]}")


def answers(url: str) -> bool:
    """Whether there is somebody who answers HTTP, whatever."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def main(arguments: list[str]) -> None:
    folder, address, port = arguments
    handler = functools.partial(Handler, directory=folder)
    with Server((address, int(port)), handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
