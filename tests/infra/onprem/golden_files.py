"""The golden files of the steps on servers."""

from __future__ import annotations

from pathlib import Path

from tests.infra import golden_files

UPDATE = golden_files.UPDATE
FOLDER = Path(__file__).resolve().parent / "golden"


def check(name: str, text: str) -> None:
    """Compare with golden/NAME, see `tests.infra.golden_files`."""
    golden_files.check(FOLDER, name, text)
