"""What the tests need from the system: looked for, and installed with apt where that is allowed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import processes
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.paths import Checkout
from tools.bootstrap.progress import Progress

# Servers live outside a plain user's PATH on Debian.
SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")


@dataclass(frozen=True)
class Need:
    """A Debian package and how to see that what it brings is there already.

    Attributes:
        package: Debian's name.
        programs: any one of these on PATH is enough.
        fonts: or a font file whose name matches one of these patterns.
    """

    package: str
    programs: tuple[str, ...] = ()
    fonts: tuple[str, ...] = ()

    def is_met(self, path: str) -> bool:
        if any(shutil.which(program, path=f"{path}:{SYSTEM_FOLDERS}") for program in self.programs):
            return True
        return any(_has_font(pattern) for pattern in self.fonts)


MARIADB = (Need("mariadb-server", programs=("mariadbd",)),)

TEST_NEEDS = (
    *MARIADB,
    Need("chromium", programs=("chromium",)),
    Need("nginx", programs=("nginx",)),
    Need("openssh-server", programs=("sshd",)),
    Need("nftables", programs=("nft",)),
    Need("shellcheck", programs=("shellcheck",)),
    Need("fonts-noto-cjk", fonts=("NotoSansCJK*", "NotoSansKR*", "Nanum*.ttf")),
)

LAB_NEEDS = (
    Need("apt-utils", programs=("apt-ftparchive",)),
    Need("debootstrap", programs=("debootstrap",)),
    Need("iproute2", programs=("ip",)),
    Need("nftables", programs=("nft",)),
    Need("openssh-client", programs=("ssh-keygen",)),
    Need("systemd-container", programs=("systemd-nspawn",)),
)

# Debian starts a server as soon as it is installed. The tests start their own, so a policy says no for that moment,
# unless the machine has a policy already.
QUIET_INSTALL = """
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get update
apt-get install --yes --no-install-recommends "$@"
"""


def require(
    checkout: Checkout,
    environ: Mapping[str, str],
    progress: Progress,
    needs: Sequence[Need] = TEST_NEEDS,
    root_command: Callable[[Mapping[str, str]], list[str] | None] | None = None,
) -> None:
    """Install what is missing, if this user may.

    Args:
        checkout: apt's output goes into its logs.
        environ: PATH to look in.
        progress: where the installation is shown.
        needs: what to look for.
        root_command: how to become root: [] when root already, None when it cannot be done without a question.

    Raises:
        BootstrapError: packages are missing and may not or cannot be installed; it names them in one line.
    """
    missing = [need.package for need in needs if not need.is_met(environ.get("PATH", ""))]
    if not missing:
        return
    by_hand = f"sudo apt-get install {' '.join(missing)}"
    become_root = (root_command or how_to_become_root)(environ)
    if become_root is None or shutil.which("apt-get", path=environ.get("PATH", "")) is None:
        raise BootstrapError(f"The tests need packages that are not installed: {' '.join(missing)} ({by_hand})")
    log = checkout.logs / "apt.log"
    with progress.step(f"Installing {', '.join(missing)}") as step:
        command = [
            *become_root,
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "sh",
            "-c",
            QUIET_INSTALL,
            "install",
            *missing,
        ]
        done = processes.run(
            command,
            environ=environ,
            folder=checkout.root,
            log=log,
            on_line=lambda line: setattr(step, "detail", line[:60]),
        )
        if done.code != 0:
            raise BootstrapError(f"apt-get could not install {' '.join(missing)}:\n{done.said()}\nThe whole log: {log}")
        step.result = "done"


def how_to_become_root(environ: Mapping[str, str]) -> list[str] | None:
    """[] for root, sudo where it asks for no password, else None."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo", path=environ.get("PATH", ""))
    if sudo is not None and processes.answer([sudo, "-n", "true"], environ=environ, folder=Path("/")) is not None:
        return [sudo, "-n"]
    return None


def _has_font(pattern: str) -> bool:
    return any(next(Path(folder).rglob(pattern), None) is not None for folder in FONT_FOLDERS)
