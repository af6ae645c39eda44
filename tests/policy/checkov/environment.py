"""checkov in an environment of its own, because its dependencies exclude ours. Made when it is first needed."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

from tools.bootstrap import locks, processes
from tools.bootstrap.paths import cache_folder
from tools.bootstrap.progress import Progress
from tools.bootstrap.python_environment import find_uv

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def python(progress: Progress | None = None) -> Path:
    """The interpreter of an environment with what `requirements.txt` pins, in the user's cache.

    Raises:
        AssertionError: it could not be made; the message is uv's.
    """
    told = progress or Progress()
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache_folder(os.environ) / "checkov" / digest
    whole = folder / "whole"  # written last: an interrupted installation is made again
    if not whole.exists():
        with locks.hold(locks.beside(folder), "installing checkov", told):
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)
                _install(folder, told)
                whole.touch()
    return folder / "bin" / "python"


def _install(folder: Path, progress: Progress) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    uv = find_uv(environ, progress)
    install = [uv, "pip", "install", "--quiet", "--python", folder, "--require-hashes", "--requirement", REQUIREMENTS]
    with progress.step("checkov") as step:
        for command in ([uv, "venv", "--quiet", "--python", sys.executable, folder], install):
            done = processes.run(command, environ=environ, folder=folder.parent)
            assert done.code == 0, (
                f"checkov, which {REQUIREMENTS.name} pins, could not be installed by {uv}:\n{done.said(20)}\n"
                "Without it nobody knows whether the stack keeps its checks."
            )
        step.result = "ready"
