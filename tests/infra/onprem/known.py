"""A stack whose settings and outputs are what a test says, and that notes what is asked of pulumi."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive_platform.cli.onprem.project import Project
from archive_platform.cli.stack import Stack
from archive_platform.config.onprem import OnPrem


@dataclass(frozen=True)
class KnownStack(Stack):
    """A stack without an engine."""

    known: Mapping[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def pulumi(self, *arguments: str) -> str:
        self.asked.append(arguments)
        return ""

    @property
    def outputs(self) -> dict[str, Any]:
        return dict(self.known)


@dataclass(frozen=True)
class KnownProject(Project):
    stack: KnownStack
    given: OnPrem

    @property
    def settings(self) -> OnPrem:
        return self.given


def project(settings: OnPrem, **outputs: Any) -> KnownProject:
    return KnownProject(KnownStack("onprem", Path(), known=outputs), settings)
