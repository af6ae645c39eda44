"""Listening sockets: opened alone or not at all, with a word on who has the port when it is not free."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress

from archive_platform.errors import PortInUse, ServiceError
from archive_platform.local.processes import PROC

LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp, from the kernel's include/net/tcp_states.h
SHOWN_CHARACTERS = 120


def listen(host: str, port: int, backlog: int = 1024) -> socket.socket:
    """A listening TCP socket. OSError (EADDRINUSE) when somebody else has the port.

    Deliberately without SO_REUSEPORT: with it two servers could share a port without knowing of each other.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(backlog)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def cannot_listen(name: str, host: str, port: int, error: OSError) -> ServiceError:
    """What to tell the operator when `listen` failed for the service `name`."""
    if error.errno == errno.EADDRINUSE:
        return PortInUse(
            f"{name} cannot listen on {host}:{port}: port {port} is in use by {port_holder(port)}."
            f" End that process, or choose another port with: pulumi config set archive:port {port + 1000}"
        )
    return ServiceError(
        f"{name} cannot listen on {host}:{port}: {error.strerror}. Set archive:host to an address of this machine"
    )


def port_holder(port: int) -> str:
    """Who listens on a TCP port, as "pid 42 (nginx: master process)"; "another process" when it cannot be found out."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for folder in PROC.glob("[0-9]*") if inodes else ():
        with suppress(OSError):  # of another user, or gone meanwhile
            if any(str(entry.readlink()) in inodes for entry in (folder / "fd").iterdir()):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"pid {folder.name} ({command[:SHOWN_CHARACTERS]})"
    return "another process"


def _listening_inodes(port: int) -> list[str]:
    found: list[str] = []
    for table in ("net/tcp", "net/tcp6"):
        with suppress(OSError):
            for line in (PROC / table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                    found.append(columns[9])
    return found
