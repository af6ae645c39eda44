"""How a listening socket passes from one supervisor to the next.

Both then accept from the same queue: while one version goes and the other comes, no connection is refused or reset.
(Closing one of two SO_REUSEPORT sockets, which Granian makes by default, resets the connections in its queue.)
"""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

TIMEOUT_SECONDS = 5.0


def control_name(name: str) -> str:
    """The control socket, relative to the run folder: a Unix socket's whole path may have 107 characters only."""
    return f"{name}.sock"


def offer(name: str) -> socket.socket:
    """A control socket in the current folder, from which the next supervisor can fetch the listening socket."""
    Path(control_name(name)).unlink(missing_ok=True)
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    control.bind(control_name(name))
    control.listen(1)
    control.setblocking(False)
    return control


def give(control: socket.socket, listener: socket.socket) -> None:
    """Answer one caller with the listening socket."""
    with suppress(OSError):  # the caller went away
        connection, _ = control.accept()
        with connection:
            connection.settimeout(TIMEOUT_SECONDS)
            socket.send_fds(connection, [b"listener"], [listener.fileno()])


def take(name: str) -> socket.socket | None:
    """The listening socket of the supervisor that runs now; None when it does not answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(TIMEOUT_SECONDS)
        try:
            caller.connect(control_name(name))
            _, descriptors, _, _ = socket.recv_fds(caller, 16, 1)
        except OSError:
            return None
    return socket.socket(fileno=descriptors[0]) if descriptors else None
