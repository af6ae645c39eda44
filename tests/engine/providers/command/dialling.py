"""One attempt to open an SSH connection, and why it failed, in the words of Go's ssh package."""

from __future__ import annotations

import asyncio
import os
import socket

import asyncssh

from ..provider.failures import Failure
from .credentials import Credentials, host_key
from .target import Target

# Go's net.Dialer: a peer that is gone is noticed after about 2.5 minutes.
KEEP_ALIVE_SECONDS, KEEP_ALIVE_PROBES = 15, 9
# RFC 4254, 5.1, in the words of golang.org/x/crypto/ssh
REJECTIONS = {
    1: "administratively prohibited",
    2: "connect failed",
    3: "unknown channel type",
    4: "resource shortage",
}


class Handshake(asyncssh.SSHClient):
    """Knows how far a connection got. asyncssh tells that it was lost, and not at which step."""

    def __init__(self) -> None:
        self._connection: asyncssh.SSHClientConnection | None = None
        self._agreed = False

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> None:  # noqa: ARG002 - asyncssh's
        self._agreed = True

    @property
    def disagreed(self) -> bool:
        """The server has said who it is, and left before there was a key to speak under."""
        spoken = self._connection is not None and self._connection.get_extra_info("server_version") is not None
        return spoken and not self._agreed


async def dial(
    target: Target, keys: Credentials, proxy: asyncssh.SSHClientConnection | None
) -> asyncssh.SSHClientConnection:
    """Connect and log in, through the proxy if there is one.

    Raises:
        Failure: it did not work.
    """
    pinned = host_key(target.settings)
    # The type of the pinned key is the only one offered, as officially: `ssh-rsa` therefore means SHA-1, which
    # OpenSSH refuses, and an RSA host key cannot be pinned.
    algorithms: tuple[str, ...] = () if pinned is None else (pinned.get_algorithm(),)
    connection = None if proxy else await _tcp(target)
    handshake = Handshake()
    try:
        return await asyncssh.connect(
            target.host,
            target.port,
            tunnel=proxy or (),
            sock=connection,
            client_factory=lambda: handshake,
            username=target.user,
            password=keys.password,
            client_keys=list(keys.keys) if keys.keys else None,
            agent_path=None,
            known_hosts=None if pinned is None else ([pinned], [], []),
            server_host_key_algs=algorithms,
            compression_algs=None,
            preferred_auth="publickey,password,keyboard-interactive",
            login_timeout=0,  # officially the time limit is for the TCP connection alone
            config=None,
        )
    except (asyncssh.Error, OSError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, asyncssh.ChannelOpenError):  # by the proxy
            raise Failure(f"ssh: rejected: {REJECTIONS.get(error.code, 'unknown reason')} ({error.reason})") from error
        raise Failure(f"ssh: handshake failed: {_reason(error, handshake, algorithms, keys)}") from error


async def _tcp(target: Target) -> socket.socket:
    loop, problem = asyncio.get_running_loop(), f"dial tcp {target.endpoint}: "
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Failure(f"dial tcp: lookup {target.host}: no such host") from error
    family, kind, protocol, _, address = found[0]
    connection = socket.socket(family, kind, protocol)
    connection.setblocking(False)
    try:
        await asyncio.wait_for(loop.sock_connect(connection, address), target.dial_timeout)
    except TimeoutError as error:
        connection.close()
        raise Failure(f"{problem}i/o timeout") from error
    except OSError as error:
        connection.close()
        raise Failure(f"{problem}connect: {os.strerror(error.errno or 0).lower()}") from error
    except asyncio.CancelledError:
        connection.close()
        raise
    _keep_alive(connection)
    return connection


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", KEEP_ALIVE_SECONDS),
        ("TCP_KEEPINTVL", KEEP_ALIVE_SECONDS),
        ("TCP_KEEPCNT", KEEP_ALIVE_PROBES),
    ):
        if hasattr(socket, option):  # not all of them everywhere
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _reason(error: Exception, handshake: Handshake, algorithms: tuple[str, ...], keys: Credentials) -> str:
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return "ssh: host key mismatch"
    if isinstance(error, asyncssh.PermissionDenied):
        tried = " ".join(keys.methods)
        return f"ssh: unable to authenticate, attempted methods [{tried}], no supported methods remain"
    if isinstance(error, asyncssh.ConnectionLost | ConnectionError):
        if algorithms and handshake.disagreed:
            return f"ssh: no common algorithm for host key; we offered: [{' '.join(algorithms)}]"
        return "EOF"
    return str(error)
