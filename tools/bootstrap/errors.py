"""What can go wrong, said to the person who has to mend it."""

from __future__ import annotations


class BootstrapError(Exception):
    """A failure whose message names what is wrong and how to mend it; shown without a traceback."""


class TerminatedError(KeyboardInterrupt):
    """SIGTERM: like Ctrl-C, except that children in our own process group have not been told."""
