"""The air-gapped bundle: a flat apt repository and container images, pinned by one index.

index.json             {"format": 1, "kubernetes": [...], "files": {"apt/Packages": {"sha256": ..., "size": ...}, ...}}
apt/                   Packages, Release, *.deb
images/<version>/      docker-archive files
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.lab import commands, debian, debs, images, rootfs
from tests.lab.binaries import PROGRAMS, Builder
from tools.bootstrap import locks
from tools.bootstrap.progress import Progress, Step

FORMAT = 1
KUBERNETES_VERSIONS = ("1.34.4", "1.35.4")
INDEX = "index.json"
# The same packages give the same index, whenever it is made; apt compares the date with that of the list it has.
RELEASE_DATE = "Tue, 24 Nov 2026 20:00:00 UTC"
HERE = Path(__file__).resolve().parent
# The bundle is made anew when one of these says something else.
RECIPE = ("binaries.py", "bundle.py", "debian.py", "debs.py", "images.py", "rootfs.py")


def ensure(cache: Path, environ: Mapping[str, str], progress: Progress) -> Path:
    """The bundle's folder, made first if need be: minutes with the programs in the cache, a quarter of an hour without.

    Raises:
        LabError: something could not be built or downloaded.
    """
    target = place(cache)
    if target.exists():
        return target
    with locks.hold(cache / "bundle.lock", "the lab's bundle", progress):
        if target.exists():
            return target
        root_filesystem = rootfs.ensure(cache, environ, progress)
        packages = debian.ensure(cache, root_filesystem, environ, progress)
        builder = Builder(cache, environ, progress)
        scratch = cache / ".making-bundle"
        shutil.rmtree(scratch, ignore_errors=True)
        repository = scratch / "apt"
        repository.mkdir(parents=True)
        with progress.step("Bundle") as step:
            for version in KUBERNETES_VERSIONS:
                step.detail = f"images of Kubernetes {version}"
                folder = scratch / "images" / version
                folder.mkdir(parents=True)
                images.of_kubernetes(version, builder, packages, root_filesystem, folder)
            _fill_repository(repository, packages, builder, step)
            step.detail = "index"
            write_index(scratch)
            scratch.rename(target)
            step.result = f"{sum(path.stat().st_size for path in target.rglob('*') if path.is_file()) >> 20} MiB"
    return target


def place(cache: Path) -> Path:
    """Where the bundle of this recipe is, when it was made."""
    return cache / f"bundle-{_recipe()}"


def prune(cache: Path, keep: int = 2) -> None:
    """Remove the bundles of older recipes, a gigabyte each. The last but one may be what another lab still serves."""
    made = sorted((path for path in cache.glob("bundle-*") if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in made[:-keep]:
        shutil.rmtree(old)


def write_index(folder: Path) -> None:
    """List every file of the folder with its digest and size."""
    files = {
        str(path.relative_to(folder)): {"sha256": digest(path), "size": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != INDEX
    }
    index = {"format": FORMAT, "kubernetes": list(KUBERNETES_VERSIONS), "files": files}
    (folder / INDEX).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


def problems(folder: Path) -> list[str]:
    """What is not as the index says, one line each; nothing when all is well."""
    index: dict[str, Any] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    listed: dict[str, dict[str, Any]] = index["files"]
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {INDEX}
    found = [f"{name}: not in the index" for name in sorted(there - set(listed))]
    for name, expected in listed.items():
        path = folder / name
        if name not in there:
            found.append(f"{name}: missing")
        elif path.stat().st_size != expected["size"] or digest(path) != expected["sha256"]:
            found.append(f"{name}: not the file that was indexed")
    return found


def digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _fill_repository(repository: Path, packages: Path, builder: Builder, step: Step) -> None:
    for deb in packages.glob("*.deb"):
        (repository / deb.name).hardlink_to(deb)
    step.detail = "Debian packages of Kubernetes"
    own = [package for version in KUBERNETES_VERSIONS for package in debs.kubernetes(version, builder)]
    for package in [*own, *debs.tools(builder)]:
        package.write(repository)
    (repository / "Packages").write_text(_ftparchive(repository, "packages"))
    release = _ftparchive(repository, "-o", "APT::FTPArchive::Release::Suite=lab", "release")
    (repository / "Release").write_text(re.sub(r"^Date: .*$", f"Date: {RELEASE_DATE}", release, flags=re.MULTILINE))


def _ftparchive(repository: Path, *arguments: str) -> str:
    # `apt-ftparchive` names files as seen from the folder it is run in.
    return commands.run("env", f"--chdir={repository}", "apt-ftparchive", *arguments, ".")


def _recipe() -> str:
    sources = [*(HERE / name for name in RECIPE), *sorted(PROGRAMS.rglob("*.go"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
