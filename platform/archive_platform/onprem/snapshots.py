"""Snapshots of etcd: what the hosts that take and keep them are told, and how a snapshot is called. Pure functions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive_platform.config.onprem import Host, OnPrem
from archive_platform.onprem.script import Value, assignments, source

TAKEN = "/var/lib/archive/snapshots"
RECEIVED = "/var/lib/archive/received"

_TIME = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-([a-z0-9-]+)-v(\d+\.\d+\.\d+)(?:-([a-z0-9-]{1,40}))?\.db")
_PROGRAM = """\
#!/usr/bin/env bash
# Made by Game Archive. Changes are overwritten.
set -Eeuo pipefail
shopt -s nullglob
"""

_KEY_TYPE = b"ssh-ed25519"
_CIPHER_BLOCK = 8  # what an unencrypted key is padded to


@dataclass(frozen=True, order=True)
class SnapshotName:
    """What a snapshot's file name tells; names sort by time.

    >>> SnapshotName.parse("20250102T030405Z-cp1-v1.34.4-before-upgrade.db").taken.isoformat()
    '2025-01-02T03:04:05+00:00'
    """

    taken: datetime
    source: str
    version: str
    label: str

    @classmethod
    def parse(cls, text: str) -> SnapshotName:
        """ValueError when it is no snapshot's name."""
        found = _NAME.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no snapshot: names look like 20250102T030405Z-cp1-v1.34.4.db")
        time, source, version, label = found.groups(default="")
        return cls(datetime.strptime(time, _TIME).replace(tzinfo=UTC), source, version, label)


def sources(settings: OnPrem, target: Host) -> list[Host]:
    """The control planes that copy their snapshots to this host."""
    return [host for host in settings.control_planes if settings.snapshot_target(host) == target]


def without_copies(settings: OnPrem) -> list[Host]:
    """The control planes whose snapshots stay on themselves, because there is no other host."""
    return [host for host in settings.control_planes if settings.snapshot_target(host) is None]


def node_settings(settings: OnPrem, host: Host) -> dict[str, Value]:
    """What `scripts/snapshot.sh` needs, in the step of a node of any role."""
    target = settings.snapshot_target(host) if host.is_control_plane else None
    ssh = settings.ssh_of(target) if target else None
    told: dict[str, Value] = {
        "HOST": host.name,
        "KEEP": settings.snapshots.keep,
        "SNAPSHOTTER": settings.runtime.snapshotter,
        "TARGET": target.name if target else "",
        "TARGET_ADDRESS": str(target.address) if target else "",
        "TARGET_PORT": ssh.port if ssh else "",
    }
    return {
        "SNAPSHOT_PROGRAM": take_program() if host.is_control_plane else "",
        "SNAPSHOT_SETTINGS": assignments(told).rstrip("\n"),
        "SNAPSHOT_CALENDAR": settings.snapshots.calendar,
        "SNAPSHOT_TARGET": target.name if target else "",
        "SNAPSHOT_KNOWN_HOSTS": f"{target.name} {ssh.host_key or ''}" if target and ssh else "",
    }


def receive_settings(settings: OnPrem, host: Host) -> dict[str, Value]:
    """What `scripts/snapshot_receive.sh` needs, in the step that prepares any host."""
    return {
        "RECEIVE_PROGRAM": receive_program(),
        "SNAPSHOT_SOURCES": [source.name for source in sources(settings, host)],
        "SNAPSHOT_KEEP": settings.snapshots.keep,
    }


def node_secrets(generated: str, host: Host) -> dict[str, str]:
    """The key with which a control plane sends its snapshots; every one has its own."""
    return {"SNAPSHOT_KEY": key_pair(generated, host.name).private if host.is_control_plane else ""}


def receive_secrets(generated: str, settings: OnPrem, host: Host) -> dict[str, str]:
    """The public keys of those whose snapshots this host keeps, a line each: name and key."""
    lines = (f"{source.name} {key_pair(generated, source.name).public}" for source in sources(settings, host))
    return {"SNAPSHOT_PUBLIC_KEYS": "\n".join(lines)}


@dataclass(frozen=True)
class KeyPair:
    """An SSH key pair as texts: the private one as ssh-keygen writes it, the public one as in authorized_keys."""

    private: str
    public: str


def key_pair(generated: str, source: str) -> KeyPair:
    """The key pair of one source, always the same from the same generated secret.

    Written here because libraries put random numbers into the private text, and a key that changes at each run would be
    written anew at each run. The form is OpenSSH's PROTOCOL.key.
    """
    seed = hmac.new(generated.encode(), f"snapshots of {source}".encode(), hashlib.sha256).digest()
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    check = hashlib.sha256(public).digest()[:4]
    blob = _strings(_KEY_TYPE, public)
    inner = check + check + blob + _strings(seed + public, f"snapshots of {source}".encode())
    inner += bytes(range(1, -len(inner) % _CIPHER_BLOCK + 1))
    outer = b"openssh-key-v1\0" + _strings(b"none", b"none", b"") + struct.pack(">I", 1) + _strings(blob, inner)
    text = base64.b64encode(outer).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    private = "\n".join(["-----BEGIN OPENSSH PRIVATE KEY-----", *lines, "-----END OPENSSH PRIVATE KEY-----"])
    return KeyPair(private, f"{_KEY_TYPE.decode()} {base64.b64encode(blob).decode()}")


def take_program() -> str:
    """The text of /usr/local/lib/archive/snapshot; its settings are in a file beside the key."""
    settings = ". /etc/archive/snapshots/settings\n"
    parts = ("etcd_tools", "snapshot_folder", "snapshot_take")
    return _PROGRAM + settings + _joined(parts)


def receive_program() -> str:
    """The text of /usr/local/lib/archive/receive."""
    return _PROGRAM + _joined(("snapshot_folder", "snapshot_receive_program"))


def _joined(parts: Iterable[str]) -> str:
    return "".join(source(f"{part}.sh") for part in parts) + 'main "$@"'


def _strings(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)
