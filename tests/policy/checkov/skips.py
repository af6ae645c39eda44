"""What of checkov's findings is overlooked, as `skips.yaml` says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("skips.yaml")
MOST = 5


@dataclass(frozen=True)
class Skip:
    """`resource` is a Terraform address, in which `*` stands for any characters.

    `setting` is what brings it, as group and name, where prod leaves that out by default.
    """

    check: str
    resource: str
    reason: str
    owner: str
    until: date
    setting: dict[str, str] | None = None

    def covers(self, check: str, address: str) -> bool:
        return check == self.check and fnmatchcase(address, self.resource)


@dataclass(frozen=True)
class Saving:
    """What dev goes without, and the setting that would bring it."""

    check: str
    resource: str
    setting: dict[str, Any]


def skips() -> list[Skip]:
    return [Skip(**each) for each in _told()["skips"]]


def chosen() -> list[Skip]:
    """Of what comes with settings that prod leaves out."""
    return [Skip(**each) for each in _told()["chosen"]]


def savings() -> list[Saving]:
    return [Saving(**each) for each in _told()["dev"]]


def _told() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def wrong(found: Iterable[Skip], today: date) -> list[str]:
    """A line for each skip that does not count."""
    lines: list[str] = []
    for each in found:
        if not isinstance(each.until, date) or each.until < today:
            lines.append(f"the skip of {each.check} ended on {each.until}. Mend what it is for, or ask {each.owner}.")
        if len(each.reason.split()) < 8 or "@" not in each.owner:
            lines.append(f"the skip of {each.check} must have a reason and an owner's address. Write both.")
    return lines
