"""One host: a disk that is made, kept and wiped, and a systemd-nspawn that is its power.

Its root is an overlay on the cached root filesystem. What lives on overlayfs itself cannot carry another overlayfs, so
the folders of containerd, etcd and the kubelet are plain ones, mounted into the host.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from ipaddress import IPv4Address
from pathlib import Path

from tests.lab import cgroups, commands, identity, layout
from tests.lab.errors import LabError
from tests.lab.identity import ProcessIdentity

DATA_FOLDERS = ("containerd", "etcd", "kubelet")
START_SECONDS = 30
POLL_SECONDS = 0.1

# What differs from a server of its own: under nspawn the controllers and /proc/sys are read-only, mounts do not
# propagate, and systemd-networkd would wait for a udev that does not run. So one unit does all this, before all others.
UNIT = """
[Unit]
Description=What makes this container a server: its address, writable kernel settings, shared mounts
DefaultDependencies=no
Before=basic.target ssh.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -ec '\\
  for folder in /sys/fs/cgroup/*; do mountpoint -q $$folder && mount -o remount,bind,rw $$folder; done; \\
  mount -o remount,bind,rw /proc/sys; mount --make-rshared /; \\
  ip link set lo up; ip link set {interface} up; \\
  ip address replace {address}/{prefix} dev {interface}; ip route replace default via {gateway}'

[Install]
WantedBy=basic.target
"""

# The shell that is the host's power. It enters the host's groups ($1) and makes them the root of a cgroup namespace.
# systemd-nspawn ends with 133 when the host restarts by itself, and whoever keeps it has to start it again; a machine
# that restarts has no groups of its last life.
KEEPER = """
groups=$1; shift
for group in $groups; do echo $$ > "$group/cgroup.procs"; done
while :; do
    unshare --cgroup "$@" && exit 0
    code=$?
    [ "$code" -eq 133 ] || exit "$code"
    for group in $groups; do find "$group" -mindepth 1 -depth -type d -exec rmdir {} +; done
done
"""


def create_host_key(folder: Path, name: str) -> str:
    """The host's SSH key pair, kept outside its disk so that a reset keeps it. Returns the public half."""
    key = folder / "ssh_host_ed25519_key"
    folder.mkdir(parents=True, exist_ok=True)
    if not key.exists():
        commands.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key)
    kind, value, *_ = key.with_suffix(".pub").read_text().split()
    return f"{kind} {value}"


def mount_disk(folder: Path, root_filesystem: Path) -> Path:
    """Mount the host's disk on this machine; returns where."""
    root = folder / "root"
    for name in ("upper", "work", "root", *(f"data/{data}" for data in DATA_FOLDERS)):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if not root.is_mount():
        options = f"lowerdir={root_filesystem},upperdir={folder / 'upper'},workdir={folder / 'work'}"
        commands.run("mount", "-t", "overlay", "overlay", "-o", options, root)
    return root


def unmount_disk(folder: Path) -> None:
    if (folder / "root").is_mount():
        commands.run("umount", folder / "root")


def wipe_disk(folder: Path) -> None:
    """Everything the host ever wrote is gone; its host key stays."""
    unmount_disk(folder)
    for name in ("upper", "work", "root", "data"):
        shutil.rmtree(folder / name, ignore_errors=False) if (folder / name).exists() else None


def furnish(root: Path, name: str, address: IPv4Address, folder: Path, public_key: str) -> None:
    """What an installer asks for: name, address, who may log in. Done once on a new disk."""
    if (root / "etc/systemd/system/lab-host.service").exists():
        return
    _write(root / "etc/hostname", f"{name}\n")
    _write(root / "etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {name}\n")
    _write(root / "etc/machine-id", f"{secrets.token_hex(16)}\n")
    _write(root / "etc/resolv.conf", f"nameserver {layout.GATEWAY}\n")
    for suffix, mode in (("", 0o600), (".pub", 0o644)):
        key = f"ssh_host_ed25519_key{suffix}"
        _write(root / "etc/ssh" / key, (folder / key).read_text(), mode)
    _write(root / "root/.ssh/authorized_keys", public_key, 0o600)
    commands.run(
        "chroot", root, "useradd", "--gid", layout.OPERATOR, "--create-home", "--shell", "/bin/bash", layout.OPERATOR
    )
    _write(root / f"home/{layout.OPERATOR}/.ssh/authorized_keys", public_key, 0o600)
    commands.run("chroot", root, "chown", "-R", f"{layout.OPERATOR}:", f"/home/{layout.OPERATOR}/.ssh")
    _write(root / f"etc/sudoers.d/{layout.OPERATOR}", f"{layout.OPERATOR} ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    commands.run("chroot", root, "systemctl", "--quiet", "mask", "systemd-networkd.service", "systemd-networkd.socket")
    unit = UNIT.format(
        interface=layout.INNER_INTERFACE,
        address=address,
        prefix=layout.NETWORK.prefixlen,
        gateway=layout.GATEWAY,
    )
    # Written last: the mark of a disk that is complete.
    commands.run(
        "ln", "-sf", "../lab-host.service", _parent(root / "etc/systemd/system/basic.target.wants/lab-host.service")
    )
    _write(root / "etc/systemd/system/lab-host.service", unit)


def power_on(name: str, folder: Path, group: str) -> ProcessIdentity:
    """Start the host; it outlives this process. The disk is mounted and furnished. Returns its keeper.

    Raises:
        LabError: it ended at once; the end of its console says why.
    """
    groups = cgroups.create(group)
    # The kernel takes down the network of a host that was killed when it finds time, and its cable with it.
    commands.run("ip", "link", "delete", layout.outer_interface(name), allowed=(0, 1))
    nspawn = [
        "systemd-nspawn",
        f"--directory={folder / 'root'}",
        f"--machine={layout.machine(name)}",
        f"--hostname={name}",
        f"--network-bridge={layout.BRIDGE}",
        "--register=no",
        "--keep-unit",
        "--boot",
        "--capability=all",
        # Container runtimes use these, and nspawn forbids them by default.
        "--system-call-filter=add_key keyctl bpf perf_event_open",
        "--resolv-conf=off",
        "--timezone=off",
        "--bind=/dev/kmsg",  # the kubelet reads it
        *(f"--bind={folder / 'data' / data}:/var/lib/{data}" for data in DATA_FOLDERS),
    ]
    environ = {"PATH": os.environ["PATH"], "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "0"}
    console = folder / "console.log"
    with console.open("ab") as output:
        process = subprocess.Popen(
            ["sh", "-uc", KEEPER, layout.machine(name), " ".join(map(str, groups)), *nspawn],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
            cwd="/",
            start_new_session=True,
        )
    found = ProcessIdentity.of(process.pid)
    deadline = time.monotonic() + START_SECONDS
    while found is not None and leader(found) is None and process.poll() is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    if found is None or leader(found) is None:
        raise LabError(f"lab host {name} did not start: {_last_lines(console)}")
    return found


def leader(keeper: ProcessIdentity) -> int | None:
    """The host's init, as this machine numbers it; None when the host has none (at this moment)."""
    if not keeper.is_alive():
        return None
    found = (pid for nspawn in identity.children(keeper.pid) for pid in identity.children(nspawn))
    return next((pid for pid in found if identity.pid_inside(pid) == 1), None)


def power_off(keeper: ProcessIdentity | None, group: str) -> None:
    """Pull the plug: every process of the host is killed, nothing is told or flushed by them.

    The keeper goes first, or it would start the host again. With its init the kernel kills all of the host's process
    namespace; the host's cgroup catches what never got that far.
    """
    if keeper is not None and keeper.is_alive():
        ours = [leader(keeper), *identity.children(keeper.pid)]
        found = [ProcessIdentity.of(pid) for pid in ours if pid is not None]
        keeper.kill()
        for process in found:
            if process is not None:
                process.kill()
    cgroups.kill(group)
    cgroups.remove(group)


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(mode=0o700 if path.parent.name == ".ssh" else 0o755, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(mode)


def _last_lines(console: Path) -> str:
    return " | ".join(console.read_text(errors="replace").splitlines()[-4:])
