"""Looks into the checkout's own file backend, where asking the engine would cost a start or need an engine at all."""

from __future__ import annotations

import gzip
import json
import os
import socket
from pathlib import Path
from typing import Any

from tools.bootstrap.paths import STACK, Checkout
from tools.bootstrap.progress import Progress

PROJECT = "game-archive"


def exists(checkout: Checkout) -> bool:
    """The stack was created here."""
    return _checkpoint(checkout) is not None


def has_resources(checkout: Checkout) -> bool:
    """The stack is up, wholly or in part."""
    file = _checkpoint(checkout)
    if file is None:
        return False
    raw = file.read_bytes()
    state: dict[str, Any] = json.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)
    latest: dict[str, Any] = state["checkpoint"].get("latest") or {}
    return bool(latest.get("resources") or latest.get("pending_operations"))


def free_abandoned_locks(checkout: Checkout, progress: Progress) -> None:
    """Remove the locks of engines that were killed on this machine, so that a run can be repeated after a power cut.

    The engine's lock is a file that names process and host (pkg/backend/diy/lock.go); nobody else would remove it.
    """
    for lock in (checkout.state / ".pulumi" / "locks").rglob(f"{STACK}/*.json"):
        try:
            holder = json.loads(lock.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if holder.get("hostname") == socket.gethostname() and not _is_engine(holder.get("pid")):
            lock.unlink(missing_ok=True)
            lock.with_name(lock.name + ".attrs").unlink(missing_ok=True)
            progress.note(f"The last Pulumi command (process {holder.get('pid')}) was cut off; its lock is removed.")


def _checkpoint(checkout: Checkout) -> Path | None:
    folder = checkout.state / ".pulumi" / "stacks" / PROJECT
    for name in (f"{STACK}.json", f"{STACK}.json.gz"):
        if (folder / name).exists():
            return folder / name
    return None


def _is_engine(pid: Any) -> bool:
    """The process lives and is an engine, not another program that was given its number since."""
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return "pulumi" in Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
    except OSError:
        return True
