"""SSH to the lab's hosts, with their keys checked."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from tests.lab.errors import LabError
from tests.lab.layout import Folders
from tests.lab.state import HostState

CONNECT_SECONDS = 5


@dataclass(frozen=True)
class Answer:
    """What a command on a host said: exit code (255 is ssh's own failure), stdout and stderr."""

    code: int
    stdout: str
    stderr: str


def arguments(folders: Folders, address: IPv4Address, user: str = "root") -> list[str]:
    """The ssh command up to the host, unable to ask anything."""
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": str(CONNECT_SECONDS),
        "IdentitiesOnly": "yes",
        "IdentityFile": str(folders.private_key),
        "LogLevel": "ERROR",
        "ServerAliveCountMax": "3",
        "ServerAliveInterval": "5",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(folders.known_hosts),
    }
    # Neither the user's nor the machine's own settings.
    return ["ssh", "-F", "none", *(f"-o{key}={value}" for key, value in options.items()), f"{user}@{address}"]


def ssh(
    folders: Folders,
    address: IPv4Address,
    command: str,
    stdin: str | bytes | None = None,
    timeout: float = 60,
    user: str = "root",
    check: bool = True,
) -> Answer:
    """Run a shell command there; see `Lab.ssh`."""
    given = stdin.encode() if isinstance(stdin, str) else stdin or b""
    words = [*arguments(folders, address, user), command]
    try:
        done = subprocess.run(words, input=given, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise LabError(f"on {address}, `{command[:80]}` took over {timeout:.0f} s") from error
    answer = Answer(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
    if check and answer.code != 0:
        said = "\n".join(filter(None, (answer.stdout.strip()[-2000:], answer.stderr.strip()[-2000:])))
        raise LabError(f"on {address}, `{command[:80]}` ended with {answer.code}: {said}")
    return answer


def write_known_hosts(folders: Folders, hosts: Iterable[HostState]) -> None:
    """The keys of all hosts, replaced in one step."""
    scratch = folders.known_hosts.with_name(f".known_hosts.{os.getpid()}")
    scratch.write_text("".join(f"{host.address} {host.host_key}\n" for host in hosts))
    scratch.rename(folders.known_hosts)
