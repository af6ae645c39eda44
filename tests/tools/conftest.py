"""Fixtures for the tests of the project's tools."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from tests.tools.support import Machine
from tools.bootstrap.progress import Progress


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A user's machine with a fresh clone on it and nothing installed."""
    return Machine.make(tmp_path)


@pytest.fixture
def screen() -> io.StringIO:
    """What the user sees."""
    return io.StringIO()


@pytest.fixture
def progress(screen: io.StringIO) -> Progress:
    return Progress(screen, interactive=False)
