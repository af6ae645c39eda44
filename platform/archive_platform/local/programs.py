"""Running a service's command-line programs: settings and secrets go by environment or input, never as arguments."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from archive_platform.errors import PlatformError
from archive_platform.local.logs import indent

TIMEOUT_SECONDS = 900
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
SHOWN_LINES = 20


def base_environment() -> dict[str, str]:
    """What every process of ours is given besides its settings. Nothing is inherited: not the operator's passphrase."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{SYSTEM_PATH}",
        "HOME": str(Path.home()),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
    }


def run(module: str, arguments: Sequence[str], environment: Mapping[str, str], text: str = "") -> str:
    """Run `python -m module` and return what it printed. PlatformError with its last lines when it fails."""
    command = " ".join([module, *arguments])
    try:
        done = subprocess.run(  # noqa: S603 - our own modules
            [sys.executable, "-m", module, *arguments],
            input=text,
            env={**base_environment(), **environment},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PlatformError(f"{command} had not ended after {TIMEOUT_SECONDS} s and was stopped") from None
    if done.returncode:
        last = (done.stdout + done.stderr).splitlines()[-SHOWN_LINES:]
        raise PlatformError(f"{command} failed with exit code {done.returncode}. Its last lines:\n{indent(last)}")
    return done.stdout
