"""Podman's own generator of units, the one that Ubuntu 24.04 has, built from its Go module and kept in the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.lab.binaries import GO_SETTINGS
from tests.lab.cached import Show, made_once
from tools.bootstrap import go_toolchain, processes
from tools.bootstrap.paths import cache_folder
from tools.bootstrap.progress import Progress

MODULE = Path(__file__).resolve().parent / "quadlet_module"
VERSION = "4.9.5"
PACKAGE = "github.com/containers/podman/v4/cmd/quadlet"
# Without the C libraries of what it never does
TAGS = "remote,exclude_graphdriver_btrfs,containers_image_openpgp"


def program() -> Path:
    """The generator; made first if need be, which takes a minute and needs the Go proxy."""
    environ, progress = dict(os.environ), Progress()

    def make(scratch: Path, show: Show) -> Path:
        go = go_toolchain.find(MODULE / "go.mod", scratch / "go", environ, progress)
        module = shutil.copytree(MODULE, scratch / "module")
        out = scratch / "out"
        out.mkdir()
        done = processes.run(
            [go.program, "build", "-v", "-tags", TAGS, "-o", f"{out}/", PACKAGE],
            environ={**environ, **GO_SETTINGS},
            folder=module,
            on_line=show,
            tail_lines=None,
        )
        assert done.code == 0, f"Podman's generator cannot be built:\n{done.said(8)}"
        return out

    return made_once(cache_folder(environ) / f"quadlet-{VERSION}", f"Quadlet {VERSION}", progress, make) / "quadlet"


def generated(files: Mapping[str, str], folder: Path) -> dict[str, dict[str, list[str]]]:
    """The units that come of these files: by name, the values of each `Section.Key`.

    AssertionError quotes what the generator does not take.
    """
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [program(), "-dryrun", "-no-kmsg-log"],
        env={"QUADLET_UNIT_DIRS": str(folder), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = [line for line in done.stderr.splitlines() if "Loading source unit file" not in line]
    assert done.returncode == 0, "\n".join(wrong)
    assert not wrong, "\n".join(wrong)
    return _read(done.stdout)


def _read(text: str) -> dict[str, dict[str, list[str]]]:
    units: dict[str, dict[str, list[str]]] = {}
    unit: dict[str, list[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("---") and line.endswith("---"):
            unit = units[line.strip("-")] = defaultdict(list)
        elif line.startswith("["):
            section = line.strip("[]")
        elif "=" in line:
            key, _, value = line.partition("=")
            unit[f"{section}.{key}"].append(value)
    return units
