"""Ed25519 keys as JSON Web Keys (RFC 8037). Apart from the provider, because `cryptography` is slow to import."""

from __future__ import annotations

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE = "d"


def new_key() -> dict[str, str]:
    """A new private key; its `kid` is its RFC 7638 thumbprint."""
    key = Ed25519PrivateKey.generate()
    public_key = {"crv": "Ed25519", "kty": "OKP", "x": _encode(key.public_key().public_bytes_raw())}
    return {
        **public_key,
        PRIVATE: _encode(key.private_bytes_raw()),
        "alg": "EdDSA",
        "use": "sig",
        "kid": _thumbprint(public_key),
    }


def public(key: dict[str, str]) -> dict[str, str]:
    """What others may know of a key."""
    return {name: value for name, value in key.items() if name != PRIVATE}


def _thumbprint(public_key: dict[str, str]) -> str:
    canonical = json.dumps(public_key, sort_keys=True, separators=(",", ":")).encode()
    return _encode(hashlib.sha256(canonical).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
