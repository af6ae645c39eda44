"""How a host is reached by SSH, all settings taken together. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import SecretStr

from archive_platform.config.onprem import Host, OnPrem
from archive_platform.config.onprem.ssh import Jump, Ssh


@dataclass(frozen=True)
class Server:
    """A host, or a jump host, as SSH sees it.

    Attributes:
        name: as the operator calls it; for a jump host its address.
        address: where it listens, together with `port`.
        user: who logs in.
        sudo: commands run through `sudo -n`.
        host_key: the pinned key, None when it was not learned yet.
        private_key: the text of the key to log in with, None without one.
        agent: the SSH agent has the key.
        jump: what it is reached through.
    """

    name: str
    address: str
    port: int
    user: str
    sudo: bool = False
    host_key: str | None = None
    private_key: str | None = field(default=None, repr=False)
    agent: bool = False
    jump: Server | None = None

    @property
    def label(self) -> str:
        """For messages."""
        return f"the jump host {self.name}" if self.name == self.address else self.name


def server_of(settings: OnPrem, host: Host) -> Server:
    """How the host is reached: by what it says for itself, and by `archive:ssh` for the rest."""
    ssh = settings.ssh_of(host)
    return Server(
        name=host.name,
        address=str(host.address),
        port=ssh.port,
        user=ssh.user,
        sudo=ssh.sudo,
        host_key=ssh.host_key,
        private_key=_shown(ssh.key()),
        agent=ssh.agent,
        jump=_jump(ssh.jump, ssh) if ssh.jump else None,
    )


def _jump(jump: Jump, ssh: Ssh) -> Server:
    return Server(
        name=str(jump.address),
        address=str(jump.address),
        port=jump.port,
        user=jump.user,
        host_key=jump.host_key,
        private_key=_shown(jump.key() or ssh.key()),
        agent=ssh.agent,
    )


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
