"""States of released stacks: what an operator has when they take the next release. See README.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
# It protects nothing: what it encrypts was drawn for the recording and is used nowhere
PASSPHRASE = "recorded"
# Where a recording says that it was made, whoever made it
SOMEWHERE = "/game-archive"


@dataclass(frozen=True)
class Recorded:
    """A stack as a release has left it: the settings that it was made with, and its state."""

    name: str
    settings: Mapping[str, Any]
    state: Mapping[str, Any]


def recorded() -> list[Recorded]:
    """All of them, by their names."""
    return [_read(file) for file in sorted(FOLDER.glob("*.json"))]


def write(recording: Recorded, folders: Mapping[Path, str], folder: Path = FOLDER) -> Path:
    """Keep a recording; of its text, `folders` of this machine are replaced by names that any machine may have."""
    text = json.dumps({"settings": recording.settings, "state": recording.state}, indent=1, sort_keys=True)
    for here, somewhere in folders.items():
        text = text.replace(str(here), somewhere)
    file = folder / f"{recording.name}.json"
    file.write_text(text + "\n")
    return file


def _read(file: Path) -> Recorded:
    kept = json.loads(file.read_text())
    return Recorded(file.stem, kept["settings"], kept["state"])
