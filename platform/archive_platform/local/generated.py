"""Where states of earlier releases look for the providers of generated secrets and keys."""

from __future__ import annotations

from archive_platform.generated import GeneratedSecretProvider
from archive_platform.services.signing import SigningKeysProvider

__all__ = ["GeneratedSecretProvider", "SigningKeysProvider"]
