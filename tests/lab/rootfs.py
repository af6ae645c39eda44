"""The root filesystem that every host starts from: a bare Debian server, made once and kept in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from tests.lab.cached import Show, made_once
from tests.lab.errors import LabError
from tools.bootstrap import processes
from tools.bootstrap.progress import Progress

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
# What a server has on its first day. Containers, load balancers and Kubernetes are the product's to install.
PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "openssh-server",
    "iproute2",
    "iputils-ping",
    "ca-certificates",
    "kmod",
    "procps",
    "util-linux",
    "sudo",
    "curl",
)


def folder(cache: Path) -> Path:
    recipe = hashlib.sha256("\n".join((SUITE, MIRROR, *PACKAGES)).encode()).hexdigest()[:12]
    return cache / f"rootfs-{SUITE}-{recipe}"


def ensure(cache: Path, environ: Mapping[str, str], progress: Progress) -> Path:
    """The root filesystem's folder, made first if need be (about a minute). It appears complete or not at all.

    Raises:
        LabError: debootstrap failed.
    """
    target = folder(cache)

    def make(scratch: Path, show: Show) -> Path:
        made = scratch / "root"
        done = processes.run(
            ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, made, MIRROR],
            environ={**environ, "DEBIAN_FRONTEND": "noninteractive"},
            folder=cache,
            log=target.with_name(f"{target.name}.log"),
            on_line=lambda line: show(line.removeprefix("I: ")),
        )
        if done.code != 0:
            raise LabError(f"debootstrap failed:\n{done.said()}")
        _strip(made)
        return made

    return made_once(target, "Root filesystem of the lab's hosts", progress, make)


def _strip(root: Path) -> None:
    """What must differ from host to host, and the packages that debootstrap kept."""
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    for package in (root / "var/cache/apt/archives").glob("*.deb"):
        package.unlink()
    (root / "etc/machine-id").write_text("")
