"""The official installer, https://get.pulumi.com, into the user's cache, with its version pinned."""

from __future__ import annotations

import platform
import tempfile
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tools.bootstrap import pins, processes, versions
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.progress import Progress

INSTALLER = "https://get.pulumi.com"
# A site without a way out sets this to `off`, or to its mirror of the installer.
INSTALLER_VARIABLE = "ARCHIVE_PULUMI_INSTALLER"
CONNECT_SECONDS = 4.0


def cached_folder(cache: Path) -> Path:
    return cache / f"{versions.show(pins.engine_version())}-official-{platform.system()}-{platform.machine()}".lower()


def install(folder: Path, environ: Mapping[str, str], progress: Progress) -> None:
    """Run the installer; `folder` appears complete or not at all.

    Raises:
        BootstrapError: it cannot be reached within a few seconds, or it failed; the message is the reason.
    """
    address = environ.get(INSTALLER_VARIABLE) or INSTALLER
    if address == "off":
        raise BootstrapError(f"switched off by {INSTALLER_VARIABLE}=off")
    version = versions.show(pins.engine_version())
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        progress.step("Pulumi engine", optional=True) as step,
        tempfile.TemporaryDirectory(prefix=".installing-", dir=folder.parent) as scratch,
    ):
        step.detail = f"asking {address}"
        script = Path(scratch) / "install.sh"
        script.write_bytes(_fetch(address))
        step.detail = f"downloading {version}"
        root = Path(scratch) / "root"
        command = ["sh", str(script), "--version", version, "--install-root", str(root), "--no-edit-path"]
        done = processes.run(command, environ=environ, folder=Path(scratch))
        program = root / "bin" / "pulumi"
        if done.code != 0 or not program.exists():
            raise BootstrapError(f"{address} ran and failed:\n{done.said(6)}")
        told = processes.answer(
            [program, "version"], environ={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}, folder=root
        )
        if versions.parse(told or "") != pins.engine_version():
            raise BootstrapError(f"{address} brought version {told!r} instead of {version}")
        (root / "bin").rename(folder)
        step.result = f"{version}, from {address}"


def _fetch(address: str) -> bytes:
    if not address.startswith(("https://", "file://")):
        raise BootstrapError(f"{INSTALLER_VARIABLE} must be an https:// or file:// address (got {address})")
    try:
        with urllib.request.urlopen(address, timeout=CONNECT_SECONDS) as response:  # noqa: S310 -- scheme checked above
            script: bytes = response.read()
            return script
    except OSError as error:
        reason = getattr(error, "reason", None) or error
        raise BootstrapError(f"{address} cannot be reached ({reason})") from error
