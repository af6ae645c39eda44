"""Whom a connection logs in as, and which host key it accepts. Nothing here repeats key material in an error."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise

import asyncssh

from ..provider.failures import Failure
from ..provider.values import Object

AGENT = "SSH_AUTH_SOCK"


@dataclass(frozen=True)
class Credentials:
    """What is offered to the server, a private key first."""

    keys: tuple[asyncssh.SSHKeyPair, ...] | None
    password: str | None
    methods: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Credentials(methods={self.methods})"


async def credentials(settings: Object) -> Credentials:
    """The credentials of a connection without secret wrappers.

    As Go's client tries each method once, the agent's keys are used only where there is no private key; but the agent
    that is named, in the settings or by SSH_AUTH_SOCK, has to answer in any case.

    Raises:
        Failure: the private key cannot be read, or the agent does not answer.
    """
    password = _text(settings, "password")
    keys = _private_key(settings)
    agent = _text(settings, "agentSocketPath") or os.environ.get(AGENT)
    if agent:
        from_agent = await _agent_keys(agent)
        keys = keys or from_agent
    methods = ("none", *(["publickey"] if keys else []), *(["password", "keyboard-interactive"] if password else []))
    return Credentials(keys or None, password, methods)


def host_key(settings: Object) -> asyncssh.SSHKey | None:
    """The pinned host key: a line as in authorized_keys, or known_hosts with one name.

    Raises:
        Failure: there is no key in it.
    """
    text = _text(settings, "hostKey")
    if text is None:
        return None
    for line in text.splitlines():
        words = line.split()
        for kind, data in pairwise(words):
            try:
                return asyncssh.import_public_key(f"{kind} {data}")
            except (asyncssh.KeyImportError, ValueError):
                continue
    raise Failure("failed to parse host key: ssh: no key found")


def _private_key(settings: Object) -> tuple[asyncssh.SSHKeyPair, ...]:
    text, passphrase = _text(settings, "privateKey"), _text(settings, "privateKeyPassword")
    if text is None:
        return ()
    try:
        key = asyncssh.import_private_key(text, passphrase)
    except asyncssh.KeyEncryptionError:
        raise Failure("x509: decryption password incorrect") from None
    except (asyncssh.KeyImportError, ValueError) as error:
        if "passphrase" in str(error).lower():
            raise Failure("ssh: this private key is passphrase protected") from None
        raise Failure("ssh: no key found") from None
    return tuple(asyncssh.load_keypairs([key]))


async def _agent_keys(path: str) -> tuple[asyncssh.SSHKeyPair, ...]:
    try:
        # Not closed here: the keys sign through it.
        agent = await asyncssh.connect_agent(path)
        return tuple(await agent.get_keys())
    except (asyncssh.Error, OSError, ValueError) as error:
        reason = os.strerror(error.errno or 0).lower() if isinstance(error, OSError) else "no agent"
        raise Failure(f"dial unix {path}: connect: {reason}") from None


def _text(settings: Object, name: str) -> str | None:
    value = settings.get(name)
    return value if isinstance(value, str) else None
