"""A program of a server, run as the server runs it, with a boto3 that is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from archive_platform.aws.boot import SCRIPTS

REGION = "ap-northeast-2"


class ServerProgram:
    """The program with a folder for its files (`runtime`) and another for its boto3 and what that answers (`answers`).

    Args:
        name: of the program's file.
        boto3: the module's text. It finds its folder in the variable FAKE_BOTO3, and keeps there in a file `asked` what
            it was asked, a JSON object a line.
    """

    def __init__(self, name: str, boto3: str, folder: Path) -> None:
        self._name = name
        self.runtime, self.answers = folder / "runtime", folder / "answers"
        self.runtime.mkdir(mode=0o700)
        self.answers.mkdir()
        (self.answers / "boto3.py").write_text(boto3)

    def run(self, *words: str, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.answers),
            "FAKE_BOTO3": str(self.answers),
            "RUNTIME_DIRECTORY": str(self.runtime),
        }
        command = [sys.executable, str(SCRIPTS / self._name), REGION, *words]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, umask=umask)

    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.answers / "asked").read_text().splitlines()]
