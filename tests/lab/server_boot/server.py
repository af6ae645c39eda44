"""A lab host as an EC2 instance with Ubuntu is when it starts, and ways to look at what became of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.infra.aws import quadlet
from tests.lab import commands, debian, hosts, layout, rootfs
from tests.lab.conftest import SeparateLab
from tests.lab.errors import LabError
from tests.lab.server_boot import cloud
from tests.lab.server_boot.place import HOST
from tests.lab.state import LabState
from tools.bootstrap.paths import cache_folder
from tools.bootstrap.progress import Progress

from archive_platform.aws import boot

ADDRESS = layout.ADDRESSES[HOST]
QUADLET = "usr/local/libexec/quadlet"
GENERATOR = "usr/lib/systemd/system-generators/podman-system-generator"
USER_DATA = "var/lib/cloud/instance/scripts/part-001"
SAID = "var/log/cloud-init-output.log"
PODMAN = {
    # The root of a lab host is an overlay, which carries no other; the folder of containerd is a plain one.
    "storage.conf": """\
[storage]
driver = "overlay"
graphroot = "/var/lib/containerd/storage"
runroot = "/run/containers/storage"
""",
    # On cgroup v1, crun finds no group of its own for a container that systemd made: all would be in one.
    "containers.conf": """\
[engine]
cgroup_manager = "cgroupfs"
""",
}
ENVIRON = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Answer:
    """Of a server, to one request; status 0 when nobody answered."""

    status: int
    body: str

    @property
    def told(self) -> dict[str, Any]:
        return json.loads(self.body)


class Server:
    """The host, from inside by its processes and from outside by its network."""

    def __init__(self, lab: SeparateLab) -> None:
        self._lab = lab
        self.root = lab.run / "hosts" / HOST / "root"

    def deliver(self, certificate: Path) -> None:
        """Give it what an instance has before its user data runs, or reaches: packages, Amazon's names, an authority.

        Debian's Podman has no generator of its own.
        """
        environ, progress = dict(os.environ), Progress()
        cache = cache_folder(environ) / "lab"
        packages = debian.ensure(
            cache, rootfs.folder(cache), environ, progress, packages=(*boot.PACKAGES, boot.ECR_PACKAGE)
        )
        repository = self.root / "opt/packages"
        shutil.copytree(packages, repository)
        index = commands.run("env", f"--chdir={repository}", "apt-ftparchive", "packages", ".")
        (repository / "Packages").write_text(index, encoding="utf-8")
        self.write("etc/apt/sources.list", "deb [trusted=yes] file:/opt/packages ./\n")
        for name, text in PODMAN.items():
            self.write(f"etc/containers/{name}", text)
        self.write("usr/local/share/ca-certificates/cloud.crt", certificate.read_text())
        for path, program in ((QUADLET, quadlet.program()), (GENERATOR, Path(__file__).with_name("generator.sh"))):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(program, self.root / path)
            (self.root / path).chmod(0o755)
        hosts_file = (self.root / "etc/hosts").read_text()
        self.write("etc/hosts", f"{hosts_file}{layout.GATEWAY} {' '.join(cloud.HOSTS)}\n")
        self.run("update-ca-certificates")

    def run_user_data(self, script: str) -> tuple[int, str]:
        """Run user data as cloud-init does: root's, without a home and a terminal. Exit code, and what it said."""
        self.write(USER_DATA, script)
        (self.root / USER_DATA).chmod(0o700)
        (self.root / SAID).unlink(missing_ok=True)
        unit = f"systemd-run --quiet --wait --collect --unit=cloud-final --property=StandardOutput=append:/{SAID}"
        done = self._inside(f"{unit} /{USER_DATA}", timeout=600)
        return done.returncode, (self.root / SAID).read_text(encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        """A file of the host."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, command: str, timeout: float = 60) -> str:
        """What a shell command of root prints.

        Raises:
            LabError: it failed; says what it printed.
        """
        done = self._inside(command, timeout)
        if done.returncode != 0:
            said = done.stdout[-2000:] + done.stderr[-2000:]
            raise LabError(f"on {HOST}, `{command[:120]}` ended with {done.returncode}: {said}")
        return done.stdout

    def is_so(self, command: str) -> bool:
        """Whether a shell command of root succeeds; False too while the host restarts."""
        try:
            return self._inside(command, timeout=60).returncode == 0
        except LabError:
            return False

    def reboot(self) -> None:
        """Restart it in order, and wait until it answers."""
        self._lab.well("reboot", HOST)

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, port: int = boot.PORT, seconds: int = 10
    ) -> Answer:
        """As the load balancer asks, from an address of the network."""
        asked = _curl(f"https://{ADDRESS}:{port}{path}", headers or {}, seconds)
        try:
            return _answer(self._lab.network(*asked))
        except subprocess.CalledProcessError:
            return Answer(0, "")

    def get_inside(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """As somebody asks whose address is not of the network."""
        done = self._inside(_curl(f"https://127.0.0.1:{boot.PORT}{path}", headers or {}), timeout=60)
        return _answer(done.stdout)

    def _inside(self, command: str | list[str], timeout: float) -> subprocess.CompletedProcess[str]:
        state = LabState.load(self._lab.run / "lab.json")
        keeper = state.hosts[HOST].process if state else None
        init = hosts.leader(keeper) if keeper else None
        if init is None:
            raise LabError(f"lab host {HOST} has no power")
        words = ["/bin/sh", "-c", command] if isinstance(command, str) else command
        enter = ["nsenter", "--all", f"--target={init}", "--"]
        try:
            return subprocess.run(
                [*enter, *words],
                env=ENVIRON,
                capture_output=True,
                encoding="utf-8",
                errors="backslashreplace",  # the journal's export counts the bytes of a text of several lines
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise LabError(f"`{command[:120]}` took over {timeout:.0f} s") from error


def _curl(url: str, headers: Mapping[str, str], seconds: int = 10) -> list[str]:
    given = [word for name, value in headers.items() for word in ("--header", f"{name}: {value}")]
    return ["curl", "--silent", "--insecure", "--max-time", str(seconds), "--write-out", "\n%{http_code}", *given, url]


def _answer(said: str) -> Answer:
    body, _, status = said.rpartition("\n")
    return Answer(int(status), body)
