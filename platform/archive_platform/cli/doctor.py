"""`archive doctor`: everything that has to be right, a line each, with the mend beside what is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from archive_platform.catalogue import CATALOGUE
from archive_platform.cli.stack import Stack
from archive_platform.config import Dev, parse
from archive_platform.config.paths import NAMESPACE
from archive_platform.errors import PlatformError
from archive_platform.local import code, readiness, record
from archive_platform.local.folders import Folders
from archive_platform.local.listening import listen, port_holder

OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `mend` is empty when it is right."""

    subject: str
    detail: str
    mend: str = ""

    def __str__(self) -> str:
        mark = "fail" if self.mend else "ok  "
        return f"{mark}  {self.subject}: {self.detail}" + (f"\n        {self.mend}" if self.mend else "")


def report(stack: Stack) -> int:
    """Print every finding. 1 when something has to be mended."""
    failed = 0
    for finding in examine(stack):
        print(finding, flush=True)
        failed += bool(finding.mend)
    print(f"\n{failed} to mend" if failed else "\nEverything is as it should be.")
    return 1 if failed else 0


def examine(stack: Stack) -> Iterator[Finding]:
    """The findings, in the order in which one thing needs the other."""
    yield _python()
    yield from _packages()
    yield engine(stack)
    settings = _settings(stack.checkout / f"Pulumi.{stack.name}.yaml")
    if isinstance(settings, Finding):
        yield settings
        return
    yield Finding("settings", f"Pulumi.{stack.name}.yaml is right")
    folders = Folders.of(settings.home, stack.checkout)
    yield _disk(folders.root if folders.root.exists() else stack.checkout)
    yield _state(stack)
    yield _port(settings, folders)
    yield from _services(folders)


def _python() -> Finding:
    shown = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Finding("python", shown, "" if sys.version_info >= OLDEST_PYTHON else f"install Python {wanted} or newer")


def _packages() -> Iterable[Finding]:
    packages = sorted({package for entry in CATALOGUE for package in entry.packages})
    missing = [package for package in packages if not _found(lambda name=package: code.package_folder(name))]
    if missing:
        yield Finding("environment", f"not installed: {', '.join(missing)}", "run `make up`, which installs them")
    else:
        yield Finding("environment", f"{len(packages)} packages of the project are installed")


def _found(look: Callable[[], object]) -> bool:
    try:
        look()
    except PlatformError:
        return False
    return True


def engine(stack: Stack) -> Finding:
    """Whether there is a pulumi, and runs."""
    own = stack.checkout / ".archive" / "bin" / "pulumi"
    program = str(own) if own.exists() else shutil.which("pulumi")
    if program is None:
        return Finding("engine", "there is no pulumi", "run `make up`, which brings it")
    said = subprocess.run([program, "version"], capture_output=True, text=True, check=False)
    if said.returncode:
        return Finding("engine", f"{program} does not run: {said.stderr.strip()}", "run `make up`, which mends it")
    return Finding("engine", f"pulumi {said.stdout.strip()}")


def _settings(file: Path) -> Dev | Finding:
    try:
        config: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8")).get("config") or {}
    except (OSError, yaml.YAMLError, AttributeError) as error:
        return Finding("settings", f"{file} cannot be read: {error}", "bring it back with: git checkout " + file.name)
    prefix = f"{NAMESPACE}:"
    plain = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    encrypted = {key for key, value in plain.items() if isinstance(value, dict)}
    # What is encrypted can only be read by Pulumi, which checks it at the next `up`
    values = {key: value for key, value in plain.items() if key not in encrypted}
    if "databaseAdminUrl" in encrypted:
        values.pop("database", None)
    try:
        return parse(Dev, values)
    except PlatformError as error:
        return Finding("settings", str(error), f"mend {file.name}, then run `make up`")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    shown = f"{free / 1e9:.1f} GB free where the data lies"
    return Finding("disk", shown, "" if free >= LEAST_FREE_BYTES else "make room, or set archive:home to another disk")


def _state(stack: Stack) -> Finding:
    try:
        count = len(stack.outputs)
    except PlatformError as error:
        return Finding("state", str(error), "run `make up`")
    return Finding("state", f"the stack {stack.name} is up and has {count} outputs")


def _port(settings: Dev, folders: Folders) -> Finding:
    ours = record.predecessor(folders.run, "", settings.host, settings.port)
    where = f"{settings.host}:{settings.port}"
    if ours:
        return Finding("port", f"{where} is served by {ours[0]} (pid {ours[1].supervisor.pid})")
    try:
        listen(settings.host, settings.port).close()
    except OSError as error:
        holder = port_holder(settings.port)
        return Finding("port", f"{where}: {error.strerror}, held by {holder}", "end it, or set archive:port to another")
    return Finding("port", f"nobody listens on {where}", "run `make up`, which starts the community")


def _services(folders: Folders) -> Iterable[Finding]:
    for file in sorted(folders.run.glob("*.json")):
        name = file.stem
        found = record.running(folders.run, name)
        if found is None:
            yield Finding(name, "its supervisor is dead", f"run `make up`; its log is {folders.logs / f'{name}.log'}")
        elif found.state != record.RUNNING:
            yield Finding(name, f"is {found.state}", f"see {folders.logs / f'{name}.log'}, then run `make up`")
        else:
            wrong = readiness.problems(found.host, found.port, found.ready, found.release)
            mend = f"see {folders.logs / f'{name}.log'}" if wrong else ""
            yield Finding(name, "; ".join(wrong) or f"release {found.release} is ready", mend)
