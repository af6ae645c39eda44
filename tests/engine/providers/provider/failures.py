"""What goes wrong, in the official plugin's words."""

from __future__ import annotations


class Failure(Exception):
    """Ends an operation. The engine prints its text as the resource's error."""


class Unwanted(Failure):
    """The operation was cancelled, or its time is up."""
