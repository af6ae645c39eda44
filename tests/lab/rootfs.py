"""The root filesystem that every host starts from: a bare Debian server, made once and kept in the cache."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.lab.errors import LabError
from tools.bootstrap import locks, processes
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
    if target.exists():
        return target
    with locks.hold(locks.beside(target), "the lab's root filesystem", progress):
        if target.exists():
            return target
        scratch = target.with_name(f".making-{target.name}")
        shutil.rmtree(scratch, ignore_errors=True)
        with progress.step("Root filesystem of the lab's hosts") as step:
            done = processes.run(
                ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, scratch, MIRROR],
                environ={**environ, "DEBIAN_FRONTEND": "noninteractive"},
                folder=cache,
                log=target.with_name(f"{target.name}.log"),
                on_line=lambda line: setattr(step, "detail", line.removeprefix("I: ")[:60]),
            )
            if done.code != 0:
                raise LabError(f"debootstrap failed:\n{done.said()}")
            _strip(scratch)
            scratch.rename(target)
            step.result = SUITE
    return target


def _strip(root: Path) -> None:
    """What must differ from host to host, and the packages that debootstrap kept."""
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    for package in (root / "var/cache/apt/archives").glob("*.deb"):
        package.unlink()
    (root / "etc/machine-id").write_text("")
