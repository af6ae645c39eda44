"""The on-prem stack: its settings, checked, and its outputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from archive_platform.cli.stack import Stack
from archive_platform.config import parse
from archive_platform.config.onprem import OnPrem
from archive_platform.errors import PlatformError

ENVIRONMENT = "onprem"
PROGRAM = Path("stacks/onprem")


@dataclass(frozen=True)
class Project:
    """What the commands know of the stack."""

    stack: Stack

    @classmethod
    def here(cls, name: str | None) -> Project:
        """The stack of that name, or `onprem`, in the checkout that this command belongs to."""
        return cls(Stack.here(name or ENVIRONMENT, PROGRAM, f"pulumi up --cwd {PROGRAM}"))

    @cached_property
    def settings(self) -> OnPrem:
        """The stack's settings. ConfigError names every mistake in them."""
        return parse(OnPrem, self.stack.settings, self.stack.secret_settings)

    def output(self, name: str) -> Any:
        """One of the stack's outputs. PlatformError when the last `pulumi up` did not come that far."""
        if name not in self.stack.outputs:
            raise PlatformError(f"the stack {self.stack.name} has no output {name}: run `{self.stack.starter}` first")
        return self.stack.outputs[name]
