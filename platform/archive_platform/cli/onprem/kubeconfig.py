"""`archive kubeconfig onprem`: the administrator's kubeconfig, which is as good as the cluster's root password."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from archive_platform.cli.onprem.project import Project
from archive_platform.errors import PlatformError


def kubeconfig(project: Project, out: Path | None) -> int:
    """Print the kubeconfig, or write it to `out`, which only its owner may read."""
    text: str = project.output("kubeconfig")
    if out is None:
        print(text, end="" if text.endswith("\n") else "\n")
        return 0
    write_private(out, text)
    print(f"{out} is written, for you alone. Use it with: export KUBECONFIG={out.resolve()}")
    return 0


def write_private(file: Path, text: str) -> None:
    """Write a file with mode 0600, whole or not at all; what was there before is replaced, its mode as well."""
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # has mode 0600 from the start
    except OSError as error:
        raise PlatformError(f"{file} cannot be written: {error.strerror}. Choose another file with --out") from None
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        fresh.replace(file)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise PlatformError(f"{file} cannot be written: {error.strerror}. Choose another file with --out") from None
