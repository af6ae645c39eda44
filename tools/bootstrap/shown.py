"""Which of the lab's tests were shown for exactly these files: CI need not take its minutes for them again.

They prove the code of clusters and of servers on real hosts, which most changes do not touch, and take most of CI's
time. `make lab` records, after all of it has passed, a digest of the files that each group depends on; a changed file
makes the record void, and CI runs the group itself (docs/decisions/0012-what-was-shown-on-hosts.md).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

RECORD = Path("tests/lab-shown.json")


@dataclass(frozen=True)
class Group:
    """The lab's tests that fit the marker expression `chosen`; the patterns of the files that decide what they show."""

    name: str
    chosen: str
    inputs: tuple[str, ...]


_COMMON = (
    "tests/lab/*.py",
    "tests/lab/programs/**/*",
    "tests/engine/providers/command/**/*",
    "tools/pulumi/**/*",
    "platform/pyproject.toml",
)
GROUPS = (
    Group(
        "cluster",
        "not lab_server",
        (
            *_COMMON,
            "tests/lab/cluster/**/*",
            "tests/lab/failover/**/*",
            "stacks/onprem/**/*",
            "platform/archive_platform/*.py",
            "platform/archive_platform/onprem/**/*",
            "platform/archive_platform/config/*.py",
            "platform/archive_platform/config/onprem/**/*",
            "platform/archive_platform/cli/*.py",
            "platform/archive_platform/cli/onprem/**/*",
        ),
    ),
    Group(
        "server",
        "lab_server",
        (
            *_COMMON,
            "tests/lab/server_boot/**/*",
            "platform/archive_platform/*.py",
            "platform/archive_platform/aws/**/*",
            "platform/archive_platform/services/**/*",
        ),
    ),
)


def digest(root: Path, group: Group) -> str:
    """SHA-256 over the paths and contents of a group's files."""
    total = hashlib.sha256()
    for path in sorted(_files(root, group)):
        total.update(f"{path.relative_to(root).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def shown(root: Path) -> dict[str, str]:
    """The names of the groups that were shown for the files as they are → the day on which that was."""
    known = _read(root)
    return {
        group.name: known[group.name]["on"]
        for group in GROUPS
        if known.get(group.name, {}).get("inputs") == digest(root, group)
    }


def record(root: Path) -> None:
    """Note that every group has passed today, for the files as they are."""
    today = date.today().isoformat()  # noqa: DTZ011 -- a day in a file that people read
    found = {group.name: {"inputs": digest(root, group), "on": today} for group in GROUPS}
    (root / RECORD).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _read(root: Path) -> dict[str, Any]:
    try:
        return json.loads((root / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _files(root: Path, group: Group) -> set[Path]:
    found = (path for pattern in group.inputs for path in root.glob(pattern))
    return {path for path in found if path.is_file() and path.suffix != ".pyc"}
