"""What the command line knows of a stack: its settings and its outputs, asked from Pulumi."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from archive_platform.config.paths import NAMESPACE
from archive_platform.errors import PlatformError

DEFAULT_STACK = "dev"
# `make env` knows where the engine, its state and its passphrase are, also in a shell that knows nothing
_SETTINGS = 'settings=$(make -s env) && eval "$settings" && exec env -0'


@dataclass(frozen=True)
class Stack:
    """A stack of the project in `checkout`.

    Attributes:
        name: as `pulumi stack ls` lists it.
        checkout: the clone.
        program: the folder of the stack's Pulumi.yaml, from the checkout.
        starter: what brings the stack up, for messages.
    """

    name: str
    checkout: Path
    program: Path = Path()
    starter: str = "make up"

    @classmethod
    def here(cls, name: str, program: Path = Path(), starter: str = "make up") -> Stack:
        """A stack of the checkout that this command belongs to. PlatformError when it belongs to none."""
        checkout = Path(__file__).resolve().parents[3]
        if not (checkout / program / "Pulumi.yaml").is_file():
            raise PlatformError(
                f"{checkout / program} holds no Pulumi.yaml: run the `archive` of a checkout, as in .venv/bin/archive"
            )
        return cls(name, checkout, program, starter)

    def pulumi(self, *arguments: str) -> str:
        """What a pulumi command prints about this stack. PlatformError with its complaint when it fails."""
        try:
            asked = subprocess.run(
                ["pulumi", *arguments, "--stack", self.name],
                cwd=self.checkout / self.program,
                env=self._engine,
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            raise PlatformError("there is no pulumi: run `make env`, which brings it") from None
        if asked.returncode:
            if "no stack named" in asked.stderr:
                make = f"pulumi stack init {self.name} --cwd {self.checkout / self.program}"
                raise PlatformError(f"there is no stack {self.name} yet. Make it with: {make}")
            raise PlatformError(f"`pulumi {arguments[0]}` failed for the stack {self.name}: {asked.stderr.strip()}")
        return asked.stdout

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The stack's settings without their namespace, secrets included, as the engine hands them to a program."""
        return {key: value["value"] for key, value in self._config.items() if "value" in value}

    @property
    def secret_settings(self) -> set[str]:
        """Which of them, or what in them, is kept encrypted."""
        return {key for key, value in self._config.items() if value.get("secret")}

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """Everything the stack exports, secrets included. PlatformError when it cannot be asked, or is not up."""
        outputs: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--show-secrets", "--json"))
        if not outputs:
            raise PlatformError(f"the stack {self.name} is not up: run `{self.starter}` first")
        return outputs

    @property
    def environment(self) -> dict[str, str]:
        """The environment that the services of a `dev` stack run with."""
        return self.outputs["environment"]

    @cached_property
    def _config(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = json.loads(self.pulumi("config", "--show-secrets", "--json"))
        prefix = f"{NAMESPACE}:"
        return {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}

    @cached_property
    def _engine(self) -> dict[str, str]:
        asked = subprocess.run(["sh", "-c", _SETTINGS], cwd=self.checkout, capture_output=True, check=False)
        if asked.returncode:
            raise PlatformError(f"`make env` failed: {asked.stderr.decode(errors='replace').strip()}")
        pairs = (os.fsdecode(pair).partition("=") for pair in asked.stdout.split(b"\0") if pair)
        return {name: value for name, _, value in pairs}
