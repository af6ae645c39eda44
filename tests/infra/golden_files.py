"""Golden files: what a program decided, as text that people review."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

UPDATE = "UPDATE_GOLDEN"


def check(folder: Path, name: str, text: str) -> None:
    """Compare with FOLDER/NAME. After a change that is meant, run the tests with UPDATE_GOLDEN=1 and review it.

    AssertionError shows the difference.
    """
    path = folder / name
    if os.environ.get(UPDATE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    golden = path.read_text() if path.exists() else ""
    difference = "".join(difflib.unified_diff(golden.splitlines(True), text.splitlines(True), "golden", "now"))
    assert text == golden, f"{name} differs (UPDATE_GOLDEN=1 takes the new one):\n{difference}"
