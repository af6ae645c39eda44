"""What the lab says when it cannot go on."""

from __future__ import annotations

from tools.bootstrap.errors import BootstrapError


class LabError(BootstrapError):
    """A failure whose message names what is wrong and how to mend it."""
