"""A host of paper: steps run for real in a root of their own, where every program that matters is a stub.

The root holds what a bare Debian 12 has: a handful of programs, links to this machine's; its own /etc, /var, /run and
/usr; and /proc/sys and a few more files of /proc as the test wants them. Nothing outside can be written, and there is
no network.

`stubs/` is the model behind the stubs: packages that can be installed, services that run, one table of nftables.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive_platform.onprem.script import Script, Verb

HERE = Path(__file__).resolve().parent
SECONDS = 60  # for a run that takes less than one on a machine that does nothing else

# What a step may use without installing it. Debian calls these packages essential, required or important.
PROGRAMS = """
    awk basename bash cat chmod cmp cp cut date dirname env false find flock getent grep head id ln ls mkdir mktemp mv
    paste pkill printf readlink realpath rm rmdir sed seq sh sha256sum sleep sort sync tail tar tee test touch tr true
    wc
"""
STUBS = """
    apt-cache apt-get apt-mark chown curl df dpkg dpkg-query gpasswd groupadd hostname install modprobe nproc ss sshd
    stat swapoff systemctl systemd-detect-virt timeout uname useradd usermod visudo
"""
LIBRARIES = ("lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu", "lib64")
# Files of /proc that tell about the machine below.
OWN_PROC = ("cgroups", "filesystems", "meminfo", "swaps")

ENTER = """\
set -eu
root=$1
for folder in $3; do mount --bind -o ro "/usr/$folder" "$root/usr/$folder"; done
mount --bind -o ro /usr/bin "$root/machine/bin"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
for name in $4; do mount --bind "$root/stub/proc/$name" "$root/proc/$name"; done
mount --bind "$root/stub/sys" "$root/proc/sys"
exec chroot "$root" /usr/bin/env -i PATH=/usr/bin HOME=/root LANG=C.UTF-8 bash -s -- "$2"
"""

BARE = {
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "etc/group": "root:x:0:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\n",
    "etc/hostname": "localhost\n",
    "etc/hosts": "127.0.0.1 localhost\n192.0.2.7 of.the.operator\n",
    "etc/fstab": "/dev/vda1 / ext4 defaults 0 1\n",
    "etc/resolv.conf": "nameserver 192.0.2.53\n",
    "etc/apt/sources.list": "deb http://deb.debian.org/debian bookworm main\n",
    "root/.ssh/authorized_keys": "ssh-ed25519 AAAA operator\n",
    "stub/proc/cgroups": "".join(
        f"{name}\t0\t100\t1\n" for name in ("cpuset", "cpu", "cpuacct", "memory", "devices", "freezer", "pids")
    ),
    "stub/proc/filesystems": "nodev\tproc\n\text4\n",
    "stub/proc/meminfo": "MemTotal:        4000000 kB\nMemFree:         3000000 kB\n",
    "stub/proc/swaps": "Filename\tType\tSize\tUsed\tPriority\n",
    "stub/swaps": "Filename\tType\tSize\tUsed\tPriority\n",
    "stub/sshd-defaults": (
        "PasswordAuthentication yes\nKbdInteractiveAuthentication no\nPermitRootLogin without-password\n"
    ),
    "stub/sys/fs/inotify/max_user_instances": "128\n",
    "stub/sys/fs/inotify/max_user_watches": "8192\n",
    "stub/sys/kernel/keys/root_maxbytes": "25000000\n",
    "stub/sys/kernel/keys/root_maxkeys": "1000000\n",
    "stub/sys/kernel/panic": "0\n",
    "stub/sys/kernel/panic_on_oops": "0\n",
    "stub/sys/net/ipv4/ip_forward": "0\n",
    "stub/sys/vm/overcommit_memory": "0\n",
    "stub/sys/vm/panic_on_oom": "0\n",
    "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids\n",
    "stub/services/ssh": "enabled active\n",
    "stub/services/systemd-timesyncd": "enabled active\n",
    **{f"stub/{name}": "" for name in ("calls", "half", "held", "images", "owners", "packages", "served")},
}
FOLDERS = (
    "run/lock",
    "run/systemd/system",
    "tmp",
    "dev",
    "proc",
    "machine/bin",
    "stub/given",
    "stub/web",
    "stub/brings",
)


@dataclass(frozen=True)
class Outcome:
    """What a step did.

    Attributes:
        code: its exit code.
        said: its progress, a line each.
        answer: its JSON document; empty when it failed.
        calls: the programs that it ran to change something.
    """

    code: int
    said: Sequence[str]
    answer: Mapping[str, Any]
    calls: Sequence[str]

    @property
    def items(self) -> Mapping[str, str]:
        return self.answer["items"]

    @property
    def changes(self) -> Sequence[str]:
        return self.answer["changes"]


class Sandbox:
    """One host. It keeps its state from run to run, as a host does."""

    def __init__(self, root: Path) -> None:
        if why_not := _impossible():
            pytest.skip(why_not)
        self.root = root
        for name in (*FOLDERS, *(f"usr/{each}" for each in (*_libraries(), "bin", "lib/apt"))):
            (root / name).mkdir(parents=True, exist_ok=True)
        for name in ("bin", "lib", "sbin", "lib64"):
            (root / name).symlink_to("usr/bin" if name == "sbin" else f"usr/{name}")
        for program in PROGRAMS.split():
            (root / "usr/bin" / program).symlink_to(f"/machine/bin/{program}")
        for path in (HERE / "stubs").iterdir():
            shutil.copy(path, root / "stub" / path.name)
        (root / "stub/stub.sh").chmod(0o755)
        for name in STUBS.split():
            self.stub(f"usr/bin/{name}")
        self.stub("usr/lib/apt/apt-helper")
        for path, text in BARE.items():
            self.write(path, text)

    # The host as a test wants it.

    def stub(self, path: str) -> None:
        """Let the model answer for the program of that name."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to("/stub/stub.sh")

    def serve(self, *packages: str, brings: str = "") -> None:
        """Packages, as NAME VERSION, that apt finds. `brings` is bash that runs when the last one is installed."""
        with (self.root / "stub/served").open("a") as served:
            served.writelines(f"{package}\n" for package in packages)
        if brings:
            self.write(f"stub/brings/{packages[-1].split()[0]}", brings)

    def install(self, *packages: str) -> None:
        """Packages, as NAME VERSION, that are there from the start."""
        with (self.root / "stub/packages").open("a") as installed:
            installed.writelines(f"{package}\n" for package in packages)

    def given(self, name: str, text: str) -> None:
        """What a program is to say: see `given` and `refuses` in stubs/stub.sh for the names."""
        self.write(f"stub/given/{name}", text)

    def proc(self, name: str, text: str) -> None:
        """A file of /proc, or of /proc/sys as sys/...."""
        self.write(f"stub/{name}" if name.startswith("sys/") else f"stub/proc/{name}", text)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def read(self, path: str) -> str:
        return (self.root / path.lstrip("/")).read_text()

    def has(self, path: str) -> bool:
        target = self.root / path.lstrip("/")
        return target.exists() or target.is_symlink()

    # A run.

    def run(self, script: Script, verb: Verb) -> Outcome:
        """The step, as it would run on the host."""
        return self.run_text(script.text, verb)

    def run_text(self, text: str, verb: str) -> Outcome:
        """Any bash, with the verb as its argument."""
        (self.root / "stub/calls").write_text("")
        command = [*_unshare(), "sh", "-c", ENTER, "enter", self.root, verb, " ".join(_libraries()), " ".join(OWN_PROC)]
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=SECONDS, check=False, env=_environment()
        )
        answer: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
        calls = self.read("stub/calls").splitlines()
        return Outcome(done.returncode, done.stderr.splitlines(), answer, calls)


def in_empty_network(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as root of a network that has nothing in it.

    For a plain user, root of a namespace of his own is root enough there.
    """
    if why_not := _impossible():
        pytest.skip(why_not)
    return subprocess.run(
        [*_unshare(), *command], capture_output=True, text=True, timeout=SECONDS, check=False, env=_environment()
    )


def _unshare() -> list[str]:
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", *rights, "--mount", "--net"]


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}


def _libraries() -> list[str]:
    return [name for name in LIBRARIES if Path("/usr", name).is_dir()]


@functools.cache
def _impossible() -> str:
    """Why this machine has no sandbox; nothing when it has."""
    try:
        tried = subprocess.run([*_unshare(), "true"], capture_output=True, text=True, check=False, env=_environment())
    except OSError as error:
        return f"no sandbox: {error}"
    if tried.returncode == 0:
        return ""
    return f"no sandbox: {tried.stderr.strip()} (run as root, or allow user namespaces to everybody)"
