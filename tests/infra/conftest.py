"""What several of the platform's tests need."""

from __future__ import annotations

import pytest
from tests import ports


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    return ports.free_port()
