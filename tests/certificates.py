"""Certificates for servers of tests, signed by themselves."""

from __future__ import annotations

import subprocess
from pathlib import Path


def self_signed(folder: Path, name: str, address: str = "127.0.0.1") -> Path:
    """FOLDER/NAME.crt for a server at this address, and its key beside it."""
    certificate = folder / f"{name}.crt"
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    owner = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{address}")
    command = [
        "openssl",
        "req",
        "-x509",
        *kind,
        *owner,
        "-keyout",
        str(folder / f"{name}.key"),
        "-out",
        str(certificate),
    ]
    subprocess.run(command, capture_output=True, check=True)
    return certificate
