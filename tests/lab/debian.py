"""Debian packages that the hosts will need and a bare server lacks, downloaded once with all they depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.lab import rootfs
from tests.lab.cached import Show, made_once
from tests.lab.errors import LabError
from tools.bootstrap import processes
from tools.bootstrap.progress import Progress

PACKAGES = (
    "chrony",
    "conntrack",
    "containerd",
    "containernetworking-plugins",
    "ebtables",
    "ethtool",
    "gpg",
    "ipset",
    "iptables",
    "jq",
    "keepalived",
    "libnginx-mod-stream",
    "logrotate",
    "nftables",
    "nginx",
    "openssl",
    "rsync",
    "runc",
    "socat",
    "systemd-resolved",
)
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def ensure(
    cache: Path,
    root_filesystem: Path,
    environ: Mapping[str, str],
    progress: Progress,
    packages: Sequence[str] = PACKAGES,
) -> Path:
    """The folder with these packages, filled first if need be. It appears complete or not at all.

    What counts as installed is what the hosts' root filesystem has, whatever this machine has.

    Raises:
        LabError: apt could not read the archive or fetch a package.
    """
    recipe = hashlib.sha256("\n".join((root_filesystem.name, *packages)).encode()).hexdigest()[:12]

    def make(scratch: Path, show: Show) -> Path:
        options = _private_apt(scratch, root_filesystem)
        for command in (["update"], ["install", "--yes", "--download-only", "--no-install-recommends", *packages]):
            done = processes.run(
                ["apt-get", *options, *command],
                environ={**environ, "DEBIAN_FRONTEND": "noninteractive"},
                folder=cache,
                on_line=show,
            )
            if done.code != 0:
                raise LabError(f"apt-get {command[0]} failed:\n{done.said()}")
        archives = scratch / "cache" / "archives"
        for left in ("partial", "lock"):
            path = archives / left
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        return archives

    return made_once(cache / f"debian-{recipe}", "Debian packages for the lab's hosts", progress, make)


def _private_apt(scratch: Path, root_filesystem: Path) -> list[str]:
    """An apt with sources, lists and cache of its own, which looks at the hosts' dpkg instead of this machine's."""
    lists, archives = scratch / "lists", scratch / "cache" / "archives"
    for folder in (lists / "partial", archives / "partial", scratch / "etc"):
        folder.mkdir(parents=True)
    sources = scratch / "etc" / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {rootfs.MIRROR} {rootfs.SUITE} main\n")
    settings = {
        "APT::Architecture": "amd64",
        "APT::Architectures": "amd64",
        "APT::Sandbox::User": "root",
        "Dir::Cache": scratch / "cache",
        "Dir::Etc::Parts": scratch / "etc",
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": scratch / "etc" / "none",
        "Dir::Etc::Preferences": scratch / "etc" / "none",
        "Dir::Etc::PreferencesParts": scratch / "etc" / "none",
        "Dir::State::Lists": lists,
        "Dir::State::extended_states": scratch / "extended_states",
        "Dir::State::status": root_filesystem / "var/lib/dpkg/status",
    }
    return [f"-o{key}={value}" for key, value in settings.items()]
