"""Random tokens that are given out once and stored only as a hash."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32


def new() -> str:
    """A token for a cookie or a link: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(BYTES)


def hashed(token: str) -> str:
    """What is stored. A fast hash is enough: a token is random, nobody can guess its preimage."""
    return hashlib.sha256(token.encode()).hexdigest()
