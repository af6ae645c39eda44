"""How a host is reached."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from archive_platform.config.onprem import sshkeys
from archive_platform.config.rules import Group, Rule
from archive_platform.config.types import Account, HostName, Whole

PrivateKey = Annotated[SecretStr, AfterValidator(sshkeys.private_key)]
PrivateKeyFile = Annotated[str, AfterValidator(sshkeys.private_key_file)]
HostKey = Annotated[str, AfterValidator(sshkeys.host_key)]

_USER = Rule(
    "be the name of an account: up to 32 lower-case letters, digits, _ and -, no digit first",
    "the stack logs in with it",
    "Set root, or the account your servers came with, as in debian",
)
_PORT = Rule("be 1 to 65535", "sshd listens there", "Set 22 unless you moved it")
_HOST_KEY = Rule(
    "be an algorithm and its base64, as in ssh-ed25519 AAAA…",
    "a server that shows another key is refused",
    "Set the line of /etc/ssh/ssh_host_ed25519_key.pub on the server",
)
_PRIVATE_KEY = Rule(
    "be a private key in OpenSSH or PEM form",
    "the stack logs in with it",
    "Set it from its file: pulumi config set --secret --path '<key>' < ~/.ssh/id_ed25519",
    secret=True,
)
_PRIVATE_KEY_FILE = Rule(
    "be the path of a private key of this machine",
    "the stack logs in with that key and keeps no copy in its settings",
    "Set one, as in ~/.ssh/id_ed25519",
)


class _Login(Group):
    """Who logs in, and how both sides know each other."""

    user: Annotated[Account, _USER] = "root"
    port: Annotated[Whole, Field(ge=1, le=65_535), _PORT] = 22
    private_key: Annotated[PrivateKey | None, _PRIVATE_KEY] = None
    private_key_file: Annotated[PrivateKeyFile | None, _PRIVATE_KEY_FILE] = None
    host_key: Annotated[HostKey | None, _HOST_KEY] = None

    def key(self) -> SecretStr | None:
        """The private key, from the settings or from its file; None when there is none of its own."""
        if self.private_key_file is not None:
            return sshkeys.private_key(SecretStr(Path(self.private_key_file).read_text(encoding="ascii")))
        return self.private_key


class Jump(_Login):
    """A host in between. Without a key of its own it is entered as the host behind it is."""

    address: Annotated[
        HostName,
        Rule(
            "be an IPv4 address or a host name",
            "connections to the hosts go through it",
            "Set one, as in 192.0.2.1 or bastion.example.com",
        ),
    ]


class Ssh(_Login):
    """The login of every host, or, at a host, what differs there."""

    agent: Annotated[
        bool,
        Rule("be true or false", "it says whether keys come from the SSH agent of this machine", "Set true or false"),
    ] = False
    sudo: Annotated[
        bool,
        Rule(
            "be true or false",
            "it says whether commands run through sudo -n, which an account other than root needs",
            "Set true or false",
        ),
    ] = False
    jump: Annotated[
        Jump | None,
        Rule(
            "be an object with the address of a host",
            "connections go through it",
            "Set it with: pulumi config set --path 'archive:ssh.jump.address' 192.0.2.1",
        ),
    ] = None

    def over(self, defaults: Ssh) -> Ssh:
        """These settings, and the defaults where they say nothing. A key here replaces either kind of key there."""
        ours = {name: getattr(self, name) for name in self.model_fields_set}
        if ours.keys() & {"private_key", "private_key_file"}:
            ours = {"private_key": None, "private_key_file": None, **ours}
        return defaults.model_copy(update=ours)
