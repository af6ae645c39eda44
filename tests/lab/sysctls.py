"""Settings of this machine's kernel that its hosts change: they share the kernel. `down` puts them back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

ROOT = Path("/proc/sys")
# The kubelet, kube-proxy and the product set these; what is under net/ belongs to each host's own network namespace.
SHARED = (
    "fs/inotify/max_user_instances",
    "fs/inotify/max_user_watches",
    "fs/file-max",
    "kernel/keys/root_maxbytes",
    "kernel/keys/root_maxkeys",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/pid_max",
    "vm/max_map_count",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "vm/swappiness",
)

# Each server has these for itself; here all hosts share them, and systemd and the kubelet take dozens of instances.
NEEDED = {"fs/inotify/max_user_instances": 8192, "fs/inotify/max_user_watches": 524288}


def current(root: Path = ROOT) -> dict[str, str]:
    """Their values now, those that this kernel has."""
    return {name: (root / name).read_text().strip() for name in SHARED if (root / name).exists()}


def make_room(root: Path = ROOT) -> None:
    """Raise the limits that are too low for several hosts at once."""
    low = {name: str(needed) for name, needed in NEEDED.items() if int((root / name).read_text()) < needed}
    restore(low, root)


def restore(values: Mapping[str, str], root: Path = ROOT) -> None:
    """Write those that differ."""
    for name, value in values.items():
        path = root / name
        if path.exists() and path.read_text().strip() != value:
            with suppress(PermissionError):  # a sandbox's root may not set everything
                path.write_text(value)
