"""What `archive doctor onprem` learns of a host, over one connection."""

from __future__ import annotations

import base64
import binascii
import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from cryptography import x509

from archive_platform.errors import HostError
from archive_platform.onprem.connection import Connection

PROBE_SECONDS = 30


@dataclass(frozen=True)
class Probe:
    """The facts. What the host did not tell is empty.

    Attributes:
        skew: seconds by which the host's clock is ahead of this machine's, give or take half the time of the question.
        root: "" when commands run as root, else why they do not.
        addresses: the IPv4 addresses that it holds.
        etcd_healthy: whether its etcd says so; None when there is none.
        etcd_members: the members' names as its etcd knows them, one that has not started yet as "".
        certificates: when each certificate ends, by its file.
        snapshot_timer: "active" when snapshots are taken on schedule.
        snapshot: what came of the last snapshot, as scripts/snapshot_take.sh records it.
    """

    skew: float = 0.0
    root: str = ""
    addresses: tuple[str, ...] = ()
    etcd_healthy: bool | None = None
    etcd_members: tuple[str, ...] = ()
    certificates: dict[str, datetime] = field(default_factory=dict[str, datetime])
    snapshot_timer: str = ""
    snapshot: dict[str, Any] = field(default_factory=dict[str, Any])


async def probe(connection: Connection) -> Probe:
    """Ask a host. HostError when it cannot be spoken to."""
    skew = await _skew(connection)
    root = "sudo -n " if connection.server.sudo else ""
    done = await connection.run(f"{root}timeout {PROBE_SECONDS} bash -s", stdin=_script(), seconds=PROBE_SECONDS + 5)
    if done.code:
        return Probe(skew, done.reason)
    return parsed(done.out, skew)


def parsed(text: str, skew: float = 0.0) -> Probe:
    """The facts in what the probe printed."""
    facts: dict[str, list[str]] = {}
    for line in text.splitlines():
        kind, _, value = line.partition(" ")
        facts.setdefault(kind, []).append(value)
    uid = _one(facts, "uid")
    return Probe(
        skew=skew,
        root="" if uid == "0" else f"commands run with user id {uid}",
        addresses=tuple(line.split()[0] for line in facts.get("address", [])),
        etcd_healthy=_document(facts, "etcd-health").get("health") == "true" if "etcd-health" in facts else None,
        etcd_members=tuple(str(each.get("name", "")) for each in _document(facts, "etcd-members").get("members", [])),
        certificates=dict(filter(None, map(_certificate, facts.get("certificate", [])))),
        snapshot_timer=_one(facts, "snapshot-timer"),
        snapshot=_document(facts, "snapshot"),
    )


async def _skew(connection: Connection) -> float:
    before = time.time()
    done = await connection.run("date +%s.%N")
    after = time.time()
    try:
        return float(done.out) - (before + after) / 2
    except ValueError:
        raise HostError(
            f"{connection.server.label}: it does not tell the time: {done.reason}. Look at it by hand"
        ) from None


@cache
def _script() -> str:
    return (files("archive_platform.cli.onprem") / "probe.sh").read_text(encoding="utf-8")


def _one(facts: dict[str, list[str]], kind: str) -> str:
    return facts.get(kind, [""])[0]


def _document(facts: dict[str, list[str]], kind: str) -> dict[str, Any]:
    try:
        told = json.loads(_one(facts, kind))
    except ValueError:  # nothing, when etcd does not answer
        return {}
    return told if isinstance(told, dict) else {}  # pyright: ignore[reportUnknownVariableType] - any JSON


def _certificate(line: str) -> tuple[str, datetime] | None:
    file, _, data = line.partition(" ")
    try:
        return file, x509.load_pem_x509_certificate(base64.b64decode(data)).not_valid_after_utc
    except (ValueError, binascii.Error):
        return None
