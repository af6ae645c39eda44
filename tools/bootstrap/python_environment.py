"""The workspace's Python environment, `.venv`, made by uv from uv.lock. Nothing is installed system-wide."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.bootstrap import locks, pins, processes, versions
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.paths import Checkout, cache_folder
from tools.bootstrap.processes import Finished
from tools.bootstrap.progress import Progress

STAMP = "game-archive-stamp"
# What a run of the community needs; without --inexact uv would take a developer's tools out again.
RUNTIME = ("--no-dev", "--inexact")
DEVELOPMENT = ("--all-groups",)


def sync(
    checkout: Checkout, environ: Mapping[str, str], progress: Progress, groups: Sequence[str] = RUNTIME
) -> Path | None:
    """Bring `.venv` in line with uv.lock; free when nothing changed since it was last done.

    Returns:
        The uv that was used, None when there was nothing to do.

    Raises:
        BootstrapError: uv could not be had, or it failed.
    """
    if _is_current(checkout, groups):
        return None
    with locks.hold(checkout.run / "environment.lock", "the Python environment", progress):
        if _is_current(checkout, groups):
            return None
        uv = find_uv(environ, progress)
        _run_uv_sync(uv, checkout, environ, progress, groups)
        _stamp(checkout).write_text(_stamp_line(checkout, groups) + "\n", encoding="utf-8")
        return uv


def lock(checkout: Checkout, environ: Mapping[str, str], progress: Progress) -> None:
    """Bring uv.lock in line with the packages' requirements; versions that are locked already stay.

    Raises:
        BootstrapError: uv could not be had, or found no versions that go together.
    """
    uv = find_uv(environ, progress)
    with progress.step("Lock file") as step:
        done = _run_uv([uv, "lock", "--no-progress"], environ, checkout.root)
        if done.code != 0:
            raise BootstrapError(f"uv could not lock the packages:\n{done.said()}")
        step.result = "up to date"


def find_uv(environ: Mapping[str, str], progress: Progress) -> Path:
    """uv from PATH if it reads this lock, else a pinned one in the user's cache, put there by pip."""
    on_path = shutil.which("uv", path=environ.get("PATH", ""))
    if on_path is not None:
        told = processes.answer([on_path, "--version"], environ=environ, folder=Path("/"))
        version = versions.parse(told or "")
        if version is not None and version >= pins.UV_MINIMUM:
            return Path(on_path)
    name, version_text = pins.required(pins.UV_REQUIREMENT)
    private = cache_folder(environ) / name / version_text / "uv"
    if not private.exists():
        with locks.hold(locks.beside(private.parent), "installing uv", progress):
            if not private.exists():
                _install_uv(private, environ, progress)
    return private


def install_pinned(requirement: Path, folder: Path, environ: Mapping[str, str], progress: Progress) -> None:
    """Unpack a package, pinned by version and hashes, into a folder of its own.

    Raises:
        BootstrapError: uv could not be had, or the package could not.
    """
    name, version = pins.required(requirement)
    uv = find_uv(environ, progress)
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", folder, "--no-deps"]
    command += ["--require-hashes", "--requirement", requirement]
    with progress.step(f"{name} {version}") as step:
        done = _run_uv(command, environ, folder.parent)
        if done.code != 0:
            raise BootstrapError(f"{uv} pip install {name}=={version} failed:\n{done.said()}")
        step.result = "ready"


def _run_uv_sync(
    uv: Path, checkout: Checkout, environ: Mapping[str, str], progress: Progress, groups: Sequence[str]
) -> None:
    command: list[str | Path] = [uv, "sync", "--frozen", "--no-progress", *groups]
    if not checkout.python.exists():
        # An environment that is there keeps its interpreter; a new one gets the Python that runs this program.
        command += ["--python", sys.executable]
    with progress.step("Python environment") as step:
        done = _run_uv(
            command,
            {**environ, "UV_PROJECT_ENVIRONMENT": str(checkout.environment)},
            checkout.root,
            log=checkout.logs / "environment.log",
            on_line=lambda line: setattr(step, "detail", line.strip()),
        )
        if done.code != 0:
            raise BootstrapError(
                f"uv could not make the Python environment in {checkout.environment}:\n{done.said()}\n"
                f"Its whole output is in {checkout.logs / 'environment.log'}. If the environment is damaged, remove "
                f"{checkout.environment} and try again."
            )
        step.result = "ready"


