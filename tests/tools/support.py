"""Stand-ins for the programs that the bootstrap starts, and copies of it to run as real processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import pins, versions
from tools.bootstrap.paths import Checkout

PROJECT = Path(__file__).resolve().parents[2]
# What the stand-ins and the bootstrap itself need from the system; nothing else is on PATH in these tests.
SYSTEM_PROGRAMS = (
    "sh",
    "env",
    "sed",
    "grep",
    "cat",
    "cp",
    "rm",
    "mkdir",
    "chmod",
    "ln",
    "dirname",
    "sleep",
    "touch",
    "mv",
)
PINNED_ENGINE = versions.show(pins.engine_version())


def program(folder: Path, name: str, body: str) -> Path:
    """An executable shell script."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def pulumi(folder: Path, version: str, *, parts: bool = True) -> Path:
    """An engine that tells its version, with or without what Python programs need beside it."""
    if parts:
        program(folder, "pulumi-language-python", "exit 0")
        program(folder, "pulumi-resource-pulumi-python", "exit 0")
    return program(folder, "pulumi", f'[ "$1" = version ] && echo v{version}')


@dataclass
class Machine:
    """A user's machine: a home, a PATH with system programs only, and a fresh clone.

    Attributes:
        bin: a folder on PATH for stand-ins.
        environ: HOME, PATH and nothing else; the official installer is off.
    """

    home: Path
    bin: Path
    checkout: Checkout
    environ: dict[str, str]

    @classmethod
    def make(cls, folder: Path) -> Machine:
        home, bin_folder, system, root = (folder / name for name in ("home", "bin", "system", "clone"))
        for part in (home, bin_folder, system, root):
            part.mkdir()
        for name in SYSTEM_PROGRAMS:
            found = shutil.which(name)
            assert found is not None, name
            (system / name).symlink_to(found)
        for name in ("uv.lock", "pyproject.toml", "Pulumi.yaml", "Makefile"):
            shutil.copy(PROJECT / name, root / name)
        # Without these the bootstrap would bring both from the registry; tests that want them put others here.
        program(bin_folder, "uv", '[ "$1" = --version ] && echo "uv 99.0" || { echo "no registry in tests"; exit 1; }')
        program(bin_folder, "go", "echo go1.2.3")
        environ = {"HOME": str(home), "PATH": f"{bin_folder}:{system}", "ARCHIVE_PULUMI_INSTALLER": "off"}
        return cls(home, bin_folder, Checkout(root), environ)

    def install_tools(self) -> None:
        """Copy the bootstrap into the clone, to run it there as a process of its own."""
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / "tools", self.checkout.root / "tools", ignore=ignored)

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tools.bootstrap", *arguments],
            cwd=self.checkout.root,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **environ)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def uv(self, log: Path) -> None:
        """A recent uv whose `sync` makes an environment, noting each call."""
        body = f"""
if [ "$1" = --version ]; then echo 'uv 99.0.0'; exit; fi
echo "$@" >> {log}
mkdir -p .venv/bin && ln -sf {sys.executable} .venv/bin/python"""
        program(self.bin, "uv", body)


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Poll until a condition holds, or fail saying what never happened."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie has ended; only its parent has not asked yet.
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"


def shell(script: str, environ: Mapping[str, str], folder: Path) -> str:
    """What a POSIX shell prints for a script."""
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=dict(environ), cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout
