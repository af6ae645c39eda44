"""Programs of this machine, run to their end; a failure says what was run and what it answered."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.lab.errors import LabError


def run(*command: str | Path, given: str | None = None, timeout: float = 120, allowed: Sequence[int] = (0,)) -> str:
    """What the command prints on stdout.

    Args:
        command: program and arguments.
        given: its stdin.
        timeout: seconds it may take.
        allowed: exit codes that count as success.

    Raises:
        LabError: it is missing, takes too long, or ends with another code.
    """
    words = [str(part) for part in command]
    try:
        done = subprocess.run(words, input=given or "", capture_output=True, text=True, timeout=timeout, check=False)
    except FileNotFoundError as error:
        raise LabError(f"{words[0]} is not installed: `make lab-up` installs what the lab needs") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{' '.join(words[:6])} took over {timeout:.0f} s") from error
    if done.returncode not in allowed:
        raise LabError(f"{' '.join(words[:12])} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout
