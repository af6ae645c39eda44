"""What the command line knows of the running stack: its outputs, asked from Pulumi."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from archive_platform.errors import PlatformError

DEFAULT_STACK = "dev"
# `make env` knows where the engine, its state and its passphrase are, also in a shell that knows nothing
_ASK = 'eval "$(make -s env)" && exec pulumi stack output --show-secrets --json --stack "$1"'


@dataclass(frozen=True)
class Stack:
    """A stack of the project in `checkout`."""

    name: str
    checkout: Path

    @classmethod
    def here(cls, name: str) -> Stack:
        """The stack of the checkout that this program belongs to. PlatformError when it belongs to none."""
        checkout = Path(__file__).resolve().parents[3]
        if not (checkout / "Pulumi.yaml").is_file():
            raise PlatformError(
                f"{checkout} holds no Pulumi.yaml: run the `archive` of a checkout, as in .venv/bin/archive"
            )
        return cls(name, checkout)

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """Everything the stack exports, secrets included. PlatformError when it cannot be asked, or is not up."""
        asked = subprocess.run(
            ["sh", "-c", _ASK, "sh", self.name], cwd=self.checkout, capture_output=True, text=True, check=False
        )
        if asked.returncode:
            raise PlatformError(f"Pulumi does not tell the stack's outputs: {asked.stderr.strip()}")
        outputs: dict[str, Any] = json.loads(asked.stdout)
        if "environment" not in outputs:
            raise PlatformError(f"the stack {self.name} is not up: run `make up` first")
        return outputs

    @property
    def environment(self) -> dict[str, str]:
        """The environment that the services run with."""
        return self.outputs["environment"]
