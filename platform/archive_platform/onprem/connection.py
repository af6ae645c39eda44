"""SSH to the hosts: one connection each, several commands over it, all hosts at once.

A host is spoken to only when its key is the pinned one. What comes back, and every error, has the settings' secrets
replaced. Errors name the host, what failed and the mend; the error of one host never hides what the others say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import asyncssh

from archive_platform.config.onprem import Host, OnPrem
from archive_platform.errors import HostError
from archive_platform.onprem import identities
from archive_platform.onprem.masking import Mask, secrets_of
from archive_platform.onprem.server import Server, server_of

T = TypeVar("T")

CONNECT_SECONDS = 10.0
COMMAND_SECONDS = 60.0
_CLOSE_SECONDS = 2.0
_KEEPALIVE_SECONDS = 15
_LAST_LINES = 3
# The client notices that the server has no key of a kind, or the server does so first and hangs up
_NO_COMMON_KEY = (asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost, ConnectionResetError)


class NoSuchKey(HostError):
    """The server has no host key of the algorithms that were asked for."""


@dataclass(frozen=True)
class Result:
    """What a command left: its exit code, and its output without secrets."""

    code: int
    out: str
    err: str

    @property
    def reason(self) -> str:
        """The last lines of what it complained, for a message."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()] or ["it said nothing"]
        return "; ".join(lines[-_LAST_LINES:])


class Connection:
    """An open connection to one host."""

    def __init__(self, server: Server, client: asyncssh.SSHClientConnection, mask: Mask) -> None:
        self.server = server
        self._client = client
        self._mask = mask

    async def run(self, command: str, stdin: str = "", seconds: float = COMMAND_SECONDS) -> Result:
        """Run a command; what is secret goes to `stdin`, never into `command`.

        HostError when it has not ended after `seconds`, or the connection breaks. A command that fails is a Result.
        """
        host = self.server.label
        try:
            done = await self._client.run(command, input=stdin, timeout=seconds, encoding="utf-8", errors="replace")
        except asyncssh.TimeoutError:  # an OSError as well, and this one is no broken connection
            raise HostError(
                f"{host}: the command did not end within {seconds:g} s. Look whether the host is overloaded, or another"
                " run holds its lock (fuser -v /run/lock/archive.lock)"
            ) from None
        except (OSError, asyncssh.Error) as error:
            raise HostError(f"{host}: the connection broke: {self._mask(_words(error))}. Try again") from None
        if done.returncode is None or done.returncode < 0:
            raise HostError(
                f"{host}: the command was killed, or the connection broke. Look at the host, then try again"
            )
        return Result(done.returncode, self._mask(_text(done.stdout)), self._mask(_text(done.stderr)))

    async def send(self, command: str, to: Connection, receiving: str, seconds: float) -> None:
        """Let a command of another host read what a command of this one writes, as bytes, without keeping it here.

        HostError when either fails, or it has not ended after `seconds`.
        """
        route = f"from {self.server.label} to {to.server.label}"
        try:
            async with self._client.create_process(command, encoding=None) as writer:
                done = await to._client.run(receiving, stdin=writer.stdout, encoding=None, timeout=seconds)
                wrote = await writer.wait()
        except asyncssh.TimeoutError:
            raise HostError(
                f"{route}: nothing arrived whole within {seconds:g} s. Look at the network between"
            ) from None
        except (OSError, asyncssh.Error) as error:
            raise HostError(f"{route}: the connection broke: {self._mask(_words(error))}. Try again") from None
        if wrote.returncode or done.returncode:
            said = b"".join(part for part in (wrote.stderr, done.stderr) if isinstance(part, bytes))
            reason = Result(1, "", self._mask(said.decode(errors="replace"))).reason
            raise HostError(f"{route}: copying failed: {reason}")


