"""A real sshd on loopback addresses, with keys of its own, run by whoever runs the tests."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

_PRIVILEGE_SEPARATION = Path("/run/sshd")
_START_SECONDS = 10


@dataclass(frozen=True)
class Sshd:
    """A server that runs.

    Attributes:
        folder: its keys, its log, and `authorized_keys`.
        addresses: where it listens, all on the same port.
        port: that port.
        private_key: the text of the key that it lets in.
        user: whom it lets in.
    """

    folder: Path
    addresses: tuple[str, ...]
    port: int
    private_key: str
    user: str

    def host_key(self, algorithm: str = "ed25519") -> str:
        """One of its public keys, as settings have it."""
        return " ".join((self.folder / f"host_{algorithm}.pub").read_text().split()[:2])

    def fingerprint(self, algorithm: str = "ed25519") -> str:
        """What ssh-keygen says of the key: `SHA256:...`."""
        return _run("ssh-keygen", "-lf", self.folder / f"host_{algorithm}.pub").split()[1]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def connections(self, address: str) -> int:
        """How many times somebody connected to the address."""
        return len(re.findall(rf"^Connection from \S+ port \d+ on {re.escape(address)} ", self.log, re.MULTILINE))

    def logins(self) -> int:
        return self.log.count("Accepted publickey")


def keygen(file: Path, algorithm: str = "ed25519") -> str:
    """Make a key pair without a passphrase at `file` and `file.pub`; the text of the private one."""
    _run("ssh-keygen", "-q", "-t", algorithm, "-N", "", "-C", "test", "-f", file)
    return file.read_text()


@contextmanager
def sshd(
    folder: Path,
    addresses: Sequence[str] = ("127.0.0.1",),
    algorithms: Sequence[str] = ("ecdsa", "ed25519"),
    options: Sequence[str] = (),
) -> Iterator[Sshd]:
    """A server that is ended at the end of the context.

    Args:
        folder: an empty one.
        addresses: loopback ones.
        algorithms: of its host keys.
        options: further lines of sshd_config.
    """
    folder.mkdir(parents=True, exist_ok=True)
    private_key = keygen(folder / "client")
    shutil.copy(folder / "client.pub", folder / "authorized_keys")
    for algorithm in algorithms:
        keygen(folder / f"host_{algorithm}", algorithm)
    port = free_port()
    config = [
        f"Port {port}",
        *(f"ListenAddress {address}" for address in addresses),
        *(f"HostKey {folder}/host_{algorithm}" for algorithm in algorithms),
        f"AuthorizedKeysFile {folder}/authorized_keys",
        f"PidFile {folder}/pid",
        "StrictModes no",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "UsePAM no",
        "LogLevel VERBOSE",
        "MaxStartups 100",
        *options,
    ]
    (folder / "config").write_text("".join(f"{line}\n" for line in config))
    if os.getuid() == 0:
        _PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert program, "the tests need openssh-server"
    process = subprocess.Popen([program, "-D", "-f", folder / "config", "-E", folder / "log"])
    try:
        _wait(process, folder / "log", len(addresses))
        yield Sshd(folder, tuple(addresses), port, private_key, getpass.getuser())
    finally:
        process.terminate()
        process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path, listeners: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not log.exists() or log.read_text().count("Server listening") < listeners:
        assert process.poll() is None, f"sshd ended: {log.read_text() if log.exists() else 'no log'}"
        assert time.monotonic() < deadline, f"sshd does not listen: {log.read_text() if log.exists() else 'no log'}"
        time.sleep(0.02)


def _run(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
