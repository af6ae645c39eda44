"""What everything that is asked of AWS must be: policies as data, and a pack that makes the engine hold them."""

from __future__ import annotations

from archive_platform.policy.catalogue import POLICIES
from archive_platform.policy.model import Finding, Policy, References, Resource, Stack

__all__ = ["POLICIES", "Finding", "Policy", "References", "Resource", "Stack"]
