"""What a service's code is, as one short hash: changed code means another release."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from archive_platform.errors import PlatformError

DIGEST_BYTES = 8
_IGNORED_FOLDERS = {"__pycache__"}
_SUPERVISION = (
    "children.py",
    "handover.py",
    "listening.py",
    "logs.py",
    "pacing.py",
    "processes.py",
    "readiness.py",
    "record.py",
    "spec.py",
    "supervisor.py",
)


def package_folder(package: str) -> Path:
    """Where an installed package lies, found without importing it. PlatformError when it is not installed."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise PlatformError(
            f"the package {package} is not installed: run `make up`, which brings the environment up to date"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def digest(paths: Iterable[Path]) -> str:
    """A hash of files' names and contents; folders are walked, caches left out, missing ones count as empty."""
    total = blake2b(digest_size=DIGEST_BYTES)
    for root in paths:
        for name, path in sorted(_files(root)):
            content = path.read_bytes()
            total.update(f"{root.name}/{name}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()


def service_code(packages: Iterable[str], lock: Path) -> str:
    """The hash of everything that decides how a service runs: its packages, the locked dependencies, Python itself."""
    here = Path(__file__).parent
    supervision = [here / name for name in _SUPERVISION]
    code = digest([*(package_folder(package) for package in packages), lock, *supervision])
    return blake2b(f"{code}\0{sys.version}".encode(), digest_size=DIGEST_BYTES).hexdigest()


def migrations(packages: Iterable[str]) -> str:
    """The hash of the packages' Alembic migrations: a new one changes it, other code does not."""
    return digest(package_folder(package) / "migrations" for package in packages)


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    if root.is_file():
        yield root.name, root
        return
    for path in root.rglob("*"):
        if path.is_file() and not _IGNORED_FOLDERS.intersection(path.parts):
            yield path.relative_to(root).as_posix(), path
