"""A control plane and a host that keeps its snapshots, both in folders: real programs, stand-ins for etcd's tools."""

from __future__ import annotations

import getpass
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.infra.onprem.sshd import Sshd

from archive_platform.onprem import snapshots
from archive_platform.onprem.script import assignments

SECONDS = 60
CLUSTER = "the authority's certificate\n"

# What `etcdctl snapshot save` leaves ends with the SHA-256 of all before.
ETCDCTL = """\
#!/bin/bash
[ ! -e {folder}/silent ] || { echo 'context deadline exceeded' >&2; exit 1; }
cp {folder}/content "${@: -1}"
[ -e {folder}/cut ] || printf "$(sha256sum < {folder}/content | cut -c 1-64 | sed 's/../\\\\x&/g')" >> "${@: -1}"
"""
ETCDUTL = "#!/bin/bash\n[ ! -e {folder}/damaged ] || { echo 'Error: invalid database' >&2; exit 1; }\n"

_MANIFEST = "spec:\n  containers:\n  - name: {name}\n    image: registry.k8s.io/{name}:{tag}\n"


@dataclass
class Keeper:
    """Where snapshots are sent: a real sshd whose keys may do what the product lets them do."""

    folder: Path
    server: Sshd
    keep: int = 3
    sources: dict[str, str] = field(default_factory=dict[str, str])

    def let_in(self, source: str, public: str) -> None:
        program = _program(self.folder, snapshots.receive_program(), "receive")
        self.sources[source] = f'restrict,command="{program} {source} {self.keep}" {public} {source}\n'
        (self.folder / "lib/archive/received" / source).mkdir(parents=True, exist_ok=True)
        (self.server.folder / "authorized_keys").write_text("".join(self.sources.values()))

    def kept(self, source: str) -> list[str]:
        """Names of whole snapshots."""
        return _whole(self.folder / "lib/archive/received" / source)


class ControlPlane:
    """A host with the program that takes snapshots, and an etcd that says what the test wants."""

    def __init__(self, folder: Path, name: str = "cp1", keep: int = 3, keeper: Keeper | None = None) -> None:
        self.folder = folder
        self.name = name
        self.taken = folder / "lib/archive/snapshots"
        self.key = folder / "etc/snapshots/key"
        tools = folder / "local/etcd/3.6.5-0"
        for each in (self.taken, self.key.parent, tools, folder / "lock"):
            each.mkdir(parents=True)
        self.write("content", "everything there is to know\n" * 500)
        self.write("etcd/member/snap/db", "x" * 1000)
        self.write("kubernetes/pki/ca.crt", CLUSTER)
        self.write("kubernetes/manifests/etcd.yaml", _MANIFEST.format(name="etcd", tag="3.6.5-0"))
        self.write("kubernetes/manifests/kube-apiserver.yaml", _MANIFEST.format(name="kube-apiserver", tag="v1.34.4"))
        for program, text in (("etcdctl", ETCDCTL), ("etcdutl", ETCDUTL)):
            self.write(tools.relative_to(folder) / program, text.replace("{folder}", str(folder)), 0o755)
        self._set_up(keep, keeper)
        self.program = _program(folder, snapshots.take_program(), "snapshot")

    def write(self, path: str | Path, text: str, mode: int = 0o644) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)
        return target

    def start(self, label: str = "") -> subprocess.Popen[str]:
        command = [self.program, *([label] if label else [])]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def save(self, label: str = "") -> tuple[int, str]:
        """Take one; its exit code and what it said."""
        process = self.start(label)
        _, said = process.communicate(timeout=SECONDS)
        return process.returncode, said

    @property
    def names(self) -> list[str]:
        """Of whole snapshots, the newest first."""
        return _whole(self.taken)

    @property
    def last(self) -> dict[str, Any]:
        return json.loads((self.taken / "last.json").read_text())

    def ssh(self, keeper: Keeper, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """What somebody does who has stolen this host's key: `words` are further arguments of ssh."""
        options = {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
        }
        command = ["ssh", "-F", "none", *(f"-o{key}={value}" for key, value in options.items()), "-i", str(self.key)]
        command += ["-p", str(keeper.server.port), "-l", keeper.server.user, *words]
        return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=SECONDS)

    def _set_up(self, keep: int, keeper: Keeper | None) -> None:
        server = keeper.server if keeper else None
        told = {
            "HOST": self.name,
            "KEEP": keep,
            "SNAPSHOTTER": "overlayfs",
            "TARGET": "s1" if server else "",
            "TARGET_ADDRESS": server.addresses[0] if server else "",
            "TARGET_PORT": server.port if server else "",
        }
        self.write("etc/snapshots/settings", assignments(told))
        if keeper and server:
            pair = snapshots.key_pair("not so random", self.name)
            self.write(self.key.relative_to(self.folder), pair.private + "\n", 0o600)
            self.write("etc/snapshots/known_hosts", f"s1 {server.host_key('ed25519')}\n")
            keeper.let_in(self.name, pair.public)


def _program(folder: Path, text: str, name: str) -> Path:
    """The program as it is installed, with its paths inside the folder."""
    moved = {
        "/var/lib/archive": folder / "lib/archive",
        "/usr/local/lib/archive/etcd": folder / "local/etcd",
        "/etc/archive": folder / "etc",
        "/etc/kubernetes": folder / "kubernetes",
        "/var/lib/etcd": folder / "etcd",
        "/run/": f"{folder}/",
        "archive-snapshots@": f"{getpass.getuser()}@",
    }
    for path, instead in moved.items():
        text = text.replace(path, str(instead))
    program = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    program.write_text(text + "\n")
    program.chmod(0o755)
    return program


def _whole(folder: Path) -> list[str]:
    names: Sequence[Path] = sorted(folder.glob("*.db.sha256"), reverse=True)
    return [name.stem for name in names if name.with_suffix("").exists()]
