"""A real OpenSSH server on this machine for a test: own keys, own port, nothing outside a folder of the test."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine.community import descendants, until
from tests.ports import free_port
from tools.bootstrap.system_packages import SYSTEM_FOLDERS

USER = getpass.getuser()
CONFIGURATION = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
SetEnv HOME={folder}/home
Subsystem sftp internal-sftp
LogLevel VERBOSE
"""


@dataclass(frozen=True)
class Server:
    """A running sshd. Its keys are files in `folder`: host, host.pub, user, user.pub.

    Its sessions have an empty home folder there: the start-up files of whoever runs the tests would speak, too.
    """

    folder: Path
    port: int

    @property
    def host_key(self) -> str:
        return (self.folder / "host.pub").read_text().strip()

    @property
    def user_key(self) -> str:
        return (self.folder / "user").read_text()

    def allow(self, public_key: str) -> None:
        """Let the owner of a further key in."""
        with (self.folder / "authorized_keys").open("a") as lines:
            lines.write(public_key + "\n")

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def log_file(self) -> Path:
        return self.folder / "sshd.log"

    def connection(self, **changes: Any) -> dict[str, Any]:
        """The `connection` argument of a command on this server, with its host key pinned. None takes one out."""
        settings: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "private_key": {"secret": self.user_key},
            "host_key": self.host_key,
            "dial_error_limit": 0,
        }
        return {key: value for key, value in (settings | changes).items() if value is not None}


def generate_key(path: Path, *, kind: str = "ed25519", passphrase: str = "") -> None:
    """Make an SSH key pair, `path` and `path`.pub."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )


@contextmanager
def server(
    folder: Path, extra: str = "", *, port: int | None = None, accepts: str = "ACCEPTED_* PULUMI_COMMAND_*"
) -> Generator[Server]:
    """Start one, and stop it with everything that runs in its sessions.

    Args:
        folder: where its keys, configuration and log go.
        extra: lines put before the configuration (the first mention of an option counts).
        port: to listen on; a free one when not given.
        accepts: the environment variables a client may set, "" for none.
    """
    (folder / "home").mkdir(parents=True, exist_ok=True)
    running = Server(folder, port or free_port())
    for name in ("host", "user"):
        generate_key(folder / name)
    shutil.copy2(folder / "user.pub", folder / "authorized_keys")
    if accepts:
        extra += f"AcceptEnv {accepts}\n"
    configuration = extra + CONFIGURATION.format(port=running.port, folder=folder)
    (folder / "sshd_config").write_text(configuration, encoding="utf-8")
    running.log_file.touch()
    program = shutil.which("sshd", path=SYSTEM_FOLDERS)
    assert program is not None, "OpenSSH's server is missing (apt-get install openssh-server)"
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # root's sshd does not start without this empty folder
    process = subprocess.Popen(
        [program, "-D", "-f", str(folder / "sshd_config"), "-E", str(running.log_file)], start_new_session=True
    )
    try:
        until(lambda: "Server listening" in running.log)
        yield running
    finally:
        for pid in [*descendants(process.pid), process.pid]:
            with suppress(ProcessLookupError):  # a session that ends by itself
                os.kill(pid, signal.SIGKILL)
        process.wait(timeout=10)