def _install_uv(private: Path, environ: Mapping[str, str], progress: Progress) -> None:
    """By pip from a throw-away virtual environment, else by this interpreter's own pip."""
    version = pins.required(pins.UV_REQUIREMENT)[1]
    private.parent.mkdir(parents=True, exist_ok=True)
    pip_arguments = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
    pip_arguments += ["--require-hashes", "--requirement", str(pins.UV_REQUIREMENT)]
    reasons: list[str] = []
    with (
        progress.step(f"uv {version}") as step,
        tempfile.TemporaryDirectory(prefix=".installing-", dir=private.parent) as scratch,
    ):
        venv, target = Path(scratch) / "venv", Path(scratch) / "target"
        ways: list[tuple[str, list[list[str]], Path]] = [
            (
                "python3 -m venv, then pip",
                [[sys.executable, "-m", "venv", str(venv)], [str(venv / "bin" / "pip"), *pip_arguments]],
                venv / "bin" / "uv",
            ),
            (
                "pip install --target",
                [[sys.executable, "-m", "pip", *pip_arguments, "--target", str(target)]],
                target / "bin" / "uv",
            ),
        ]
        for name, commands, program in ways:
            step.detail = name
            failure = _first_failure(commands, environ, Path(scratch))
            if failure is None and program.exists():
                program.replace(private)
                step.result = f"installed in {private.parent}"
                return
            reasons.append(f"  {name}:\n{failure or '    it left no uv'}")
        raise BootstrapError(
            f"uv {versions.show(pins.UV_MINIMUM)} or newer is not on PATH, and uv {version} could not be installed "
            "privately:\n"
            + "\n".join(reasons)
            + "\nInstall Python's venv (Debian: apt-get install python3-venv) or uv "
            "itself (https://docs.astral.sh/uv/), then try again."
        )


def _first_failure(commands: list[list[str]], environ: Mapping[str, str], folder: Path) -> str | None:
    for command in commands:
        done = processes.run(command, environ=environ, folder=folder)
        if done.code != 0:
            return done.said(6)
    return None


def _run_uv(
    command: Sequence[str | Path],
    environ: Mapping[str, str],
    folder: Path,
    log: Path | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Finished:
    """Run uv without an activated environment, which it would warn about, and without a Python that it downloads."""
    clean = {name: value for name, value in environ.items() if name != "VIRTUAL_ENV"}
    clean["UV_PYTHON_DOWNLOADS"] = "never"
    done = processes.run(command, environ=clean, folder=folder, log=log, on_line=on_line)
    if done.code != 0 and any("invalid peer certificate" in line for line in done.tail):
        # uv brings certificates of its own; behind a company's proxy only the system's know the one that is seen here.
        clean |= {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}  # its newer and its older name
        done = processes.run(command, environ=clean, folder=folder, log=log, on_line=on_line)
    return done


def _stamp(checkout: Checkout) -> Path:
    return checkout.environment / STAMP


def _is_current(checkout: Checkout, groups: Sequence[str]) -> bool:
    if not checkout.python.exists():
        return False
    try:
        recorded = _stamp(checkout).read_text(encoding="utf-8").strip()
    except OSError:
        return False
    # An environment with every group holds the runtime too.
    return recorded in {_stamp_line(checkout, groups), _stamp_line(checkout, DEVELOPMENT)}


def _stamp_line(checkout: Checkout, groups: Sequence[str]) -> str:
    """What the environment was made from: the lock and every member's pyproject.toml."""
    digest = hashlib.sha256()
    files = [checkout.root / "uv.lock", checkout.root / "pyproject.toml", checkout.root / "platform" / "pyproject.toml"]
    files += sorted((checkout.root / "apps").glob("*/pyproject.toml"))
    for file in files:
        digest.update(f"{file.relative_to(checkout.root)}\0".encode())
        digest.update(file.read_bytes() if file.exists() else b"")
    return f"{digest.hexdigest()} {os.path.realpath(checkout.python)} {' '.join(groups)}"
