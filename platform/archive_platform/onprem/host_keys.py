"""Host keys: what a server proves to be itself with."""

from __future__ import annotations

import asyncssh

# What is learned, the first that the server has. Pulumi's command plugin asks for the pinned key's own algorithm alone,
# which for RSA is `ssh-rsa` with SHA-1: no sshd since OpenSSH 8.8 answers that.
ALGORITHMS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")


def line(key: asyncssh.SSHKey) -> str:
    """The key as settings have it: algorithm and base64, without a comment.

    >>> text = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIk3OfLT3H4KJVQcJZ3SwQfwGWWQxlZvKLC/sqv9gOIB"
    >>> line(asyncssh.import_public_key(f"{text} a comment")) == text
    True
    """
    algorithm, data = key.export_public_key().decode("ascii").split()[:2]
    return f"{algorithm} {data}"


def fingerprint(key: asyncssh.SSHKey) -> str:
    """As `ssh-keygen -lf` prints it: `SHA256:` and base64."""
    return key.get_fingerprint("sha256")


def kind(key: asyncssh.SSHKey) -> str:
    """The algorithm as `ssh-keygen -lf` names it: ECDSA, ED25519 or RSA."""
    name = key.get_algorithm()
    return "ECDSA" if name.startswith("ecdsa") else name.removeprefix("ssh-").upper()


def signatures(key: asyncssh.SSHKey) -> tuple[str, ...]:
    """The algorithms a server may prove that it has this key with."""
    return tuple(algorithm.decode("ascii") for algorithm in key.sig_algorithms)
