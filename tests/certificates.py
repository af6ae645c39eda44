"""Certificates for servers of tests, signed by themselves."""

from __future__ import annotations

import subprocess
from pathlib import Path


def self_signed(folder: Path, name: str, at: str = "IP:127.0.0.1") -> Path:
    """FOLDER/NAME.crt for a server `at` these addresses and names (as openssl takes them), and its key beside it."""
    certificate = folder / f"{name}.crt"
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    owner = ("-subj", f"/CN={name}", "-addext", f"subjectAltName={at}")
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