class Connections:
    """Opens connections. A jump host is connected to once, for all the hosts behind it."""

    def __init__(self, settings: OnPrem, connect_seconds: float = CONNECT_SECONDS) -> None:
        self.mask = Mask([*secrets_of(settings), *_private_keys(settings)])
        self._settings = settings
        self._seconds = connect_seconds
        self._jumps: dict[Server, asyncio.Task[asyncssh.SSHClientConnection]] = {}

    async def __aenter__(self) -> Connections:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._jumps.values():
            task.cancel()
            with suppress(asyncio.CancelledError, HostError):
                await _close(await task)

    @asynccontextmanager
    async def to(self, host: Host) -> AsyncGenerator[Connection]:
        """A connection to the host. HostError when it cannot be had, or the host's key is not the pinned one."""
        server = server_of(self._settings, host)
        client = await self._open(server)
        try:
            yield Connection(server, client, self.mask)
        finally:
            await _close(client)

    async def shown_key(self, server: Server, algorithms: tuple[str, ...]) -> asyncssh.SSHKey:
        """The key that a server shows, without logging in. NoSuchKey when it has none of the algorithms."""
        tunnel = await self._through(server)
        try:
            key = await asyncssh.get_server_host_key(
                server.address,
                server.port,
                tunnel=tunnel,
                server_host_key_algs=algorithms,
                config=None,
                options=asyncssh.SSHClientConnectionOptions(
                    connect_timeout=self._seconds, login_timeout=self._seconds, config=None
                ),
            )
        except _NO_COMMON_KEY as error:
            raise NoSuchKey(
                f"{server.label} ({server.address}:{server.port}): it has no host key of {' or '.join(algorithms)}."
                " Make one there: ssh-keygen -A"
            ) from error
        except (OSError, asyncssh.Error) as error:
            raise _told(error, server, self._seconds, self.mask) from error
        if key is None:
            raise NoSuchKey(f"{server.label}: it shows no host key. Look at its sshd")
        return key

    async def _through(self, server: Server) -> asyncssh.SSHClientConnection | tuple[()]:
        """The connection to the server's jump host, or () when it has none."""
        jump = server.jump
        if jump is None:
            return ()
        if jump not in self._jumps:
            self._jumps[jump] = asyncio.create_task(self._open(jump))
        try:
            # shield: a host that is given up must not take the jump host from the others
            return await asyncio.shield(self._jumps[jump])
        except HostError as error:
            raise HostError(f"{server.label}: behind {error}") from None

    async def _open(self, server: Server) -> asyncssh.SSHClientConnection:
        if not server.host_key:
            raise HostError(f"{server.label}: its host key is not known yet. Learn it with: archive trust onprem")
        tunnel = await self._through(server)
        try:
            async with identities.of(server) as keys:
                return await asyncssh.connect(
                    server.address,
                    server.port,
                    tunnel=tunnel,
                    username=server.user,
                    client_keys=keys,
                    known_hosts=([asyncssh.import_public_key(server.host_key)], [], []),
                    connect_timeout=self._seconds,
                    login_timeout=self._seconds,
                    keepalive_interval=_KEEPALIVE_SECONDS,
                    preferred_auth="publickey",
                    agent_path=None,
                    config=None,  # what ~/.ssh/config says would hold here, and not for Pulumi
                )
        except (OSError, asyncssh.Error) as error:
            raise _told(error, server, self._seconds, self.mask) from error


async def at_once(work: Iterable[Callable[[], Awaitable[T]]]) -> list[T | HostError]:
    """Do all of it at once: in its order what came of it, or what went wrong with that host."""

    async def one(act: Callable[[], Awaitable[T]]) -> T | HostError:
        try:
            return await act()
        except HostError as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(act)) for act in work]
    return [task.result() for task in tasks]


async def on_each(hosts: Iterable[Host], work: Callable[[Host], Awaitable[T]]) -> dict[str, T | HostError]:
    """Do the work for all hosts at once: by the host's name what came of it, or what went wrong with that host."""
    chosen = list(hosts)
    done = await at_once([partial(work, host) for host in chosen])
    return {host.name: result for host, result in zip(chosen, done, strict=True)}


def _private_keys(settings: OnPrem) -> Iterable[str]:
    """Those that lie in files besides the settings' own."""
    for host in settings.present:
        server: Server | None = server_of(settings, host)
        while server is not None:
            if server.private_key:
                yield server.private_key
            server = server.jump


def _told(error: Exception, server: Server, seconds: float, mask: Mask) -> HostError:
    """The error in the operator's words, with its mend."""
    where = f"{server.label} ({server.address}:{server.port})"
    match error:
        case asyncssh.HostKeyNotVerifiable() | asyncssh.KeyExchangeFailed():
            what = "it does not show the host key that is pinned, so nothing was sent to it."
            mend = f"Was it installed anew? Then compare its keys: archive trust onprem --replace {server.name}"
        case asyncssh.ConnectionLost() | ConnectionResetError():
            what = "it closed the connection. Its sshd is overloaded, or has no host key of the pinned kind any more."
            mend = "Try again, and compare its keys with: archive trust onprem"
        case asyncssh.PermissionDenied():
            what = f"it refuses the key of {server.user}."
            mend = f"Put the public key into {server.user}'s authorized_keys there, or mend archive:ssh"
        case asyncssh.ChannelOpenError():
            what = f"the jump host cannot reach it: {_words(error)}."
            mend = "Look at the host's power and network, and whether the jump host allows forwarding"
        case TimeoutError():
            what = f"no connection within {seconds:g} s."
            mend = "Look at the host's power, network and firewall, and at its address in the settings"
        case OSError():
            what = f"cannot be reached: {error.strerror or _words(error)}."
            mend = "Look at the host's power and network, and at its address and ssh.port in the settings"
        case _:
            what = f"SSH failed: {_words(error)}."
            mend = "Look at the host's sshd (journalctl -u ssh)"
    return HostError(mask(f"{where}: {what} {mend}"))


async def _close(client: asyncssh.SSHClientConnection) -> None:
    client.close()
    try:
        await asyncio.wait_for(client.wait_closed(), _CLOSE_SECONDS)
    except TimeoutError:
        client.abort()


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _text(output: object) -> str:
    return output if isinstance(output, str) else ""
