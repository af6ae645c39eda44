"""What a client proves to be itself with: a private key of the settings, or the SSH agent's keys."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncssh

from archive_platform.errors import HostError
from archive_platform.onprem.server import Server

AGENT = "SSH_AUTH_SOCK"
_SET_ONE = "Set one with: pulumi config set --secret --path archive:ssh.privateKey < FILE"


@asynccontextmanager
async def of(server: Server) -> AsyncGenerator[list[asyncssh.SSHKeyPair]]:
    """The keys to log in with, at least one; the agent's sign while the context is open.

    As Pulumi's command plugin does it: the private key first, then the keys of the agent when there is one.
    HostError when there is no key at all, or one that cannot be used.
    """
    own = [_pair(server.private_key, server.label)] if server.private_key else []
    path = os.environ.get(AGENT)
    if not path or (own and not server.agent):
        if not own:
            raise HostError(f"{server.label}: there is no key to log in with. {_SET_ONE}, or start an agent (ssh-add)")
        yield own
        return
    try:
        agent = await asyncssh.connect_agent(path)
        offered = list(await agent.get_keys())
    except (OSError, asyncssh.Error, ValueError) as error:
        raise HostError(f"{server.label}: the SSH agent at {AGENT} does not answer ({error}). Start one") from None
    try:
        if not own and not offered:
            raise HostError(f"{server.label}: the SSH agent has no key. Load one: ssh-add FILE")
        yield [*own, *offered]
    finally:
        agent.close()


def _pair(text: str, label: str) -> asyncssh.SSHKeyPair:
    try:
        return asyncssh.load_keypairs([asyncssh.import_private_key(text)])[0]
    except (asyncssh.KeyImportError, ValueError):
        raise HostError(f"{label}: its private key is of a form that SSH cannot use here. {_SET_ONE}") from None
