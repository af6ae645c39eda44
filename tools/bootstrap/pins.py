"""The versions that this checkout asks for. Each is written in one file only and read from there."""

from __future__ import annotations

import re
from pathlib import Path

from tools.bootstrap import versions
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.versions import Version

HERE = Path(__file__).resolve().parent
UV_REQUIREMENT = HERE / "requirements" / "uv.txt"
GO_REQUIREMENT = HERE / "requirements" / "go.txt"
ENGINE_MODULE = HERE.parent / "pulumi"
LANGUAGE_HOST_MODULE = ENGINE_MODULE / "language_host"

# The oldest uv that reads this workspace's lock; tried, not guessed.
UV_MINIMUM: Version = (0, 9, 0)


def required(requirement: Path) -> tuple[str, str]:
    """Name and version in a requirements file that pins one package by version and hashes."""
    return _find(requirement, r"^([A-Za-z0-9-]+)==([0-9][^\s\\]*)")


def engine_version() -> Version:
    """The engine that is downloaded or built: the version of the module `pkg/v3` in tools/pulumi/go.mod."""
    found = _find(ENGINE_MODULE / "go.mod", r"^\s(github\.com/pulumi/pulumi/pkg/v3) v(\S+)")
    return _parsed(found[1], ENGINE_MODULE / "go.mod")


def language_host_version() -> Version:
    """The Python language host that is built beside the engine (tools/pulumi/language_host/go.mod)."""
    go_mod = LANGUAGE_HOST_MODULE / "go.mod"
    return _parsed(_find(go_mod, r"^\s(github\.com/pulumi/pulumi/sdk/v3) v(\S+)")[1], go_mod)


def engine_minimum(root: Path) -> Version:
    """The oldest engine that is used from PATH: Pulumi's Python SDK of uv.lock.

    Pulumi releases engine and SDK together under one number and tests each SDK with its own engine or newer ones.
    """
    lock = root / "uv.lock"
    return _parsed(_find(lock, r'^name = "(pulumi)"\nversion = "([^"]+)"')[1], lock)


def _find(file: Path, pattern: str) -> tuple[str, str]:
    found = re.search(pattern, file.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise BootstrapError(f"{file} does not pin what it should (looked for {pattern}). Restore the file from git.")
    return found[1], found[2]


def _parsed(text: str, file: Path) -> Version:
    version = versions.parse(text)
    if version is None:
        raise BootstrapError(f"{file} pins {text!r}, which is no version. Restore the file from git.")
    return version
